"""The `compose` argument: paths on the host, and content written into the playbook."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from deployer.sdk import ArgumentError, Secret, Value, reveal


def given(compose: Sequence[Value]) -> tuple[tuple[str, ...], bytes | Secret]:
    """Paths in order (`-` for the mapping), and the mapping as JSON. Raises ArgumentError."""
    paths: list[str] = []
    inline: bytes | Secret = b""
    for entry in compose:
        if isinstance(entry, str):
            paths.append(reveal(entry))
        elif not isinstance(entry, Mapping):
            raise ArgumentError("an entry of `compose` is neither a path nor a mapping", "compose")
        elif "-" in paths:
            raise ArgumentError(
                "more than one mapping in `compose` is not supported yet: merge them", "compose"
            )
        else:
            paths.append("-")
            inline = document(entry)
    return tuple(paths), inline


def document(value: Any) -> bytes | Secret:
    """A value as JSON, which is YAML; a secret where it holds one."""
    text = json.dumps(_plain(value))
    return Secret(text) if has_secret(value) else text.encode()


def has_secret(value: Any) -> bool:
    """Whether a secret is anywhere in it."""
    if isinstance(value, Mapping):
        return any(has_secret(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple):
        return any(has_secret(part) for part in value)
    return isinstance(value, Secret)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {reveal(str.__str__(key)): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return reveal(value) if isinstance(value, str) else value
