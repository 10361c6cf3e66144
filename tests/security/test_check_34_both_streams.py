"""Check 34: a full window of one stream stops neither the other nor the exit status."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from deployer.cli.exits import Exit
from deployer.model.errors import TooMuchOutput
from deployer.model.script import Batch, sh
from deployer.transport import replies
from tests.contract.conftest import Place
from tests.support.cli import Command

MIB = 1 << 20
FILL = sh('dd if=/dev/zero bs=65536 count="$1" 2>/dev/null')
BOTH = sh(
    """
    dd if=/dev/zero bs=65536 count="$1" 2>/dev/null &
    dd if=/dev/zero bs=65536 count="$1" >&2 2>/dev/null
    wait
    exit 7
    """
)
ECHO = sh('cat; dd if=/dev/zero bs=65536 count="$1" >&2 2>/dev/null; exit 8')


def test_10_mib_on_each_and_the_status_arrive(place: Place) -> None:
    started = time.monotonic()
    reply = place.probe(BOTH("160"))
    assert (len(reply.stdout), len(reply.stderr), reply.code) == (10 * MIB, 10 * MIB, 7)
    assert time.monotonic() - started < 30


def test_one_stream_alone_may_be_long(place: Place) -> None:
    out = FILL("160")
    error = sh('dd if=/dev/zero bs=65536 count="$1" >&2 2>/dev/null')("160")
    first, second = place.exchange(Batch(probes=(out, error))).probes
    assert (len(first.stdout), len(first.stderr)) == (10 * MIB, 0)
    assert (len(second.stdout), len(second.stderr)) == (0, 10 * MIB)


def test_input_and_both_outputs_flow_at_once(place: Place) -> None:
    payload = bytes(range(256)) * (5 * MIB // 256)
    reply = place.probe(ECHO("80", stdin=payload))
    assert reply.stdout == payload
    assert (len(reply.stderr), reply.code) == (5 * MIB, 8)


FLOOD = sh('echo "$$" >"$1"; while :; do echo flood; done')
#: A shell that lies: what says that a script has ended has a status that nobody can read.
LIAR = """#!/bin/sh
[ "$1" = -c ] || exec /bin/sh "$@"
mark=$4
printf '%s %s %s\\n' "$mark" 01234567-89ab-cdef-0123-456789abcdef 1
printf '%s %s %s\\n' "$mark" 01234567-89ab-cdef-0123-456789abcdef 1 >&2
printf '01234567-89ab-cdef-0123-456789abcdef '
head -c 5000 /dev/zero | tr '\\0' 9
echo
cat >/dev/null
"""


@pytest.mark.parametrize("batch", ["apply", "probe"])
def test_a_flood_ends_with_an_error_and_what_floods_ends_too(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: str
) -> None:
    monkeypatch.setattr(replies, "LONGEST_ANSWER", 4 * MIB)
    script = FLOOD(str(tmp_path / "pid"))
    session = place.session()
    with pytest.raises(TooMuchOutput, match="more than 4 MiB: it was told to stop"):
        session.exchange(Batch(apply=script) if batch == "apply" else Batch(probes=(script,)))
    process = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 10
    while Path(f"/proc/{process}").exists():
        assert time.monotonic() < deadline, "it floods on"
        os.sched_yield()


def test_a_host_that_floods_or_lies_fails_alone(
    deploy: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "LONGEST_ANSWER", 4 * MIB)
    liar = deploy.write("liar", LIAR)
    liar.chmod(0o755)
    deploy.write(
        "hosts",
        "good ansible_connection=local\n"
        "flood ansible_connection=local\n"
        f"liar ansible_connection=local ansible_shell_executable={liar}\n",
    )
    deploy.write(
        "play.yml",
        "- hosts: all\n  gather_facts: false\n  tasks:\n"
        "    - command: 'yes'\n      when: inventory_hostname != 'good'\n"
        "    - command: echo on\n",
    )
    said = deploy("run", "play.yml", "-i", "./hosts")
    recap = {line.split()[0]: line for line in said.out.splitlines() if " ok=" in line}
    assert "ok=1    changed=1    unreachable=0    failed=0" in recap["good"]
    assert "unreachable=0    failed=1" in recap["flood"]
    assert "unreachable=1    failed=0" in recap["liar"]
    assert said.code == Exit.TASK_FAILED
    assert "the host answers in a way that makes no sense" in said.out
