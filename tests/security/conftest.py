from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.conftest import connectors, place, sshd
from tests.support.cli import Command, command_in

__all__ = ["connectors", "place", "sshd"]


@pytest.fixture
def deploy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    return command_in(tmp_path, capsys, monkeypatch)
