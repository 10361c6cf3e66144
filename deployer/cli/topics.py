"""The topics of `deploy doc`, without building a page."""

from __future__ import annotations

from deployer import modules

PAGES = ("keywords", "filters", "flags", "exit-codes", "events")


def topics() -> list[str]:
    """The names of all pages: modules first."""
    return [*sorted(modules.names() | modules.ALIASES.keys()), *PAGES]
