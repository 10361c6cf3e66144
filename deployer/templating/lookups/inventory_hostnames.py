"""`inventory_hostnames`: the hosts of a pattern (`web:&prod:!db1`), by the variable `groups`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from deployer.templating.ask import Ask
from deployer.templating.undefined import Undefined


def run(ask: Ask, terms: list[Any]) -> list[str]:
    """Host names in the order of the inventory."""
    groups = ask.variable("groups")
    if isinstance(groups, Undefined):
        return []
    everyone = list(groups["all"]) if "all" in groups else []
    pattern = ",".join(str(term) for term in terms)
    parts = [part.strip() for part in re.split(r"[:,]", pattern) if part.strip()]
    chosen: set[str] = set()
    for part in sorted(parts, key=lambda part: "&!".find(part[0]) + 1):
        found = _matching(part.lstrip("&!"), groups, everyone)
        if part[0] == "&":
            chosen &= found
        elif part[0] == "!":
            chosen -= found
        else:
            chosen |= found
    return [host for host in everyone if host in chosen]


def _matching(pattern: str, groups: Mapping[str, Any], everyone: list[str]) -> set[str]:
    if pattern in ("all", "*"):
        return set(everyone)
    found = {host for host in everyone if _matches(host, pattern)}
    for name in groups:
        if _matches(name, pattern):
            found.update(groups[name])
    return found


def _matches(name: str, pattern: str) -> bool:
    if pattern.startswith("~"):
        return re.match(pattern[1:], name) is not None
    return fnmatchcase(name, pattern)
