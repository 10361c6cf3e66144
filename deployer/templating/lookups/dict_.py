"""`dict`: the entries of mappings as `key` and `value`."""

from __future__ import annotations

from typing import Any

from deployer.templating.ask import Ask


def run(_ask: Ask, terms: list[Any]) -> list[Any]:
    """One small mapping per entry. Raises TypeError for what is no mapping."""
    made: list[Any] = []
    for term in terms:
        if not isinstance(term, dict):
            raise TypeError("a mapping is needed")
        made += [{"key": key, "value": value} for key, value in term.items()]
    return made
