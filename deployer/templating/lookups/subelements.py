"""`subelements`: pairs of an item and each item of a list within it."""

from __future__ import annotations

from typing import Any

from deployer.templating.ask import Ask
from deployer.templating.filters.containers import subelements


def run(_ask: Ask, terms: list[Any], skip_missing: bool = False) -> list[Any]:
    """Terms: the list (or mapping), the path of the inner list, and perhaps `{skip_missing: }`."""
    if len(terms) not in (2, 3):
        raise ValueError("a list, the name of the inner list, and perhaps options are needed")
    options = terms[2] if len(terms) == 3 else {}
    skip = str(options.get("skip_missing", skip_missing)).lower() in ("true", "yes", "1")
    value = terms[0]
    items = list(value.values()) if isinstance(value, dict) else value
    return subelements([item for item in items if not _skipped(item)], terms[1], skip)


def _skipped(item: Any) -> bool:
    return isinstance(item, dict) and item.get("skipped") is True
