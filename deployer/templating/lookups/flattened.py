"""`flattened`: all lists unfolded, however deep."""

from __future__ import annotations

from typing import Any

from deployer.templating.ask import Ask
from deployer.templating.filters.lists import flatten


def run(_ask: Ask, terms: list[Any]) -> list[Any]:
    """The items; nulls are left out."""
    return flatten(terms)
