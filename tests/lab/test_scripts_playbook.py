"""`playbooks/scripts.yml` on lab hosts: it must keep a program by scripts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from deployer.model.script import sh
from tests.lab.labs import Lab
from tests.support.labhost import ROOT, LabHost

pytestmark = pytest.mark.lab

HOSTS = ("node1", "busy", "sysd")
ASK = sh('"$@"')
PID = "/var/lib/t-ticker/writer.pid"


class Playbook:
    """Runs of the playbook, and what they left on the hosts."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def __call__(self, verb: str, *extra: str) -> str:
        return deploy(self.lab, verb, *extra)

    def ask(self, host: str, *words: str) -> str:
        return LabHost(self.lab.name, host).run(ASK(*words)).out.strip()

    def has(self, host: str, path: str) -> bool:
        return LabHost(self.lab.name, host).run(ASK("test", "-e", path)).ok


def deploy(lab: Lab, verb: str, *extra: str) -> str:
    """The text of a run with the hosts of this test; it must succeed."""
    words = [sys.executable, "-m", "deployer", verb, "playbooks/scripts.yml", "-i", "lab"]
    words += ["-l", ",".join(HOSTS), "-e", "scripts_name=t-ticker scripts_port=8397"]
    words += ["-e", "scripts_user=t-ticker", *extra]
    env = {**os.environ, "DEPLOY_LAB": lab.name}
    done = subprocess.run(
        words, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def changed(text: str) -> dict[str, int]:
    """How many tasks changed each host, out of the recap."""
    rows = [line.split() for line in text.splitlines() if " changed=" in line]
    return {row[0]: int(field[8:]) for row in rows for field in row if field.startswith("changed=")}


def lines(text: str, verb: str) -> list[str]:
    return sorted(line.strip() for line in text.splitlines() if line.startswith(f"    {verb} "))


@pytest.fixture
def playbook(lab: Lab) -> Iterator[Playbook]:
    made = Playbook(lab)
    yield made
    made("run", "-e", "scripts_state=absent")


def test_the_second_run_changes_nothing(playbook: Playbook):
    planned = playbook("plan")
    assert changed(planned) == dict.fromkeys(HOSTS, 3)
    done = playbook("run")
    assert changed(done) == dict.fromkeys(HOSTS, 3)
    for verb in ("install", "start", "create"):
        assert lines(planned, verb) == lines(done, verb), "the plan must say what the run does"
    assert changed(playbook("run")) == dict.fromkeys(HOSTS, 0)
    assert changed(playbook("plan")) == dict.fromkeys(HOSTS, 0)


def test_a_new_message_reloads_and_a_new_port_restarts(playbook: Playbook):
    playbook("run")
    number = playbook.ask("node1", "cat", PID)
    told = playbook("run", "-e", "scripts_message='Good day'")
    assert lines(told, "reload") == ["reload t-ticker: ticker.conf changed"] * len(HOSTS)
    assert playbook.ask("node1", "cat", PID) == number
    told = playbook("run", "-e", "scripts_message='Good day' scripts_port=8398")
    assert len(lines(told, "restart")) == len(HOSTS)
    assert playbook.ask("node1", "cat", PID) != number


def test_what_was_killed_is_started_again(playbook: Playbook):
    playbook("run")
    for host in HOSTS:
        pid = playbook.ask(host, "cat", PID)
        assert playbook.ask(host, "stat", "-c", "%U", f"/proc/{pid}") == "t-ticker"
        playbook.ask(host, "kill", "-9", pid)
    told = playbook("run")
    assert lines(told, "start") == ["start t-ticker: stopped"] * len(HOSTS)


def test_absent_leaves_nothing(playbook: Playbook):
    playbook("run")
    playbook("run", "-e", "scripts_state=absent")
    for host in HOSTS:
        for path in ("/opt/t-ticker", "/var/lib/t-ticker", "/var/lib/deploy/services/t-ticker"):
            assert not playbook.has(host, path), f"{path} on {host}"
        assert "t-ticker" not in playbook.ask(host, "cat", "/etc/passwd", "/etc/group")
    assert changed(playbook("run", "-e", "scripts_state=absent")) == dict.fromkeys(HOSTS, 0)
