"""Where a value stands in the user's files, and which text the user wrote.

Trust is opt-in (the rule of ansible-core 2.19): only `Template` is ever rendered, and only the
YAML loader and the reader of inventories make one. Everything else is data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

#: What a playbook variable may hold: JSON's types, with `Template`, `Secret` among the strings.
Value: TypeAlias = Any
Variables: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file. `line` and `column` count from 1; 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}"


class Template(str):
    """Text that the user wrote, with its origin: the only kind of string that is rendered.

    `secret`: it was encrypted (vault), so what it renders to is a secret.
    """

    __slots__ = ("origin", "secret")
    origin: Position | None
    secret: bool

    def __new__(cls, text: str, origin: Position | None = None, secret: bool = False) -> Template:
        made = super().__new__(cls, text)
        made.origin = origin
        made.secret = secret
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return (Template, (str(self), self.origin, self.secret))

    def __str__(self) -> str:
        return str.__str__(self)


class SourceMap(dict[str, Value]):
    """A mapping out of a user's file. `origin` is its start, `keys_at` the place of each key."""

    __slots__ = ("keys_at", "origin")

    def __init__(
        self,
        items: Mapping[str, Value] | Iterable[tuple[str, Value]] = (),
        origin: Position | None = None,
        keys_at: Mapping[str, Position] | None = None,
    ) -> None:
        super().__init__(items)
        self.origin = origin
        self.keys_at: dict[str, Position] = dict(keys_at or {})

    def __reduce__(self) -> tuple[Any, ...]:
        return (SourceMap, (dict(self), self.origin, self.keys_at))

    def at(self, key: str) -> Position | None:
        """The place of a key, or of the mapping where the key has none."""
        return self.keys_at.get(key, self.origin)


class SourceList(list[Value]):
    """A list out of a user's file. `origin` is its start, `items_at` the place of each item."""

    __slots__ = ("items_at", "origin")

    def __init__(
        self,
        items: Iterable[Value] = (),
        origin: Position | None = None,
        items_at: Iterable[Position] = (),
    ) -> None:
        super().__init__(items)
        self.origin = origin
        self.items_at: list[Position] = list(items_at)

    def __reduce__(self) -> tuple[Any, ...]:
        return (SourceList, (list(self), self.origin, self.items_at))


def origin_of(value: Value) -> Position | None:
    """Where a value was written, if it came out of a user's file and remembers."""
    origin = getattr(value, "origin", None)
    return origin if isinstance(origin, Position) else None
