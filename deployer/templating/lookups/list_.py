"""`list`: terms as they are; what `with_list` loops over."""

from __future__ import annotations

from typing import Any

from deployer.templating.ask import Ask


def run(_ask: Ask, terms: list[Any]) -> list[Any]:
    """The terms."""
    return terms
