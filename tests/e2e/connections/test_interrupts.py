"""Ctrl-C: once lets finish what runs, twice gives it up, on this side and on the hosts."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest

from tests.e2e.connections.deploying import Deploy, finish
from tests.lab.labs import Lab, eventually

pytestmark = pytest.mark.lab

HOSTS = ("node1", "busy")


def play(seconds: float, become: bool = False) -> str:
    return f"""
    - hosts: node1:busy
      gather_facts: false
      become: {str(become).lower()}
      tasks:
        - shell: "rm -f /tmp/e2e-ran; sleep {seconds}; touch /tmp/e2e-ran"
        - command: echo never
"""


def runs(lab: Lab, host: str, seconds: float) -> bool:
    """Whether the command's `sleep` is there. Looked up by root: no login sees it better."""
    look = f"cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c 'sleep {seconds}[ ]*'"
    marked = look.replace("'sleep", "'slee[p]")
    return lab.ssh(f"root@{host}", marked).stdout.strip() not in ("", "0")


def test_once_waits_for_what_runs_and_begins_nothing_more(deploy: Deploy, lab: Lab) -> None:
    process = deploy.start(play(3.5))
    eventually(lambda: all(runs(lab, host, 3.5) for host in HOSTS))
    process.send_signal(signal.SIGINT)
    seen = finish(process)
    assert seen.code == 130
    for host in HOSTS:
        assert seen.statuses(host) == ["changed"]
        assert lab.ask(f"root@{host}", "ls /tmp/e2e-ran") == "/tmp/e2e-ran"
    last = seen.events[-1]
    assert last["event"] == "RunFinished"
    assert last["interrupted"]
    assert {name: row["ok"] for name, row in last["recap"].items()} == dict.fromkeys(HOSTS, 1)


BECOMING: dict[str, dict[str, Any]] = {
    "root": {},
    "pat": {"ansible_become_pass": "pat-password"},
    "dora": {"ansible_become_method": "doas", "ansible_become_pass": "dora-password"},
    "sue": {"ansible_become_method": "su", "ansible_become_pass": "root-password"},
}


@pytest.mark.parametrize("login", BECOMING)
def test_twice_ends_at_once_here_and_there(deploy: Deploy, lab: Lab, login: str) -> None:
    seconds = 61.5
    process = deploy.start(play(seconds, become=True), ansible_user=login, **BECOMING[login])
    eventually(lambda: all(runs(lab, host, seconds) for host in HOSTS))
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert process.poll() is None, "it did not wait for what runs"
    pressed = time.monotonic()
    process.send_signal(signal.SIGINT)
    seen = finish(process)
    assert time.monotonic() - pressed < 1
    assert seen.code == 130
    assert seen.events[-1]["event"] == "RunFinished"
    eventually(lambda: not any(runs(lab, host, seconds) for host in HOSTS), 3)
    for host in HOSTS:
        assert lab.ssh(f"root@{host}", "ls /tmp/e2e-ran").returncode != 0


def test_twice_in_a_later_task_too(deploy: Deploy, lab: Lab) -> None:
    """There the session is open already, and a deadline puts the command into its own session."""
    seconds = 62.5
    later = f"""
    - hosts: node1:busy
      gather_facts: false
      tasks:
        - command: "true"
        - shell: "sleep {seconds}"
          timeout: 300
    """
    process = deploy.start(later)
    eventually(lambda: all(runs(lab, host, seconds) for host in HOSTS))
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    assert finish(process).code == 130
    eventually(lambda: not any(runs(lab, host, seconds) for host in HOSTS), 3)


def test_twice_while_connecting(deploy: Deploy, lab: Lab) -> None:
    """A host that does not answer keeps nobody waiting."""
    lab.run("cut", "node2")
    try:
        process = deploy.start(play(1).replace("node1:busy", "node2"), "-T", "30")
        time.sleep(2.5)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        pressed = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert finish(process).code == 130
        assert time.monotonic() - pressed < 1
    finally:
        lab.run("heal", "node2")
