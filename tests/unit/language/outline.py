"""A playbook as text, for comparison: one line per object, only what was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from deployer.language.playbook import (
    Backoff,
    Block,
    Include,
    Loop,
    LoopControl,
    Play,
    Role,
    RoleUse,
    Task,
    VarsPrompt,
)

_INLINE = (Loop, LoopControl, Backoff, Include, VarsPrompt)
_NESTED = (Block, Task, RoleUse, Role, Play)
_HIDDEN = ("keys_at", "origin", "module", "path")


def outline(plays: Sequence[Play]) -> str:
    return "".join(f"{line}\n" for play in plays for line in _lines(play, 0))


def _lines(item: Any, depth: int) -> Iterator[str]:
    pad = "  " * depth
    plain = [f"{name}={_shown(value)}" for name, value in _said(item) if not _nested(value)]
    line, column = item.origin.line, item.origin.column
    yield " ".join([f"{pad}{type(item).__name__}@{line}:{column}", *plain])
    for name, value in _said(item):
        if _nested(value):
            yield f"{pad} {name}:"
            for part in value if isinstance(value, tuple) else (value,):
                yield from _lines(part, depth + 1)


def _said(item: Any) -> Iterator[tuple[str, Any]]:
    for field in fields(item):
        value = getattr(item, field.name)
        if field.name in _HIDDEN or value is None or value in ((), {}, ""):
            continue
        if field.name == "allow_duplicates" and value is False:
            continue
        if field.name == "kind" and value == "block":
            continue
        if field.name == "action" and value != item.module:
            value = f"{value} ({item.module})"
        yield field.name, value


def _nested(value: Any) -> bool:
    first = value[0] if isinstance(value, tuple) and value else value
    return isinstance(first, _NESTED)


def _shown(value: Any) -> str:
    if isinstance(value, _INLINE):
        inside = ", ".join(f"{name}={_shown(part)}" for name, part in _said(value))
        return f"{type(value).__name__}({inside})"
    if isinstance(value, Block):
        return " ".join(_lines(value, 0))
    if isinstance(value, tuple):
        return f"[{', '.join(_shown(part) for part in value)}]"
    if isinstance(value, str):
        return repr(str(value))
    return repr(value)
