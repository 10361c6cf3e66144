"""Check 35: every host that is dead is noticed within its deadline, and only those.

Behind a firewall that drops: tests/e2e/connections/test_peers.py.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from deployer.model.errors import ConnectionLost
from deployer.model.script import Batch, sh
from deployer.transport.route import Routes
from deployer.transport.session import Target
from deployer.transport.ssh import SshConnector
from tests.contract.conftest import ssh_target
from tests.contract.sshd import Sshd
from tests.contract.tunnel import Tunnel

SLEEP = sh('sleep "$1"; echo done')


@pytest.fixture
def tunnels(sshd: Sshd) -> Iterator[list[Tunnel]]:
    made = [Tunnel(sshd.port) for _ in range(4)]
    yield made
    for tunnel in made:
        tunnel.close()


@pytest.mark.lab  # slow
def test_every_dead_host_is_noticed_and_the_others_finish(
    sshd: Sshd, tunnels: list[Tunnel], tmp_path: Path
) -> None:
    known = tmp_path / "known"
    known.write_text("".join(f"[127.0.0.1]:{each.port} {sshd.host_key}\n" for each in tunnels))
    options = (("UserKnownHostsFile", str(known)), *ssh_target(sshd).options[1:])
    connector = SshConnector()
    all_in = threading.Barrier(len(tunnels) + 1)

    def work(tunnel: Tunnel) -> tuple[str, float]:
        target = replace(ssh_target(sshd), port=tunnel.port, options=options, dead_after=1.5)
        session = connector.open(target, Batch()).session
        all_in.wait(30)
        started = time.monotonic()
        try:
            reply = session.exchange(Batch(apply=SLEEP("4"))).apply
        except ConnectionLost as error:
            return str(error), time.monotonic() - started
        assert reply is not None
        return reply.out, time.monotonic() - started

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(work, tunnel) for tunnel in tunnels]
        all_in.wait(30)
        time.sleep(0.5)
        dead, alive = tunnels[:3], tunnels[3:]
        for tunnel in dead:
            tunnel.stall()
        ended = [each.result(30) for each in running]
    connector.close()
    for said, seconds in ended[: len(dead)]:
        assert said == "the host has been silent for 1.5 seconds"
        assert seconds < 3.9
    assert [said for said, _ in ended[-len(alive) :]] == ["done\n"]


def test_the_deadline_is_openssh_s_and_30_seconds_otherwise() -> None:
    routes = Routes()
    given = (("ServerAliveInterval", "5"), ("ServerAliveCountMax", "2"))
    assert routes.resolve(Target("x", "web", options=(("ConfigFile", "none"),))).dead_after == 30
    assert routes.resolve(Target("x", "web", options=given)).dead_after == 10
    assert routes.resolve(Target("x", "web", options=given[:1])).dead_after == 15
