"""Check 27: the agent is lent to a host only by the user's own word."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deployer.model.script import Batch, sh
from deployer.transport.options import parse_ssh_args
from deployer.transport.route import Routes
from deployer.transport.session import Target
from deployer.transport.ssh import SshConnector
from tests.contract.conftest import ssh_target
from tests.contract.sshd import Sshd


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


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    socket = tmp_path / "agent.sock"
    words = ["ssh-agent", "-s", "-a", str(socket)]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
    yield
    os.kill(int(said.partition("SSH_AGENT_PID=")[2].partition(";")[0]), signal.SIGTERM)


@pytest.mark.parametrize("words", ["", "-A"])
def test_what_the_host_gets(agent: None, sshd: Sshd, words: str) -> None:
    known = ssh_target(sshd)
    connector = SshConnector()
    ask = Batch(probes=(sh('printf %s "$SSH_AUTH_SOCK"')(),))
    target = replace(known, options=(*known.options, *parse_ssh_args(words)))
    lent = connector.open(target, ask).replies.probes[0].out
    connector.close()
    assert bool(lent) == (words == "-A")
