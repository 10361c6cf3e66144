"""The modules: one file each, found by its name and loaded when first used.

A file `x.py` defines `MODULE`, one of the kinds of `deployer.sdk`. Modules do no I/O and do not
know one another; what several need stands in `sdk` or `docker`.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil

from deployer.sdk.kinds import Module

#: Names under which users know a module beside its own.
ALIASES = {"systemd_service": "systemd", "docker_compose": "docker_compose_v2"}


@functools.cache
def names() -> frozenset[str]:
    """The short names of all modules."""
    found = {entry.name for entry in pkgutil.iter_modules(__path__)}
    return frozenset(name for name in found if not name.startswith("_"))


@functools.cache
def load(name: str) -> Module:
    """The module of a short name; raises KeyError where there is none."""
    real = ALIASES.get(name, name)
    if real not in names():
        raise KeyError(name)
    module: Module = importlib.import_module(f"{__name__}.{real}").MODULE
    return module
