"""Check 27: the agent is lent to a host only by the user's own word."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployer.transport.options import parse_ssh_args
from deployer.transport.route import Routes
from deployer.transport.session import Target


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    (tmp_path / ".ssh").mkdir()
    return tmp_path


def test_off_by_default(home: Path) -> None:
    assert not Routes().resolve(Target("x", "web")).forward_agent
    assert not Routes().resolve(Target("x", "web", options=parse_ssh_args("-a"))).forward_agent


@pytest.mark.parametrize("words", ["-A", "-o ForwardAgent=yes"])
def test_on_by_request(home: Path, words: str) -> None:
    assert Routes().resolve(Target("x", "web", options=parse_ssh_args(words))).forward_agent


def test_a_gateway_gets_none(home: Path) -> None:
    """It only passes bytes on; lending it the agent would let it log in anywhere."""
    options = parse_ssh_args("-A -J gate")
    jump = Routes().resolve(Target("x", "web", options=options)).jump
    assert jump is not None
    assert not jump.forward_agent
