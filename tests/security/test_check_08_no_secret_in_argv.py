"""Check 8: while runs use passwords, no command line holds one, here or on a host.

The lab's hosts are namespaces of this machine, so one look at /proc sees all processes of both.
Environments are looked at too: what is there, a process's children inherit.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.connections.deploying import Deploy
from tests.lab.labs import Lab, own_name

pytestmark = pytest.mark.lab

PLANTED = "Pl4nted-c0ntent-of-a-file"
#: SHA-512 of a password; a hash is a secret as well.
HASH = "$6$saltsalt$" + "Pl4ntedHash" * 7
NODES = ("node1", "node2")
#: How every join token begins.
TOKEN = "SWMTKN-1-"
#: In every run, so that a test that has seen nothing fails.
CONTROL = "c0ntrol-word"

PLAY = f"""
    - hosts: node1
      gather_facts: false
      become: true
      vars:
        items: "{{{{ range(12) | list }}}}"
      tasks:
        - command: sh -c 'sleep 1.5; true {CONTROL}'
        - copy:
            content: "{{{{ planted }}}}{{{{ item }}}}"
            dest: "/root/e2e-secret{{{{ item }}}}"
          loop: "{{{{ items }}}}"
          no_log: true
        - user: {{name: "e2e{{{{ item }}}}", password: "{{{{ hash }}}}", create_home: false}}
          loop: "{{{{ items }}}}"
          no_log: true
        - command: "{{{{ item }}}}"
          args: {{stdin: "{{{{ planted }}}}"}}
          no_log: true
          loop: ["sha256sum", "sleep 0.3", "cat"]
        - docker_login:
            registry_url: "{{{{ registry }}}}"
            username: lab
            password: "{{{{ registry_password }}}}"
            reauthorize: true
          loop: "{{{{ items }}}}"
        - uri:
            url: "http://{{{{ registry }}}}/v2/"
            user: lab
            password: "{{{{ registry_password }}}}"
            force_basic_auth: true
          loop: "{{{{ items }}}}"
        - command: sh -c 'sleep 1.5; true {CONTROL}'
"""


@dataclass
class Spy:
    """Reads the command line and the environment of processes again and again.

    Those of the hosts' namespaces, and those here that have the run's HOME: others on this machine
    may be tests of the same kind.
    """

    wanted: dict[str, bytes]
    namespaces: set[str]
    home: Path
    seen: dict[str, set[str]] = field(default_factory=dict)
    looks: int = 0

    def __enter__(self) -> Spy:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            for process in Path("/proc").iterdir():
                if process.name.isdigit():
                    with contextlib.suppress(OSError):
                        self._look(process)
            self.looks += 1

    def _look(self, process: Path) -> None:
        words = (process / "cmdline").read_bytes()
        settings = (process / "environ").read_bytes()
        here = b"HOME=%s\0" % bytes(self.home) in settings
        if not here and str((process / "ns/pid").readlink()) not in self.namespaces:
            return
        for name, value in self.wanted.items():
            for text in (words, settings):
                if value in text:
                    shown = text.replace(b"\0", b" ").decode("utf-8", "replace")[:300]
                    self.seen.setdefault(name, set()).add(f"{process}: {shown}")


@pytest.fixture(scope="module")
def facts() -> Iterator[dict[str, Any]]:
    made = Lab(own_name("secrets"))
    made.run("up", "2")
    inside = {str(Path(f"/proc/{made.pids()[node]}/ns/pid").readlink()) for node in NODES}
    yield {**made.environment(), "namespaces": inside}
    made.run("down")


@pytest.fixture
def runs(facts: dict[str, Any], tmp_path: Path) -> Deploy:
    hosts = {
        node: {
            "ansible_host": facts["nodes"][node]["address"],
            "ansible_ssh_private_key_file": facts["key"],
            "ansible_ssh_common_args": f"-o UserKnownHostsFile={facts['known_hosts']}",
        }
        for node in NODES
    }
    return Deploy(tmp_path, hosts, {"HOME": str(tmp_path), "SSH_AUTH_SOCK": ""})


@pytest.mark.parametrize(
    ("login", "method", "account"),
    [("pat", "sudo", "pat"), ("dora", "doas", "dora"), ("sue", "su", "root")],
)
def test_no_secret_stands_in_any_argv(
    runs: Deploy, facts: dict[str, Any], login: str, method: str, account: str
) -> None:
    password = facts["passwords"][account]
    registry = facts["registry"]
    wanted = {
        "control": CONTROL.encode(),
        "become password": password.encode(),
        "content": PLANTED.encode(),
        "hash": HASH.encode(),
        "registry password": registry["password"].encode(),
    }
    with Spy(wanted, facts["namespaces"], runs.folder) as spy:
        seen = runs.run(
            PLAY,
            ansible_user=login,
            ansible_become_method=method,
            ansible_become_pass=password,
            planted=PLANTED,
            hash=HASH,
            registry=registry["login"],
            registry_password=registry["password"],
        )
    assert seen.code == 0, seen.out + seen.err
    assert spy.looks > 5
    assert spy.seen.pop("control", None), "nothing was seen at all"
    assert json.dumps({name: sorted(found) for name, found in spy.seen.items()}, indent=1) == "{}"


def test_a_login_password_stands_in_no_argv(runs: Deploy, facts: dict[str, Any]) -> None:
    password = facts["passwords"]["pat"]
    wanted = {"control": CONTROL.encode(), "password": password.encode()}
    with Spy(wanted, facts["namespaces"], runs.folder) as spy:
        seen = runs.run(
            f"- hosts: node1\n  gather_facts: false\n  tasks:\n"
            f"    - command: sh -c 'sleep 1.5; true {CONTROL}'\n",
            ansible_user="pat",
            ansible_password=password,
            ansible_ssh_private_key_file="/nowhere",
        )
    assert seen.code == 0, seen.out + seen.err
    assert spy.seen.pop("control", None)
    assert spy.seen == {}


SWARM = f"""
    - hosts: node1:node2
      gather_facts: false
      tasks:
        - command: sh -c 'mkdir /opt/away && mv /usr/bin/curl /usr/bin/perl /opt/away'
          when: inventory_hostname == "node2"
        - command: sh -c 'sleep 1.5; true {CONTROL}'
        - swarm_cluster: {{managers: [node1], workers: [node2]}}
        - docker_swarm: {{state: absent, force: true}}
        - docker_swarm: {{advertise_addr: eth0, labels: {{of: this test}}}}
          register: swarm
          when: inventory_hostname == "node1"
        - docker_swarm:
            state: join
            remote_addrs: ["{{{{ hostvars.node1.ansible_host }}}}:2377"]
            join_token: "{{{{ hostvars.node1.swarm.swarm_facts.JoinTokens.Manager }}}}"
          when: inventory_hostname == "node2"
"""


def test_a_join_token_stands_in_no_argv_with_nothing_but_docker_on_the_host(
    runs: Deploy, facts: dict[str, Any]
) -> None:
    wanted = {"control": CONTROL.encode(), "token": TOKEN.encode()}
    with Spy(wanted, facts["namespaces"], runs.folder) as spy:
        seen = runs.run(SWARM, "-vvv")
    assert seen.code == 0, seen.out + seen.err
    assert TOKEN not in seen.out + seen.err
    assert spy.seen.pop("control", None)
    assert spy.seen == {}
