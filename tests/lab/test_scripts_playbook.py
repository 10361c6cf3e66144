"""`playbooks/scripts.yml` on lab hosts: it must keep a program by scripts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from deployer.model.script import sh
from tests.support.labhost import ROOT, LabHost

pytestmark = pytest.mark.lab

HOSTS = ("node1", "busy")
ASK = sh('"$@"')


def deploy(verb: str, *extra: str) -> str:
    """The text of a run with the hosts of this test; it must succeed."""
    words = [sys.executable, "-m", "deployer", verb, "playbooks/scripts.yml", "-i", "lab"]
    words += ["-l", ",".join(HOSTS), "-e", "scripts_name=t-ticker scripts_port=8397"]
    words += ["-e", "scripts_user=t-ticker", *extra]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def changed(text: str) -> dict[str, int]:
    """How many tasks changed each host, out of the recap."""
    rows = [line.split() for line in text.splitlines() if " changed=" in line]
    return {row[0]: int(field[8:]) for row in rows for field in row if field.startswith("changed=")}


def lines(text: str, verb: str) -> list[str]:
    return sorted(line.strip() for line in text.splitlines() if line.startswith(f"    {verb} "))


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    deploy("run", "-e", "scripts_state=absent")
    yield
    deploy("run", "-e", "scripts_state=absent")


def test_the_second_run_changes_nothing():
    planned = deploy("plan")
    assert changed(planned) == dict.fromkeys(HOSTS, 3)
    done = deploy("run")
    assert changed(done) == dict.fromkeys(HOSTS, 3)
    for verb in ("install", "start", "create"):
        assert lines(planned, verb) == lines(done, verb), "the plan must say what the run does"
    assert changed(deploy("run")) == dict.fromkeys(HOSTS, 0)
    assert changed(deploy("plan")) == dict.fromkeys(HOSTS, 0)


def test_a_new_message_reloads_and_a_new_port_restarts():
    deploy("run")
    host = LabHost("node1")
    number = host.run(ASK("cat", "/var/lib/t-ticker/writer.pid")).out
    told = deploy("run", "-e", "scripts_message='Good day'")
    assert lines(told, "reload") == ["reload t-ticker: ticker.conf changed"] * len(HOSTS)
    assert host.run(ASK("cat", "/var/lib/t-ticker/writer.pid")).out == number
    told = deploy("run", "-e", "scripts_message='Good day' scripts_port=8398")
    assert len(lines(told, "restart")) == len(HOSTS)
    assert host.run(ASK("cat", "/var/lib/t-ticker/writer.pid")).out != number


def test_what_was_killed_is_started_again():
    deploy("run")
    for name in HOSTS:
        pid = LabHost(name).run(ASK("cat", "/var/lib/t-ticker/writer.pid")).out.strip()
        assert LabHost(name).run(ASK("kill", "-9", pid)).ok
    told = deploy("run")
    assert lines(told, "start") == ["start t-ticker: stopped"] * len(HOSTS)


def test_the_program_runs_as_its_own_user():
    deploy("run")
    for name in HOSTS:
        pid = LabHost(name).run(ASK("cat", "/var/lib/t-ticker/writer.pid")).out.strip()
        owner = LabHost(name).run(ASK("stat", "-c", "%U", f"/proc/{pid}")).out.strip()
        assert owner == "t-ticker"


def test_absent_leaves_nothing():
    deploy("run")
    deploy("run", "-e", "scripts_state=absent")
    for name in HOSTS:
        for path in ("/opt/t-ticker", "/var/lib/t-ticker", "/var/lib/deploy/services/t-ticker"):
            assert not LabHost(name).run(ASK("test", "-e", path)).ok, f"{path} on {name}"
    assert changed(deploy("run", "-e", "scripts_state=absent")) == dict.fromkeys(HOSTS, 0)
