"""`vars`: variables by names that are themselves computed."""

from __future__ import annotations

from typing import Any

from deployer.templating.ask import Ask
from deployer.templating.plain import plain
from deployer.templating.undefined import Undefined

_NOTHING = object()


def run(ask: Ask, terms: list[Any], default: Any = _NOTHING) -> list[Any]:
    """The values; `default` where a variable is undefined, which is an error otherwise."""
    made: list[Any] = []
    for term in terms:
        if not isinstance(term, str):
            raise TypeError("the name of a variable is text")
        value = ask.variable(term)
        if isinstance(value, Undefined) and default is not _NOTHING:
            value = default
        made.append(plain(value))
    return made
