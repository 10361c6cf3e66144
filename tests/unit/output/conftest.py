from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.cli import forget_secrets

# The helpers of these tests stand beside them.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _no_secrets_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_secrets(monkeypatch)
