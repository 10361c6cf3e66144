"""`flattened`: all lists unfolded, however deep."""

from __future__ import annotations

from typing import Any

from deployer.templating.filters.lists import flatten
from deployer.templating.lookup import Ask


def run(_ask: Ask, terms: list[Any]) -> list[Any]:
    """The items; nulls are left out."""
    return flatten(terms)
