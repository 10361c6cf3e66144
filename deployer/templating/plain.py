"""From what templates compute to plain values, and to text; and secrets on their way.

A secret stays a `Secret` wherever it is passed on. Where text is made of it, the real text is
used and what comes out is a secret again: `Exposure` opens values and remembers whether it met one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from datetime import date, timedelta
from typing import Any

from jinja2.environment import TemplateModule
from jinja2.runtime import Undefined as JinjaUndefined

from deployer.model.errors import TemplateError
from deployer.model.secret import SHORTEST, Secret, reveal
from deployer.model.source import Value
from deployer.templating.scope import OMIT
from deployer.templating.undefined import Undefined
from deployer.templating.views import ATOMS

_KEPT = (int, float, complex, bytes, date, timedelta)


def plain(value: Any) -> Value:
    """`value` with everything lazy rendered: JSON's types, secrets, dates, and nothing else.

    Entries that are `OMIT` are left out. Raises UndefinedError, and TemplateError for what is no
    value (a function that was not called).
    """
    if type(value) in ATOMS:
        return value
    return _plain(value, _keep)


def _keep(secret: Secret) -> str:
    return secret


def _plain(value: Any, on_secret: Callable[[Secret], str]) -> Value:
    kind = type(value)
    if kind is Secret:
        return on_secret(value)
    if kind in ATOMS or value is OMIT:
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return _plain_mapping(value, on_secret)
    if isinstance(value, JinjaUndefined):
        return _plain_undefined(value)
    if isinstance(value, list | tuple):
        return _plain_items(value, on_secret)
    if isinstance(value, _KEPT):
        return value
    return _plain_odd(value, on_secret)


def _plain_undefined(value: JinjaUndefined) -> str:
    """Jinja's own undefined value is that of an `if` without `else`: empty."""
    if isinstance(value, Undefined):
        raise value._error()
    return ""


def _plain_mapping(value: Mapping[Any, Any], on_secret: Callable[[Secret], str]) -> Value:
    made: dict[Any, Any] = {}
    for key, item in value.items():
        entry = item if type(item) in _QUICK else _plain(item, on_secret)
        if entry is not OMIT:
            made[key if type(key) in _QUICK else _plain(key, on_secret)] = entry
    return made


def _plain_items(value: Iterable[Any], on_secret: Callable[[Secret], str]) -> list[Any]:
    made = [item if type(item) in _QUICK else _plain(item, on_secret) for item in value]
    return [item for item in made if item is not OMIT] if OMIT in made else made


def _plain_odd(value: Any, on_secret: Callable[[Secret], str]) -> Value:
    """Iterators, sets, views and imported templates; anything else is no value."""
    if isinstance(value, TemplateModule):
        return _text(value._body_stream, on_secret)
    if isinstance(value, Set | Iterator | range) or hasattr(value, "mapping"):
        return _plain_items(value, on_secret)
    if callable(value):
        name = getattr(value, "__name__", "it")
        raise TemplateError(f"`{name}` is a function: call it, as in `{name}()`")
    if isinstance(value, Iterable):
        return _plain_items(value, on_secret)
    if value.__class__.__module__.startswith("jinja2"):
        return str(value)
    return value


_QUICK = frozenset({str, int, float, bool, type(None)})


class Exposure:
    """Opens values for what makes text of them; `found` says whether a secret was inside."""

    __slots__ = ("met",)

    def __init__(self) -> None:
        self.met: list[str] = []

    @property
    def found(self) -> bool:
        """Whether there was a secret."""
        return bool(self.met)

    def reveal(self, secret: Secret) -> str:
        """The real text of a secret."""
        text = reveal(secret)
        self.met.append(text)
        return text

    def open(self, value: Any) -> Value:
        """`value` as plain as `plain` makes it, with the real text of its secrets."""
        return value if type(value) in _QUICK else _plain(value, self.reveal)

    def close(self, result: Value) -> Value:
        """The result of the work on what was opened: its strings are secrets if one was inside."""
        return taint(result, self.met) if self.met else result


def taint(value: Any, met: list[str]) -> Value:
    """`value` with every string in it a secret (keys excepted); `met` are those it is made of."""
    if isinstance(value, str):
        return value if isinstance(value, Secret) else secret_of(str(value), met)
    if isinstance(value, Mapping):
        return {key: taint(item, met) for key, item in value.items()}
    if isinstance(value, list | tuple | Iterator):
        return [taint(item, met) for item in value]
    return value


def secret_of(text: str, met: list[str]) -> Secret:
    """Text made of secrets. What still holds one of them need not be remembered for masking.

    For else every line of a configuration file with a password would be masked everywhere.
    """
    if any(len(secret) >= SHORTEST and secret in text for secret in met):
        return str.__new__(Secret, text)
    return Secret(text)


def concat(pieces: Iterable[Any]) -> str:
    """The text of a template's pieces; None is empty. A secret if one of them is."""
    exposure = Exposure()
    text = _text(pieces, exposure.reveal)
    return secret_of(text, exposure.met) if exposure.met else text


def _text(pieces: Iterable[Any], on_secret: Callable[[Secret], str]) -> str:
    parts: list[str] = []
    for piece in pieces:
        kind = type(piece)
        if kind is str:
            parts.append(piece)
        elif kind is Secret:
            parts.append(on_secret(piece))
        elif piece is OMIT:
            raise TemplateError("`omit` stands for a whole value and cannot be part of a text")
        elif piece is not None:
            parts.append(str(_plain(piece, on_secret)))
    return "".join(parts)


def join_text(pieces: Iterable[Any]) -> str:
    """What `~` makes of its operands: as in Jinja, none becomes `None`."""
    return concat("None" if piece is None else piece for piece in pieces)
