"""`lines`: the lines that commands on the controller print."""

from __future__ import annotations

from typing import Any

from deployer.templating.ask import Ask
from deployer.templating.lookups.pipe import run as pipe


def run(ask: Ask, terms: list[Any]) -> list[str]:
    """All lines of all commands."""
    return [line for text in pipe(ask, terms) for line in text.splitlines()]
