"""`together`: items of equal place, as long as the longest list."""

from __future__ import annotations

import itertools
from typing import Any

from deployer.templating.ask import Ask


def run(_ask: Ask, terms: list[Any]) -> list[Any]:
    """Rows; none where a list is shorter."""
    if not terms:
        raise ValueError("at least one list is needed")
    lists = [term if isinstance(term, list) else [term] for term in terms]
    return [list(row) for row in itertools.zip_longest(*lists)]
