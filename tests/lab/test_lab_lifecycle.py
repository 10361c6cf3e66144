"""Up, reset, cut and down: what a lab must do, and what it must leave behind."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.lab.labs import Lab, eventually

pytestmark = pytest.mark.lab

MakeLab = Callable[[str], Lab]
CONDITION = -1


def traces(name: str) -> dict[str, list[str]]:
    """All that bears a lab's name on this machine, and the machine's mounts."""
    link = subprocess.run(
        ["ip", "-o", "link"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    groups = [str(path) for path in Path("/sys/fs/cgroup").glob(f"*/deploy-lab/{name}")]
    groups += [str(path) for path in Path("/sys/fs/cgroup").glob(f"deploy-lab/{name}")]
    spaces = [path.name for path in Path("/run/netns").glob(f"deploylab.{name}.*")]
    state = [str(path) for path in Path("/var/lib/deploy-lab").glob(name)]
    mounts = [line for line in Path("/proc/mounts").read_text().splitlines() if name in line]
    commands = map(command_of, Path("/proc").glob("[0-9]*"))
    return {
        "links": [line.split(":")[1] for line in link if f"dl{digest(name)}" in line],
        "groups": groups,
        "spaces": spaces,
        "state": state,
        "mounts": mounts,
        "processes": [command for command in commands if name in command],
    }


def digest(name: str) -> str:
    from lab.layout import digest as of_name

    return of_name(name)


def command_of(process: Path) -> str:
    """A process's command line, if it still lives."""
    try:
        return (process / "cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def firewall() -> str:
    """The machine's own rules; empty where it has no iptables."""
    try:
        done = subprocess.run(["iptables", "-S"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout


def test_up_starts_all_hosts_and_leaves_running_ones_alone(lab: Lab):
    rows = [row.split() for row in lab.run("status").stdout.splitlines()[2:]]
    assert [row[0] for row in rows] == ["node1", "node2", "node3", "busy", "sysd"]
    assert {row[CONDITION] for row in rows} == {"ok"}
    before = lab.pids()
    lab.run("up")
    assert lab.pids() == before


def test_status_names_what_is_missing(lab: Lab):
    lab.ask("node2", "service docker stop")
    assert "node2" in next(
        row for row in lab.run("status").stdout.splitlines() if row.endswith("no dockerd")
    )
    lab.ask("node2", "service docker start")


def test_down_leaves_nothing_behind(new_lab: MakeLab):
    one = new_lab("gone")
    rules, mounts = firewall(), Path("/proc/mounts").read_text()
    one.run("up", "1")
    one.ask("node1", "docker swarm init && docker run -d -p 8080:80 web:v1")
    assert all(traces(one.name)[kind] for kind in ("links", "groups", "spaces", "state"))
    assert firewall() == rules
    one.run("down")
    assert not any(traces(one.name).values()), traces(one.name)
    assert firewall() == rules
    left = set(Path("/proc/mounts").read_text().splitlines()) - set(mounts.splitlines())
    assert not {line for line in left if "netns" not in line}
    one.run("down")


def test_up_adds_nodes_and_starts_those_that_are_off(new_lab: MakeLab):
    one = new_lab("grows")
    one.run("up", "1")
    first = one.pids()
    one.ask("node1", "touch /root/kept")
    one.run("up", "2")
    assert one.pids()["node1"] == first["node1"]
    assert one.ask("node2", "ping -c 1 -q node1 >/dev/null && hostname") == "node2"
    one.ssh("node1", "poweroff")
    eventually(lambda: one.pids()["node1"] == "-")
    one.run("up")
    assert one.ask("node1", "ls /root") == "kept"


def test_a_crash_leaves_nothing_that_up_cannot_clear(new_lab: MakeLab):
    one = new_lab("crash")
    one.run("up", "1")
    for name in ("node1", "busy"):
        os.kill(int(one.pids()[name]), signal.SIGKILL)
    state = Path(one.environment()["directory"], "lab.json")
    state.unlink()
    one.run("up", "1")
    assert one.ask("node1", "docker ps -q") == ""
    os.kill(int(one.pids()["busy"]), signal.SIGKILL)
    state.unlink()
    one.run("down")
    assert not any(traces(one.name).values()), traces(one.name)


def test_two_labs_side_by_side_know_nothing_of_each_other(new_lab: MakeLab):
    labs = [new_lab("left"), new_lab("right")]
    with ThreadPoolExecutor() as pool:
        # Twice each: two sessions that both want the lab up get one.
        list(pool.map(lambda one: one.run("up", "1"), labs * 2))
    left, right = (one.environment() for one in labs)
    assert left["subnet"] != right["subnet"]
    assert left["nodes"]["node1"]["host_key"] != right["nodes"]["node1"]["host_key"]
    labs[0].ask("node1", "touch /root/left")
    assert labs[1].ask("node1", "ls /root") == ""
    unreachable = labs[0].ssh("node1", f"ping -c 1 -W 2 {right['nodes']['node1']['address']}")
    assert unreachable.returncode != 0
    labs[0].run("down")
    assert labs[1].ask("node1", "hostname") == "node1"


def test_reset_gives_a_new_disk_and_keeps_the_rest(lab: Lab):
    before, pids = lab.environment(), lab.pids()
    lab.ask("node2", "touch /root/old && docker run -d --name old web:v1 && docker swarm init")
    lab.ask("node3", "touch /root/kept")
    lab.run("reset", "node2")
    assert lab.environment() == before
    assert lab.pids()["node3"] == pids["node3"]
    assert lab.ask(
        "node2", "ls /root; docker ps -aq; docker info -f {{.Swarm.LocalNodeState}}"
    ) == ("inactive")
    assert "web:v1" in lab.ask("node2", "docker images --format {{.Repository}}:{{.Tag}}")
    assert lab.ask("node3", "ls /root && rm /root/kept") == "kept"


def boot_id(lab: Lab, node: str) -> str:
    """Which boot a host is in; empty while it cannot say."""
    options = ("-o", "ConnectTimeout=1", "-o", "LogLevel=QUIET")
    return lab.ssh(node, "cat /proc/sys/kernel/random/boot_id", options=options).stdout.strip()


@pytest.mark.parametrize("node", ["node1", "busy", "sysd"])
def test_a_host_reboots(lab: Lab, node: str):
    before = boot_id(lab, node)
    lab.ask(node, "touch /root/kept")
    lab.ssh(node, "reboot")
    eventually(lambda: boot_id(lab, node) not in {"", before})
    assert lab.ask(node, "ls /root && rm /root/kept") == "kept"
    lab.run("up")


def test_a_cut_host_neither_answers_nor_notices(lab: Lab):
    connect = ("-o", "ConnectTimeout=2")
    lab.run("cut", "node3")
    try:
        assert "timed out" in lab.ssh("node3", "true", options=connect).stderr
        assert lab.ssh("node1", "ping -c 1 -W 1 node3").returncode == 1
        carrier = lab.run("enter", "node3", "cat", "/sys/class/net/eth0/carrier").stdout
        assert carrier.strip() == "1"
    finally:
        lab.run("heal", "node3")
    assert lab.ask("node3", "hostname") == "node3"


def test_nothing_leaves_the_lab_and_hosts_learn_so_at_once(lab: Lab):
    done = lab.ssh("node1", "curl -sS -m 4 http://192.0.2.1/; curl -sS -m 4 http://example.com/")
    assert "Could not connect" in done.stderr
    assert "Could not resolve" in done.stderr


def test_errors_are_one_line(lab: Lab):
    done = Lab("no-such-lab").run("status", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "lab: lab no-such-lab is not up: run `scripts/lab up`\n"
    done = lab.run("reset", "node7", check=False)
    assert "has no host 'node7'; it has node1, node2, node3, busy, sysd" in done.stderr
    assert "is no name for a lab" in Lab("Not/Good").run("status", check=False).stderr
