"""The fragments of the program itself: tests beside the one that asks define some too."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

from deployer import modules
from deployer.model.script import Fragment, known_fragments
from tests.support.cli import ROOT

_ASK = """
from deployer import modules
from deployer.model.script import known_fragments
for name in modules.names():
    modules.load(name)
print(*(fragment.name for fragment in known_fragments()))
"""


@cache
def program_fragments() -> list[Fragment]:
    """Those that a process of its own knows once it has loaded every module, by name."""
    for name in modules.names():
        modules.load(name)
    told = subprocess.run(
        [sys.executable, "-c", _ASK], cwd=ROOT, check=True, capture_output=True, text=True
    )
    ours = set(told.stdout.split())
    found = (fragment for fragment in known_fragments() if fragment.name in ours)
    return sorted(found, key=lambda fragment: fragment.name)
