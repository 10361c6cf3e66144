"""`env`: the controller's environment."""

from __future__ import annotations

import os
from typing import Any

from deployer.templating.ask import Ask
from deployer.templating.undefined import Undefined


def run(_ask: Ask, terms: list[Any], default: Any = "") -> list[Any]:
    """The values; `default` for what is not set (`default=undef()` makes that an error)."""
    if isinstance(default, Undefined) and any(str(term) not in os.environ for term in terms):
        raise default._error()
    return [os.environ.get(str(term), default) for term in terms]
