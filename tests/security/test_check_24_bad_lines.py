"""Check 24: a bad line of known_hosts costs itself and a warning, never the good ones."""

from __future__ import annotations

from pathlib import Path

import paramiko
import pytest

from deployer.transport.hostkeys import parse
from deployer.transport.trust import HostKeys, Policy

KEY = paramiko.ECDSAKey.generate()
GOOD = f"web {KEY.get_name()} {KEY.get_base64()}"
BAD = [
    "garbage",
    "web",
    "web ssh-ed25519",
    "web ssh-ed25519 !!!!",
    f"web ssh-ed25519 {KEY.get_base64()}",
    f"@unknown-marker {GOOD}",
    "@revoked",
    "web ssh-ed25519 AAAA",
    "\x00\x01\x02",
    "|1|bad ssh-ed25519",
]


@pytest.mark.parametrize("bad", BAD)
def test_the_good_lines_around_it_count(bad: str) -> None:
    entries, warnings = parse(f"{GOOD}\n{bad}\n# comment\n\n{GOOD}\n", "known_hosts")
    assert [entry.line for entry in entries] == [1, 5]
    assert warnings == ["known_hosts:2: not a known_hosts line, ignored"]


def test_the_user_is_told_once_a_file(tmp_path: Path) -> None:
    told: list[str] = []
    file = tmp_path / "known_hosts"
    file.write_bytes(b"\xff\xfe nonsense\n" + GOOD.encode() + b"\n")
    keys, policy = HostKeys(told.append), Policy((str(file),), ())
    for _ in range(3):
        assert keys.known(policy, "web", 22).keys
    assert told == [f"{file}:1: not a known_hosts line, ignored"]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    assert not HostKeys(told.append).known(Policy((str(tmp_path),), ()), "web", 22).keys
    assert told == [f"cannot read {tmp_path}: Is a directory"]
