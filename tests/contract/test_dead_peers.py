"""Connections through a tunnel: they break, go silent, and are shared."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deployer.model.errors import (
    ConnectionLost,
)
from deployer.model.script import Batch, sh
from deployer.transport.session import Target
from deployer.transport.ssh import SshConnector
from tests.contract.sshd import Sshd
from tests.contract.test_ssh import said, with_options, within
from tests.contract.tunnel import Tunnel

ECHO = sh("""printf '%s' "$1" """)
SLEEP = sh('sleep "$1"')
FIRST = Batch(probes=(ECHO("in"),))


@pytest.fixture
def tunnel(sshd: Sshd) -> Iterator[Tunnel]:
    made = Tunnel(sshd.port)
    yield made
    made.close()


@pytest.fixture
def through(tunnel: Tunnel, target: Target, sshd: Sshd, tmp_path: Path) -> Target:
    """The target behind a proxy that can stop moving bytes."""
    file = tmp_path / "known_hosts"
    file.write_text(f"[127.0.0.1]:{tunnel.port} {sshd.host_key}\n")
    return replace(with_options(target, UserKnownHostsFile=str(file)), port=tunnel.port)


def test_a_dead_peer_is_noticed_while_an_exchange_runs(
    connector: SshConnector, through: Target, tunnel: Tunnel
) -> None:
    """Security check 35; the proxy swallows everything, as a firewall that drops does."""
    session = connector.open(replace(through, dead_after=1.0), FIRST).session
    threading.Timer(0.2, tunnel.stall).start()
    started = time.monotonic()
    with pytest.raises(ConnectionLost, match="silent for 1 seconds"):
        session.exchange(Batch(probes=(SLEEP("20"),)))
    assert 0.8 < time.monotonic() - started < 4


def test_a_dead_peer_is_noticed_while_a_payload_is_sent(
    connector: SshConnector, through: Target, tunnel: Tunnel
) -> None:
    session = connector.open(replace(through, dead_after=1.0), FIRST).session
    threading.Timer(0.2, tunnel.stall).start()
    started = time.monotonic()
    with pytest.raises(ConnectionLost, match="silent"):
        session.exchange(Batch(apply=sh("cat >/dev/null")(stdin=b"\0" * 300_000_000)))
    assert time.monotonic() - started < 6


def test_a_long_silent_command_is_not_a_dead_peer(connector: SshConnector, through: Target) -> None:
    session = connector.open(replace(through, dead_after=0.6), FIRST).session
    assert session.exchange(Batch(probes=(SLEEP("2"),))).probes[0].code == 0


def test_silence_between_exchanges_kills_nothing(connector: SshConnector, through: Target) -> None:
    session = connector.open(replace(through, dead_after=0.5), FIRST).session
    time.sleep(1)
    assert session.exchange(FIRST).probes[0].out == "in"


def test_a_cut_connection_is_a_lost_one_and_can_be_made_again(
    connector: SshConnector, through: Target, tunnel: Tunnel
) -> None:
    session = connector.open(through, FIRST).session
    threading.Timer(0.2, tunnel.cut).start()
    with pytest.raises(ConnectionLost):
        session.exchange(Batch(probes=(SLEEP("20"),)))
    assert said(connector.open(through, FIRST)) == "in"


def test_half_a_payload_is_never_taken_for_the_whole(
    connector: SshConnector, through: Target, tunnel: Tunnel, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    session = connector.open(through, FIRST).session
    put = sh('cat >"$1.new" && mv "$1.new" "$1"')
    begun = tmp_path / "kept.new"
    when_begun = threading.Thread(target=lambda: within(20, begun.exists) and tunnel.cut())
    when_begun.start()
    tunnel.slow = True
    with pytest.raises(ConnectionLost):
        session.exchange(Batch(apply=put(str(kept), stdin=b"\0" * 200_000_000)))
    assert begun.exists()
    time.sleep(0.5)
    assert not kept.exists()


def test_identities_of_one_host_share_its_login(
    connector: SshConnector, through: Target, tunnel: Tunnel
) -> None:
    opened = [connector.open(through, FIRST) for _ in range(5)]
    assert [said(one) for one in opened] == ["in"] * 5
    assert tunnel.connections == 1
