"""Check 22: names are judged before they stand for `%h`, `%n` and `%r` in a command."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployer.model.errors import ConnectError, TransportError
from deployer.model.script import Batch
from deployer.transport.session import Target
from deployer.transport.ssh import SshConnector

HOSTILE = ["$(touch {})", "`touch {}`", ";touch {};", "x|touch {}", "a b", "x\ntouch {}", "'", '"']


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (tmp_path / ".ssh").mkdir()
    return tmp_path


def refused(target: Target, mark: Path) -> None:
    """Nothing is run for a name that is none."""
    with pytest.raises(TransportError):
        SshConnector().open(target, Batch())
    assert not mark.exists()


@pytest.mark.parametrize("name", HOSTILE)
def test_of_the_inventory(home: Path, name: str) -> None:
    mark = home / "mark"
    hostile = name.format(mark)
    options = (("ProxyCommand", f": >{mark}; echo %h %n %r"),)
    refused(Target("x", hostile, options=options, attempts=1), mark)
    if name != "a b":  # accounts of directories have blanks
        refused(Target("x", "web", user=hostile, options=options, attempts=1), mark)


@pytest.mark.parametrize("name", ["$(touch {})", "`touch {}`", ";touch {};"])
@pytest.mark.parametrize("keyword", ["HostName", "User"])
def test_of_ssh_config(home: Path, name: str, keyword: str) -> None:
    mark = home / "mark"
    config = f"Host web\n  {keyword} {name.format(mark)}\n  ProxyCommand : >{mark}; echo %h %r\n"
    (home / ".ssh" / "config").write_text(config)
    refused(Target("x", "web", attempts=1), mark)


def test_a_good_name_does_run_it(home: Path) -> None:
    """So that the tests above fail if nothing ever runs."""
    mark = home / "mark"
    options = (("ProxyCommand", f"echo %h %n %r >{mark}"),)
    with pytest.raises(ConnectError):
        SshConnector().open(Target("x", "web", user="me", options=options, attempts=1), Batch())
    assert mark.read_text() == "web web me\n"
