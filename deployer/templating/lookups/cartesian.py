"""`cartesian`: as `nested`, with items left as they are."""

from __future__ import annotations

import itertools
from typing import Any

from deployer.templating.ask import Ask


def run(_ask: Ask, terms: list[Any]) -> list[Any]:
    """Every combination of one item of each list."""
    if not terms:
        raise ValueError("at least one list is needed")
    lists = [term if isinstance(term, list) else [term] for term in terms]
    return [list(row) for row in itertools.product(*lists)]
