"""Check 9: a secret in a container's environment, where `docker inspect` shows it, is warned of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.labs import Lab
from tests.support.inprocess import Seen, command
from tests.support.livelab import hosts_of, live_lab, write_inventory
from tests.support.vaulting import tagged

pytestmark = pytest.mark.lab

PLANTED = "shown-by-docker-inspect"
WHY = "is a secret, which `docker inspect` shows: `secrets:` gives it as a file"
SERVICE = {"image": "busybox:lab", "command": ["sleep", "1000"], "stop_grace_period": "0s"}
HARMLESS = {**SERVICE, "environment": {"LEVEL": "info", "FILE": "/run/secrets/key", "EMPTY": ""}}
TEMPLATE = """
services:
  web:
    image: busybox:lab
    command: [sleep, "1000"]
    stop_grace_period: 0s
    env_file: app.env
    environment:
      LEVEL: debugging
      WORD: "{{ planted }}"
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with live_lab("environments") as made:
        yield made


@pytest.fixture
def clean(lab: Lab) -> Iterator[None]:
    tidy = (
        "docker stack rm s-env; docker swarm leave -f; docker rm -f $(docker ps -aq);"
        " rm -rf /opt/t-env"
    )
    lab.ssh("root@node1", tidy)
    yield
    lab.ssh("root@node1", tidy)


def run(lab: Lab, folder: Path, *tasks: dict[str, Any]) -> tuple[Seen, list[list[str]]]:
    """Run tasks on node1; gives the warnings of each as well."""
    play = {"hosts": "all", "gather_facts": False, "tasks": list(tasks)}
    (folder / "play.yml").write_text(json.dumps([play]))
    (folder / "password").write_text("word\n")
    (folder / "group_vars").mkdir(exist_ok=True)
    (folder / "group_vars/all.yml").write_text(f"planted: {tagged(PLANTED, 'word', '  ')}")
    hosts = write_inventory(folder / "hosts.yml", hosts_of(lab, ["node1"]))
    words = [str(folder / "play.yml"), "-i", hosts, "--vault-password-file"]
    seen = command("run", *words, str(folder / "password"), "--output", "jsonl")
    assert seen.code == 0, seen.failures
    assert PLANTED not in json.dumps(seen.events)
    finished = [event for event in seen.events if event["event"] == "TaskFinished"]
    return seen, [event["result"]["warnings"] for event in finished]


def service(environment: object) -> dict[str, Any]:
    return {"services": {"web": {**SERVICE, "environment": environment}}}


def test_check_09_compose(lab: Lab, clean: None, tmp_path: Path) -> None:
    task = {"project_name": "t-env", "wait": True}
    told = {**task, "definition": service({"WORD": "pre {{ planted }}", "LEVEL": "info"})}
    listed = {**task, "definition": service(["LEVEL=info", "WORD={{ planted }}"])}
    kept = {**task, "definition": {"services": {"web": HARMLESS}}}
    gone = {**told, "state": "absent"}
    tasks = [{"docker_compose_v2": args} for args in (told, told, listed, kept, gone)]
    _, warnings = run(lab, tmp_path, *tasks)
    said = [f"`WORD` in the environment of service web {WHY}"]
    assert warnings == [said, said, said, [], []]


def test_check_09_an_app(lab: Lab, clean: None, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/compose.yml.j2").write_text(TEMPLATE)
    (tmp_path / "app/app.env.j2").write_text("# KEY=x\nLEVEL=high\nKEY={{ planted }}\n")
    task = {"compose_app": {"src": "app", "dest": "/opt/t-env"}}
    _, warnings = run(lab, tmp_path, task, task)
    said = [
        f"compose.yml:10: `WORD` in the environment of service web {WHY}",
        f"app.env:3: `KEY` in the environment of service web {WHY}",
    ]
    assert warnings == [said, said]
    shown = lab.ask("root@node1", "docker inspect $(docker ps -q)")
    assert f"WORD={PLANTED}" in shown, "what the warning says is true"
    assert f"KEY={PLANTED}" in shown


def test_check_09_a_stack(lab: Lab, clean: None, tmp_path: Path) -> None:
    lab.ask("root@node1", "docker swarm init --advertise-addr eth0 >/dev/null")
    stack = {"name": "s-env", "resolve_image": "never", "wait": True, "wait_timeout": 60}
    told = {**stack, "compose": [{"version": "3.8", **service({"WORD": "{{ planted }}"})}]}
    kept = {**stack, "compose": [{"version": "3.8", "services": {"web": HARMLESS}}]}
    _, warnings = run(lab, tmp_path, {"docker_stack": told}, {"docker_stack": kept})
    assert warnings == [[f"`WORD` in the environment of service web {WHY}"], []]
