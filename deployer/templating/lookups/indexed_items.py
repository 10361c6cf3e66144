"""`indexed_items`: items with their place, from 0."""

from __future__ import annotations

from typing import Any

from deployer.templating.ask import Ask
from deployer.templating.lookups.items import run as items


def run(ask: Ask, terms: list[Any]) -> list[Any]:
    """Pairs of place and item."""
    return [[at, item] for at, item in enumerate(items(ask, terms))]
