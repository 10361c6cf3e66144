"""`varnames`: the names of variables that match regular expressions."""

from __future__ import annotations

import re
from typing import Any

from deployer.templating.ask import Ask


def run(ask: Ask, terms: list[Any]) -> list[str]:
    """Names in the order of their definition. Not known while a coming step may define some."""
    patterns = [re.compile(str(term)) for term in terms]
    names = list(ask.run.names())
    return [name for pattern in patterns for name in names if pattern.search(name)]
