"""`random_choice`: one of the terms."""

from __future__ import annotations

import secrets
from typing import Any

from deployer.templating.ask import Ask
from deployer.templating.scope import Impurity


def run(ask: Ask, terms: list[Any]) -> list[Any]:
    """A list of one, or none where there are no terms."""
    ask.impure(Impurity.VARIES)
    return [secrets.choice(terms)] if terms else []
