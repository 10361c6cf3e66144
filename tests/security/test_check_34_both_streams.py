"""Check 34: a full window of one stream stops neither the other nor the exit status."""

from __future__ import annotations

import time

from deployer.model.script import Batch, sh
from tests.contract.conftest import Place

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
