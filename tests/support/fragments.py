"""The fragments of the program itself: tests beside the one that asks define some too."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from functools import cache
from importlib import import_module

import deployer
from deployer.model.script import Fragment, known_fragments
from tests.support.cli import ROOT


def loaded() -> list[Fragment]:
    """All that this process knows once it has loaded the whole program."""
    for found in pkgutil.walk_packages(deployer.__path__, "deployer."):
        if not found.name.endswith("__main__"):
            import_module(found.name)
    return list(known_fragments())


@cache
def program_fragments() -> list[Fragment]:
    """Those that a process of its own knows, by name."""
    ask = "from tests.support.fragments import loaded; print(*(one.name for one in loaded()))"
    told = subprocess.run(
        [sys.executable, "-c", ask], cwd=ROOT, check=True, capture_output=True, text=True
    )
    ours = set(told.stdout.split())
    return sorted((one for one in loaded() if one.name in ours), key=lambda one: one.name)
