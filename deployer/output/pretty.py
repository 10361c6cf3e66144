"""Values as people read them: YAML's look, one fact per line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from deployer.model.secret import MASK, Secret

_BARE = re.compile(r"[\w./+][\w ./@+:=,()%~^$;-]*")
_AMBIGUOUS = re.compile(
    r"(?i)(true|false|yes|no|on|off|null|~|[-+]?\.?\d[\d_.:eE+-]*|0[xo][\da-f]+|\.(inf|nan))"
)


def pretty(value: Any, indent: str = "") -> Iterator[str]:
    """The lines of a value, each behind `indent`."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _entry(f"{indent}{scalar(str(key))}:", item, indent)
    elif isinstance(value, list | tuple) and value:
        for item in value:
            yield from _item(item, indent)
    elif isinstance(value, str) and "\n" in value:
        yield from (f"{indent}{line}" for line in value.rstrip("\n").split("\n"))
    else:
        yield indent + scalar(value)


def _entry(head: str, value: Any, indent: str) -> Iterator[str]:
    """`head` and a value: beside it where it fits on the line, else below."""
    if isinstance(value, str) and "\n" in value:
        yield head + (" |" if value.endswith("\n") else " |-")
        yield from pretty(value, indent + "  ")
    elif isinstance(value, Mapping | list | tuple) and value:
        yield head
        nested = indent + ("  " if isinstance(value, Mapping) else "")
        yield from pretty(value, nested)
    else:
        yield f"{head} {scalar(value)}"


def _item(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping | list | tuple) and value:
        first, *rest = pretty(value, indent + "  ")
        yield f"{indent}- {first[len(indent) + 2 :]}"
        yield from rest
    else:
        yield from _entry(f"{indent}-", value, indent)


def scalar(value: Any) -> str:
    """A value on one line; text in quotes only where YAML would read it as something else."""
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, str):
        return value if _is_bare(value) else json.dumps(value, ensure_ascii=False)
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return str(value)


def _is_bare(text: str) -> bool:
    if not text.isprintable() or text != text.strip() or _AMBIGUOUS.fullmatch(text):
        return False
    if ": " in text or " #" in text or text.endswith(":"):
        return False
    return bool(text) and (bool(_BARE.fullmatch(text)) or text[0].isalpha())
