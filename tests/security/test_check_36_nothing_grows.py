"""Check 36: neither tasks nor failed logins cost threads or open files for good."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from deployer.model.errors import AuthenticationError, BecomeError, Interrupted
from deployer.model.script import Batch, sh
from deployer.model.secret import Secret
from deployer.transport.session import Become
from deployer.transport.ssh import SshConnector
from tests.contract.conftest import ssh_target
from tests.contract.sshd import Sshd, make_key

pytestmark = pytest.mark.lab

ROOT = Path(__file__).resolve().parents[2]
FIRST = Batch(probes=(sh("echo in")(),))

TEN_THOUSAND = """
- hosts: here
  gather_facts: false
  tasks:
    - file: {path: "/tmp/none-{{ item }}", state: absent}
      loop: "{{ range(9000) | list }}"
    - command: "true"
      loop: "{{ range(1000) | list }}"
      failed_when: false  # judged here, so that each is an exchange of its own
"""


@dataclass(frozen=True)
class Cost:
    """What a process holds."""

    files: int
    threads: int

    def __le__(self, other: Cost) -> bool:
        return self.files <= other.files and self.threads <= other.threads


def cost(process: int) -> Cost:
    folder = Path(f"/proc/{process}")
    return Cost(*(len(list((folder / name).iterdir())) for name in ("fd", "task")))


def settled(allowed: Cost, seconds: float = 8) -> bool:
    """Whether this process comes down to what is allowed; what is closed takes a moment."""
    deadline = time.monotonic() + seconds
    while not cost(os.getpid()) <= allowed and time.monotonic() < deadline:
        time.sleep(0.05)
    return cost(os.getpid()) <= allowed


def test_10_000_tasks_on_one_host(sshd: Sshd, tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text(TEN_THOUSAND)
    options = f"-o UserKnownHostsFile={sshd.known_hosts} -o IdentitiesOnly=yes"
    host = {
        "ansible_host": "127.0.0.1",
        "ansible_port": sshd.port,
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(sshd.identity),
        "ansible_ssh_common_args": options,
    }
    (tmp_path / "hosts.yml").write_text(json.dumps({"all": {"hosts": {"here": host}}}))
    words = ["run", "play.yml", "-i", "hosts.yml", "--output", "jsonl"]
    with (tmp_path / "out").open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "deployer", *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
            stdout=out,
        )
        costs = watch(process)
    last = json.loads((tmp_path / "out").read_text().splitlines()[-1])
    assert (process.returncode, last["recap"]["here"]["ok"]) == (0, 2)
    assert last["cost"]["exchanges"] >= 1_000
    early, late = costs[len(costs) // 10 : len(costs) // 2], costs[len(costs) // 2 :]
    assert len(early) > 3
    allowed = Cost(max(each.files for each in early), max(each.threads for each in early))
    assert all(each <= allowed for each in late), costs


def watch(process: subprocess.Popen[bytes]) -> list[Cost]:
    """What a process holds while it runs, some times a second."""
    costs: list[Cost] = []
    while process.poll() is None:
        try:
            costs.append(cost(process.pid))
        except (FileNotFoundError, ProcessLookupError):
            break
        time.sleep(0.1)
    process.wait()
    return costs


def in_parallel(times: int, act: Callable[[], None]) -> None:
    with ThreadPoolExecutor(6) as pool:
        for each in [pool.submit(act) for _ in range(times)]:
            each.result(60)


def test_300_failed_logins(sshd: Sshd, tmp_path: Path) -> None:
    stranger = replace(
        ssh_target(sshd), identities=(str(make_key(tmp_path / "stranger")),), attempts=1
    )
    connector = SshConnector()

    def fail() -> None:
        with pytest.raises(AuthenticationError):
            connector.open(replace(stranger, name=threading.current_thread().name), FIRST)

    grows_not(connector, fail, 300)


def test_50_failed_becomes(sshd: Sshd) -> None:
    target = replace(ssh_target(sshd), become=Become("nobody", "sudo", executable="/nowhere/sudo"))
    connector = SshConnector()
    connector.open(ssh_target(sshd), FIRST)

    def fail() -> None:
        with pytest.raises(BecomeError):
            connector.open(target, FIRST)

    grows_not(connector, fail, 50)


def test_40_sessions_that_are_given_up(sshd: Sshd) -> None:
    connector = SshConnector()
    # What stops the ones makes the others slow to begin.
    target = replace(ssh_target(sshd), password=Secret("unused-password"), timeout=60)

    def give_up() -> None:
        session = connector.open(target, FIRST).session
        timer = threading.Timer(0.02, session.cancel)
        timer.start()
        with pytest.raises(Interrupted):
            session.exchange(Batch(apply=sh("sleep 30")()))
        timer.join()

    grows_not(connector, give_up, 40)


def grows_not(connector: SshConnector, act: Callable[[], None], times: int) -> None:
    """Do it a few times to warm up, then often: nothing may be left of it."""
    in_parallel(6, act)
    time.sleep(1)
    before = cost(os.getpid())
    in_parallel(times, act)
    assert settled(Cost(before.files + 2, before.threads + 2)), (before, cost(os.getpid()))
    connector.close()
