"""`items`: terms, lists among them unfolded one level; what `with_items` loops over."""

from __future__ import annotations

from typing import Any

from deployer.templating.ask import Ask


def run(_ask: Ask, terms: list[Any]) -> list[Any]:
    """The items of lists, and everything else as it is."""
    made: list[Any] = []
    for term in terms:
        made += term if isinstance(term, list) else [term]
    return made
