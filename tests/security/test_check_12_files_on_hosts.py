"""Checks 6, 10, 12, 13, 14 and law 6 on a real host: what others could see or steal there.

The file system of a lab host can be watched from outside, so nothing that stands there for a
moment goes unseen.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.labs import Lab
from tests.support.cli import ROOT
from tests.support.inprocess import Seen, command
from tests.support.livelab import hosts_of, live_lab, write_inventory

pytestmark = pytest.mark.lab

PLANTED = "planted-for-the-law-of-leaks"
BIG = 24 * 1024 * 1024


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with live_lab("files") as made:
        yield made


@pytest.fixture
def clean(lab: Lab) -> Iterator[None]:
    tidy = "rm -rf /opt/t-sec /home/*/t-sec* /tmp/deploy.* /root/.docker; docker swarm leave -f"
    lab.ssh("root@node1", tidy)
    yield
    lab.ssh("root@node1", tidy)


class Watcher:
    """Looks at folders of a host from outside, again and again.

    `seen` is what stood there: path below the root -> the widest permissions of a file that held
    something; what is in a directory that others cannot enter is open to nobody.
    """

    def __init__(self, lab: Lab, host: str, *folders: str) -> None:
        self.upper = Path(lab.environment()["directory"]) / "nodes" / host / "upper"
        self.folders = [self.upper / folder.lstrip("/") for folder in folders]
        self.seen: dict[str, int] = {}
        self.looks = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            for folder in self.folders:
                self._look(folder)
            self.looks += 1

    def _look(self, folder: Path, shut: bool = False) -> None:
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    known = entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(known.st_mode):
                        self._look(Path(entry.path), shut or not known.st_mode & 0o011)
                    elif not stat.S_ISREG(known.st_mode) or not known.st_size:
                        continue
                    name = "/" + str(Path(entry.path).relative_to(self.upper))
                    bits = stat.S_IMODE(known.st_mode) & (0o700 if shut else 0o777)
                    self.seen[name] = self.seen.get(name, 0) | bits
        except OSError:
            return

    def open_to_others(self) -> dict[str, str]:
        """Files with something in them that others could read."""
        return {name: oct(bits) for name, bits in self.seen.items() if bits & 0o077}


def run(lab: Lab, folder: Path, tasks: list[dict[str, Any]], **more: Any) -> Seen:
    """Run tasks on node1; `more` are variables of the host."""
    words = prepare(lab, folder, tasks, **more)
    return command("run", *words, "--output", "jsonl")


def prepare(lab: Lab, folder: Path, tasks: list[dict[str, Any]], **more: Any) -> list[str]:
    hosts = hosts_of(lab, ["node1"])
    hosts["node1"].update(more)
    play = {"hosts": "all", "gather_facts": False, "tasks": tasks}
    (folder / "play.yml").write_text(json.dumps([play]))
    return [str(folder / "play.yml"), "-i", write_inventory(folder / "hosts.yml", hosts)]


def test_check_12_no_moment_in_which_others_can_read(lab: Lab, clean: None, tmp_path: Path):
    (tmp_path / "big").write_bytes(os.urandom(BIG))
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/big.j2").write_text("{{ lookup('file', 'text') * 30000 }}")
    (tmp_path / "text").write_text("x" * 200)
    lab.ask("root@node1", "mkdir -m 755 -p /opt/t-sec && umask 077 && echo old > /opt/t-sec/lines")
    again = {"src": "/opt/t-sec/big", "dest": "/opt/t-sec/again", "remote_src": True}
    tasks = [
        {"copy": {"src": "big", "dest": "/opt/t-sec/big", "mode": "0600"}},
        {"copy": {**again, "mode": "0600"}},
        {"copy": {"content": "x" * 60000, "dest": "/opt/t-sec/big", "backup": True}},
        {"template": {"src": "big.j2", "dest": "/opt/t-sec/made", "mode": "0600"}},
        {"lineinfile": {"path": "/opt/t-sec/lines", "line": "new", "backup": True}},
        {"file": {"path": "/opt/t-sec/lines", "owner": "ops"}},
    ]
    with Watcher(lab, "node1", "/opt/t-sec", "/tmp") as watcher:
        seen = run(lab, tmp_path, [{**task, "name": str(n)} for n, task in enumerate(tasks)])
    assert seen.code == 0, seen.failures
    assert watcher.looks > 50
    assert {"/opt/t-sec/big", "/opt/t-sec/made", "/opt/t-sec/lines"} <= set(watcher.seen)
    assert len([name for name in watcher.seen if ".deploy." in name]) >= 2, "written beside"
    assert watcher.open_to_others() == {}


def test_check_13_a_payload_for_another_user_is_open_to_nobody_else(
    lab: Lab, clean: None, tmp_path: Path
):
    (tmp_path / "files").mkdir()
    (tmp_path / "files/work.sh").write_text(f"#!/bin/sh\n# {PLANTED}\nsleep 0.5\nid -un\n")
    become = {"become": True, "become_user": "pat"}
    tasks = [
        {"script": "work.sh", "register": "who", **become},
        {"copy": {"content": PLANTED * 9999, "dest": "~/t-sec", "mode": "0600"}, **become},
        {"command": {"argv": ["cat"], "stdin": PLANTED}, **become},
        {"assert": {"that": "who.stdout_lines == ['pat']"}},
    ]
    with Watcher(lab, "node1", "/tmp", "/home", "/var/tmp") as watcher:
        seen = run(lab, tmp_path, tasks, ansible_user="ops")
    assert seen.code == 0, seen.failures
    made = {name for name in watcher.seen if "deploy" in name}
    assert any(name.endswith("work.sh") for name in made), "the script was seen on its way"
    open_ones = {name for name in watcher.open_to_others() if name in made or "t-sec" in name}
    assert open_ones == set()
    assert owner(lab, "/home/pat/t-sec") == "pat"


def owner(lab: Lab, path: str) -> str:
    return lab.ask("root@node1", f"stat -c %U {path}")


@pytest.mark.parametrize(
    "task",
    [
        {"copy": {"content": "new\n", "dest": "/opt/t-sec/open/dest", "mode": "0644"}},
        {"copy": {"src": "/etc/hostname", "dest": "/opt/t-sec/open/dest", "remote_src": True}},
        {"template": {"src": "t.j2", "dest": "/opt/t-sec/open/dest"}},
        {"copy": {"content": "n", "dest": "/opt/t-sec/open/mine", "backup": True}},
    ],
)
def test_check_14_a_planted_link_leads_nowhere(
    lab: Lab, clean: None, tmp_path: Path, task: dict[str, Any]
):
    (tmp_path / "t.j2").write_text("new\n")
    lab.ask(
        "root@node1",
        "mkdir -p /opt/t-sec && cd /opt/t-sec && echo victim > victim && chmod 600 victim"
        " && mkdir -m 1777 open && echo mine > open/mine",
    )
    lab.ask("ops@node1", "ln -s /opt/t-sec/victim /opt/t-sec/open/dest")
    seen = run(lab, tmp_path, [task])
    assert seen.code in (0, 2)
    assert lab.ask("root@node1", "cat /opt/t-sec/victim") == "victim"
    assert lab.ask("root@node1", "stat -c '%a %U' /opt/t-sec/victim") == "600 root"


def test_check_11_nothing_is_left_in_tmp_whatever_happens(lab: Lab, clean: None, tmp_path: Path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files/slow.sh").write_text("#!/bin/sh\nsleep 30\n")
    (tmp_path / "files/bad.sh").write_text("#!/bin/sh\nexit 7\n")
    before = lab.ask("root@node1", "ls -A /tmp; mkdir -p /opt/t-sec")
    tasks = [
        {"script": "slow.sh", "timeout": 1, "ignore_errors": True},
        {"script": "bad.sh", "ignore_errors": True},
        {"script": {"cmd": "bad.sh", "executable": "/no/such"}, "ignore_errors": True},
        {
            "copy": {"content": "x", "dest": "/opt/t-sec/v", "validate": "false %s"},
            "ignore_errors": True,
        },
        {
            "copy": {"content": "x", "dest": "/opt/t-sec/v", "owner": "nobody-at-all"},
            "ignore_errors": True,
        },
        {"uri": {"url": "http://127.0.0.1:1/"}, "ignore_errors": True},
    ]
    seen = run(lab, tmp_path, tasks)
    assert seen.code == 0, seen.failures
    assert len(seen.failures["node1"]) == len(tasks)
    assert lab.ask("root@node1", "ls -A /tmp") == before
    assert lab.ask("root@node1", "ls -A /opt/t-sec") == ""


def test_check_06_tokens_and_passwords_are_secret_by_type(lab: Lab, clean: None, tmp_path: Path):
    registry = lab.environment()["registry"]
    tasks = [
        {"docker_swarm": {"advertise_addr": "{{ ansible_host }}"}, "register": "swarm"},
        {"docker_swarm_info": {"unlock_key": True}, "register": "info"},
        {"docker_swarm": {"state": "inspect"}, "register": "inspected", "check_mode": False},
        {
            "docker_login": {
                "registry_url": registry["login"],
                "username": registry["user"],
                "password": registry["password"],
            },
            "register": "login",
        },
        {"docker_secret": {"name": "t-sec", "data": PLANTED}, "register": "kept"},
        {"set_fact": {"token": "{{ swarm.swarm_facts.JoinTokens.Worker }}"}},
        {"debug": {"var": "swarm"}},
        {"debug": {"msg": "{{ [swarm, info, inspected, login, kept] | to_json }}"}},
        {"debug": {"msg": "join {{ token }} {{ token | upper | lower }} {{ token[:30] }}"}},
        {"debug": {"msg": "{{ token | b64encode }}"}},
        {"command": "echo {{ token }}", "register": "echoed"},
        {"debug": {"var": "echoed"}},
        {"debug": {"msg": "{{ hostvars[inventory_hostname].token }}"}},
        {"fail": {"msg": "{{ token }}"}, "ignore_errors": True},
    ]
    words = prepare(lab, tmp_path, tasks)
    shown = ""
    for more in (["-vvv"], ["--output", "jsonl"], ["-vvv", "--check", "--diff"]):
        done = deployed("run", *words, *more)
        assert done.returncode == 0, done.stdout + done.stderr
        shown += done.stdout + done.stderr
    for kind in ("worker", "manager"):
        token = lab.ask("root@node1", f"docker swarm join-token -q {kind}")
        assert token.startswith("SWMTKN-1-")
        assert token not in shown
        assert token.rsplit("-", 1)[1] not in shown
    assert registry["password"] not in shown
    assert PLANTED not in shown
    assert "SWMTKN" not in shown


def deployed(*words: str) -> subprocess.CompletedProcess[str]:

    return subprocess.run(
        [sys.executable, "-m", "deployer", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_check_10_a_daemon_that_writes_requests_to_its_log_is_named(
    lab: Lab, clean: None, tmp_path: Path
):
    lab.ask(
        "root@node1",
        "mkdir -p /etc/docker && cp /etc/docker/daemon.json /root/daemon.json 2>/dev/null;"
        " echo '{\"debug\": true}' > /etc/docker/daemon.json && pkill -HUP -x dockerd"
        " && docker swarm init --advertise-addr eth0 >/dev/null",
    )
    try:
        seen = run(lab, tmp_path, [{"docker_secret": {"name": "t-sec", "data": PLANTED}}])
    finally:
        lab.ask(
            "root@node1",
            "rm -f /etc/docker/daemon.json; mv /root/daemon.json /etc/docker/ 2>/dev/null;"
            " cd /etc/docker; [ -e daemon.json ] || echo '{\"debug\": false}' > daemon.json;"
            " pkill -HUP -x dockerd",
        )
    assert seen.code == 0, seen.failures
    finished = [event for event in seen.events if event["event"] == "TaskFinished"]
    warnings = [text for event in finished for text in event["result"]["warnings"]]
    assert any("debug" in text for text in warnings)


def test_law_6_nothing_planted_is_left_anywhere(lab: Lab, clean: None, tmp_path: Path):
    """No file of either side holds what was planted, but those that were asked to."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/app.env.j2").write_text("TOKEN={{ planted }}\n")
    (tmp_path / "vault.txt").write_text("word\n")
    lab.ask("root@node1", "mkdir -p /opt/t-sec; docker swarm init --advertise-addr eth0 >/dev/null")
    tasks: list[dict[str, Any]] = [
        {"template": {"src": "app.env.j2", "dest": "/opt/t-sec/app.env", "mode": "0600"}},
        {"docker_secret": {"name": "t-sec", "data": "{{ planted }}"}},
        {"command": {"argv": ["cat"], "stdin": "{{ planted }}"}},
        {"shell": "cat >/dev/null; exit 3", "args": {"stdin": "{{ planted }}"}},
    ]
    for task in tasks:
        task.update({"no_log": True, "ignore_errors": True, "vars": {"planted": PLANTED}})
    words = prepare(lab, tmp_path, tasks)
    (tmp_path / "play.yml").write_text(
        (tmp_path / "play.yml").read_text().replace(f'"{PLANTED}"', '"{{ planted_by_user }}"')
    )
    home = tmp_path / "home"
    home.mkdir()
    done = subprocess.run(
        ["python3", "-m", "deployer", "run", *words, "-e", f"planted_by_user={PLANTED}", "-vvv"],
        env={**os.environ, "HOME": str(home), "TMPDIR": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert PLANTED not in done.stdout + done.stderr
    left = [path for path in home.rglob("*") if path.is_file()]
    assert [path for path in left if PLANTED.encode() in path.read_bytes()] == []
    assert found(lab, "node1") == {"/opt/t-sec/app.env"}


def found(lab: Lab, host: str) -> set[str]:
    """The files of a host that hold what was planted, logs included."""
    upper = Path(lab.environment()["directory"]) / "nodes" / host / "upper"
    held = set()
    for path in upper.rglob("*"):
        plain = path.is_file() and not path.is_symlink() and path.stat().st_size < 50_000_000
        if plain and PLANTED.encode() in path.read_bytes():
            held.add("/" + str(path.relative_to(upper)))
    return held
