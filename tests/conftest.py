"""For all tests: the environment's own programs come first, and what only root can do is marked."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

# shellcheck, deploy: not those of the machine.
os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out the tests marked `root` for everybody else. CI runs as root and has them all."""
    if item.get_closest_marker("root") and os.getuid() != 0:
        pytest.skip("needs root")
