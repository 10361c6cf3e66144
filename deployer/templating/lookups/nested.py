"""`nested`: every combination of one item of each list."""

from __future__ import annotations

import itertools
from typing import Any

from deployer.templating.ask import Ask


def run(_ask: Ask, terms: list[Any]) -> list[Any]:
    """Rows in the order of nested loops, the last list turning fastest."""
    if not terms:
        raise ValueError("at least one list is needed")
    lists = [term if isinstance(term, list) else [term] for term in terms]
    return [_flat(row) for row in itertools.product(*lists)]


def _flat(row: tuple[Any, ...]) -> list[Any]:
    """Items that are lists themselves are unfolded into the row."""
    made: list[Any] = []
    for item in row:
        made += item if isinstance(item, list) else [item]
    return made
