"""Small values of a compose file as Docker's API holds them: durations, sizes, images, labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: Nanoseconds of each unit of a Go duration.
_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


def nanoseconds(value: Any) -> int:
    """A Go duration such as `1m30s` in nanoseconds; nothing is 0. Raises ValueError."""
    text = str(value or "0")
    parts = _DURATION.findall(text)
    if "".join(number + unit for number, unit in parts) != text.lstrip("+"):
        if text.isdigit():
            return int(text)
        raise ValueError(f"`{text}` is not a duration")
    return round(sum(float(number) * _UNITS[unit] for number, unit in parts))


def nano_cpus(value: Any) -> int:
    """CPUs such as `0.5` in billionths."""
    return round(float(value or 0) * 1_000_000_000)


def number(value: Any) -> int:
    """Bytes, ports, counts: `docker stack config` writes some of them as text."""
    return int(value or 0)


def texts(mapping: Any) -> dict[str, str]:
    """A mapping whose values are text (nothing is the empty text)."""
    if not isinstance(mapping, Mapping):
        return {}
    return {str(key): "" if value is None else str(value) for key, value in mapping.items()}


def words(value: Any) -> list[str]:
    """A list of text."""
    return [str(word) for word in value or ()]


def image_reference(image: str) -> str:
    """An image as the CLI writes it into a service: familiar, with a tag (`nginx:latest`)."""
    name, at, digest = image.partition("@")
    for prefix in ("index.docker.io/", "docker.io/"):
        name = name.removeprefix(prefix)
    if name.count("/") == 1:
        name = name.removeprefix("library/")
    if ":" not in name.rpartition("/")[2] and not at:
        name += ":latest"
    return name + at + digest


def without_digest(image: str) -> str:
    """`web:v1` out of `web:v1@sha256:…`; an image that is only a digest stays as it is."""
    name, at, _ = image.partition("@")
    return name if at and ":" in name.rpartition("/")[2] else image
