"""Hosts in a bad state: a clear error, other hosts go on, nothing is left half done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deployer.cli.exits import Exit
from tests.lab.labs import Lab, eventually
from tests.support.inprocess import Seen, command
from tests.support.livelab import hosts_of, live_lab, read_only, write_inventory

pytestmark = pytest.mark.lab

Tasks = list[dict[str, Any]]
NODES = ("node1", "node2")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with live_lab("badhosts") as made:
        yield made


def run(lab: Lab, folder: Path, tasks: Tasks, hosts: Any = NODES, *words: str) -> Seen:
    """Run tasks on hosts: names, or variables by name."""
    inventory = hosts if isinstance(hosts, dict) else hosts_of(lab, hosts)
    play = {"hosts": "all", "gather_facts": False, "tasks": tasks}
    (folder / "play.yml").write_text(json.dumps([play]))
    where = write_inventory(folder / "hosts.yml", inventory)
    return command("run", str(folder / "play.yml"), "-i", where, "--output", "jsonl", *words)


@pytest.fixture
def full(lab: Lab) -> Iterator[None]:
    """A small disk on node1 that is nearly full, and the same folder with room on node2."""
    small = "mkdir -p /opt/t-full && mount -t tmpfs -o size=256k tmpfs /opt/t-full"
    lab.ask("root@node1", f"{small} && head -c 200000 /dev/zero > /opt/t-full/ballast")
    for node in NODES:
        lab.ask(f"root@{node}", "mkdir -p /opt/t-full; echo kept > /opt/t-full/old")
    yield
    lab.ask("root@node1", "umount /opt/t-full; rm -rf /opt/t-full")
    lab.ask("root@node2", "rm -rf /opt/t-full")


WRITERS = {
    "copy": {"copy": {"src": "big", "dest": "/opt/t-full/old"}},
    "copy of a new file": {"copy": {"src": "big", "dest": "/opt/t-full/new"}},
    "copy of a tree": {"copy": {"src": "tree", "dest": "/opt/t-full/"}},
    "template": {"template": {"src": "big.j2", "dest": "/opt/t-full/old"}},
    "lineinfile": {"lineinfile": {"path": "/opt/t-full/old", "line": "{{ 'x' * 300000 }}"}},
    "copy on the host": {
        "copy": {"src": "/opt/t-full/ballast", "dest": "/opt/t-full/old", "remote_src": True}
    },
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_keeps_the_old_file_and_leaves_nothing_beside(
    lab: Lab, full: None, tmp_path: Path, name: str
):
    (tmp_path / "big").write_bytes(b"x" * 300_000)
    (tmp_path / "big.j2").write_text("{{ 'y' * 300000 }}")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/one").write_bytes(b"z" * 300_000)
    task = WRITERS[name]
    if name == "copy on the host":
        lab.ask("root@node2", "head -c 200000 /dev/zero > /opt/t-full/ballast")
    seen = run(lab, tmp_path, [task, {"debug": {"msg": "goes on"}}])
    assert seen.code == Exit.TASK_FAILED
    told = seen.failures["node1"][0]
    assert "space" in told or "Wrote only" in told, told
    assert name == "copy of a tree" or "could not be written, and is as it was" in told, told
    assert seen.says == {"node2": ["goes on"]}
    assert lab.ask("root@node1", "cat /opt/t-full/old") == "kept"
    left = lab.ask("root@node1", "find /opt/t-full -type f").split()
    assert sorted(left) == ["/opt/t-full/ballast", "/opt/t-full/old"]


def test_a_full_tmp_is_named(lab: Lab, tmp_path: Path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files/big.sh").write_text("#!/bin/sh\necho ran\n" + "# filler\n" * 20_000)
    lab.ask("root@node1", "mount -t tmpfs -o size=16k tmpfs /tmp")
    try:
        seen = run(lab, tmp_path, [{"script": "big.sh"}, {"debug": {"msg": "goes on"}}])
    finally:
        lab.ask("root@node1", "umount /tmp")
    assert seen.code == Exit.TASK_FAILED
    assert "space" in stderr(seen, "node1")
    assert seen.says == {"node2": ["goes on"]}


def stderr(seen: Seen, host: str) -> str:
    """What the first failed task of a host wrote there, its message included."""
    finished = [each for each in seen.events if each["event"] == "TaskFinished"]
    bad = next(
        e["result"] for e in finished if (e["host"], e["result"]["status"]) == (host, "failed")
    )
    return bad["msg"] + str(bad["values"].get("stderr", ""))


@pytest.mark.parametrize("host", ["node1", "busy"])
@pytest.mark.parametrize(
    "task",
    [
        {"copy": {"content": "x", "dest": "/opt/t-ro"}},
        {"file": {"path": "/opt/t-ro", "state": "directory"}},
        {"file": {"path": "/etc/passwd", "mode": "0600"}},
        {"lineinfile": {"path": "/etc/passwd", "line": "x"}},
        {"user": {"name": "t-ro"}},
        {"script": "x.sh"},
    ],
)
def test_a_read_only_disk_is_named_and_others_go_on(
    lab: Lab, tmp_path: Path, host: str, task: dict[str, Any]
):
    (tmp_path / "x.sh").write_text("#!/bin/sh\necho x\n")
    hosts = {**read_only(lab, host), **hosts_of(lab, ["node3"], ansible_check_mode=True)}
    hosts["node3"]["skip"] = True
    tasks = [{**task, "when": "skip is not defined"}, {"debug": {"msg": "goes on"}}]
    seen = run(lab, tmp_path, tasks, hosts)
    assert seen.code == Exit.TASK_FAILED
    told = stderr(seen, host)
    assert "ead-only" in told or "cannot lock /etc/passwd" in told, told
    assert seen.says == {"node3": ["goes on"]}


WEB = {"services": {"web": {"image": "web:v1"}}}
DOCKER: Tasks = [
    {"docker_network": {"name": "t-bad"}},
    {"docker_swarm": {}},
    {"docker_swarm_info": {}},
    {"docker_node_info": {}},
    {"docker_stack": {"name": "t-bad", "compose": [WEB]}},
    {"docker_secret": {"name": "t-bad", "data": "x"}},
    {"docker_login": {"registry_url": "t:5000", "username": "u", "password": "p-of-nobody"}},
    {"docker_compose_v2": {"project_name": "t-bad", "definition": WEB}},
    {"docker_image_load": {"path": "/etc/hostname"}},
    {"swarm_cluster": {"managers": ["busy"]}},
]


@pytest.mark.parametrize("task", DOCKER, ids=[next(iter(task)) for task in DOCKER])
def test_a_missing_docker_is_named(lab: Lab, tmp_path: Path, task: dict[str, Any]):
    tasks = [
        {**task, "when": "inventory_hostname == 'busy'"},
        {"debug": {"msg": "goes on"}},
    ]
    hosts = ["busy"] if "swarm_cluster" in task else ["busy", "node3"]
    seen = run(lab, tmp_path, tasks, hosts)
    assert seen.code == Exit.TASK_FAILED
    (message,) = seen.failures["busy"]
    assert "docker" in message
    assert "not installed" in message or "not found" in message, message
    assert "busy" not in seen.says
    if "swarm_cluster" not in task:
        assert seen.says == {"node3": ["goes on"]}


def test_a_daemon_that_is_down_is_named(lab: Lab, tmp_path: Path):
    lab.ask("root@node2", "service docker stop")
    try:
        for task in DOCKER:
            name = next(iter(task))
            if name in ("docker_login", "swarm_cluster"):
                continue
            here = {**task, "when": "inventory_hostname == 'node2'"}
            seen = run(lab, tmp_path, [here, {"debug": {"msg": "goes on"}}])
            assert seen.code == Exit.TASK_FAILED, name
            (message,) = seen.failures["node2"]
            assert "dockerd" in message or "daemon" in message, f"{name}: {message}"
            assert seen.says == {"node1": ["goes on"]}
    finally:
        lab.ask("root@node2", "service docker start")
        eventually(lambda: lab.ssh("root@node2", "docker version").returncode == 0)


def test_a_plan_says_the_same_of_a_bad_host(lab: Lab, tmp_path: Path):
    """A task before may install what is missing: a dry run says what it could not look at."""
    play = [{"hosts": "all", "gather_facts": False, "tasks": [{"docker_network": {"name": "t"}}]}]
    (tmp_path / "play.yml").write_text(json.dumps(play))
    where = write_inventory(tmp_path / "hosts.yml", hosts_of(lab, ["busy", "node1"]))
    seen = command("plan", str(tmp_path / "play.yml"), "-i", where, "--output", "jsonl")
    assert seen.code == 0
    finished = [each for each in seen.events if each["event"] == "TaskFinished"]
    plans = {each["host"]: each["result"]["plan"] for each in finished}
    assert plans["busy"] == ["create network t: docker is not installed on this host (so far)"]
    assert plans["node1"] == ["create network t: absent"]
