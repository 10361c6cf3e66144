"""Check 23: who a host is, by every kind of line that known_hosts may hold."""

from __future__ import annotations

import subprocess
from pathlib import Path

import paramiko
import pytest

from deployer.model.errors import HostKeyError
from deployer.transport.hostkeys import known_of, parse
from deployer.transport.trust import HostKeys, Policy, Shown, check

MINE, OTHER = (paramiko.ECDSAKey.generate() for _ in range(2))
HOST, PORT = "web.example.com", 2222


def line(names: str, key: paramiko.PKey = MINE, marker: str = "") -> str:
    return f"{marker} {names} {key.get_name()} {key.get_base64()}\n".lstrip()


def judge(text: str, key: paramiko.PKey = MINE, *, accept: bool = False, port: int = PORT) -> None:
    """Raises HostKeyError where the host is not let in."""
    known = known_of(parse(text, "known_hosts")[0], HOST, port)
    check(
        HostKeys(), Policy((), (), accept_new=accept), known, Shown(key.get_name(), key.asbytes())
    )


@pytest.mark.parametrize(
    "names",
    [
        "[web.example.com]:2222",
        "[*.example.com]:2222",
        "[w?b.example.com]:*",
        "other,[web.example.com]:2222",
        "[WEB.example.com]:2222",
        "web.example.com",
    ],
)
def test_a_known_key_is_let_in(names: str) -> None:
    judge(line(names))


@pytest.mark.parametrize(
    "text",
    ["", line("[web.example.com]:2223"), line("[*.example.com]:2222,![web.example.com]:2222")],
    ids=["nothing", "another port", "negated"],
)
def test_an_unknown_key_is_refused_unless_new_ones_are_accepted(text: str) -> None:
    with pytest.raises(HostKeyError, match="unknown host key"):
        judge(text)
    judge(text, accept=True)


@pytest.mark.parametrize("accept", [False, True])
def test_a_changed_key_is_always_refused(accept: bool) -> None:
    for names in ("[web.example.com]:2222", "[*.example.com]:2222"):
        with pytest.raises(HostKeyError, match="CHANGED"):
            judge(line(names, OTHER), accept=accept)


@pytest.mark.parametrize("accept", [False, True])
def test_a_revoked_key_is_always_refused(accept: bool) -> None:
    for names in ("*", "[web.example.com]:2222"):
        with pytest.raises(HostKeyError, match="revoked"):
            judge(line(names, MINE, "@revoked") + line("[web.example.com]:2222"), accept=accept)


def test_hashed_names(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(line("[web.example.com]:2222"))
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(file)], check=True, capture_output=True)
    assert "example" not in file.read_text()
    judge(file.read_text())
    with pytest.raises(HostKeyError, match="CHANGED"):
        judge(file.read_text(), OTHER, accept=True)


def test_an_authority_is_no_key_of_a_host() -> None:
    """A key that may sign for hosts says nothing about a host that shows it bare."""
    with pytest.raises(HostKeyError, match="unknown"):
        judge(line("*", MINE, "@cert-authority"))
