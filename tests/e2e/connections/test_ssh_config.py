"""What the user's ssh_config says is honoured, on real hops."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.connections.deploying import Deploy, Seen
from tests.lab.labs import Lab

pytestmark = pytest.mark.lab

#: From where the host sees the connection come, and as whom.
WHERE = """
    - hosts: all
      gather_facts: false
      tasks:
        - shell: "set -- $SSH_CONNECTION; echo $(id -un) $1 $3 $4"
"""


@pytest.fixture
def address(facts: dict[str, Any]) -> dict[str, str]:
    return {name: node["address"] for name, node in facts["nodes"].items()}


@pytest.fixture
def config(deploy: Deploy, facts: dict[str, Any]) -> Path:
    """~/.ssh/config of the test's home, with what every host shares."""
    folder = deploy.folder / ".ssh"
    folder.mkdir(mode=0o700)
    path = folder / "config"
    path.write_text(
        f"IdentityFile {facts['key']}\nUserKnownHostsFile {facts['known_hosts']}\nUser root\n"
    )
    return path


def on(deploy: Deploy, *hosts: str, **variables: str) -> Seen:
    """A run on hosts of which the inventory says nothing but the name."""
    bare = replace(deploy, inventory={name: {} for name in hosts})
    seen = bare.run(WHERE, **variables)
    assert seen.code == 0, seen.out + seen.err
    return seen


def test_a_host_name_and_a_user(config: Path, deploy: Deploy, address: dict[str, str]) -> None:
    old = config.read_text()
    config.write_text(f"Host web\n  HostName {address['node2']}\n  User ops\nHost *\n{old}")
    assert on(deploy, "web").stdout("web")[0].startswith("ops ")
    assert on(deploy, "web", ansible_user="dan").stdout("web")[0].startswith("dan ")


def test_includes_are_read(config: Path, deploy: Deploy, address: dict[str, str]) -> None:
    (config.parent / "hosts.d").mkdir()
    (config.parent / "hosts.d" / "10-web.conf").write_text(
        f"Host web\n  HostName {address['node2']}\n"
    )
    config.write_text("Include hosts.d/*.conf\n\nHost *\n" + config.read_text())
    assert on(deploy, "web").stdout("web")[0].split()[2] == address["node2"]


def test_a_file_named_with_f_stands_instead(
    config: Path, deploy: Deploy, address: dict[str, str]
) -> None:
    elsewhere = deploy.folder / "other_config"
    elsewhere.write_text(f"Host web\n  HostName {address['node3']}\nHost *\n{config.read_text()}")
    config.write_text("Host web\n  HostName no.such.host.invalid\n")
    seen = on(deploy, "web", ansible_ssh_common_args=f"-F {elsewhere}")
    assert seen.stdout("web")[0].split()[2] == address["node3"]


def test_a_jump_through_another_host(config: Path, deploy: Deploy, address: dict[str, str]) -> None:
    """Both hops show their keys; the last sees the connection come from the one before."""
    hops = f"""
Host gate
  HostName {address["node1"]}
  User ops
Host inner second
  HostName {address["node2"]}
  ProxyJump gate
Host far
  HostName {address["node3"]}
  ProxyJump gate,second
Host *
"""
    config.write_text(hops + config.read_text())
    seen = on(deploy, "inner", "far")
    assert seen.stdout("inner")[0].split()[:3] == ["root", address["node1"], address["node2"]]
    assert seen.stdout("far")[0].split()[:3] == ["root", address["node2"], address["node3"]]


def test_a_jump_from_the_inventory(config: Path, deploy: Deploy, address: dict[str, str]) -> None:
    jump = f"-J ops@{address['node1']}"
    seen = on(deploy, "web", ansible_host=address["node2"], ansible_ssh_common_args=jump)
    assert seen.stdout("web")[0].split()[1] == address["node1"]


def test_a_proxy_command(config: Path, deploy: Deploy, address: dict[str, str]) -> None:
    config.write_text(f"Host gate\n  HostName {address['node1']}\nHost *\n{config.read_text()}")
    proxy = f"-o ProxyCommand='ssh -F {config} -W %h:%p gate'"
    seen = on(deploy, "web", ansible_host=address["node2"], ansible_ssh_common_args=proxy)
    assert seen.stdout("web")[0].split()[1:3] == [address["node1"], address["node2"]]


def test_a_proxy_command_that_fails_says_why(config: Path, deploy: Deploy) -> None:
    bare = replace(deploy, inventory={"web": {}})
    proxy = "-o ProxyCommand='echo the gate is shut >&2; exit 1'"
    seen = bare.run(WHERE, ansible_ssh_common_args=proxy, ansible_ssh_retries=0)
    assert seen.code == 4
    assert "the gate is shut" in seen.unreachable("web")


@contextlib.contextmanager
def second_sshd(lab: Lab, node: str, port: int) -> Iterator[None]:
    pid = "/run/e2e-sshd.pid"
    lab.ask(node, f"/usr/sbin/sshd -p {port} -o PidFile={pid}")
    try:
        yield
    finally:
        lab.ask(node, f"kill $(cat {pid})")


def test_a_port_and_a_host_key_alias(
    config: Path, deploy: Deploy, lab: Lab, facts: dict[str, Any], address: dict[str, str]
) -> None:
    known = deploy.folder / "known"
    known.write_text(f"the-alias {facts['nodes']['node3']['host_key']}\n")
    config.write_text(
        f"Host web\n  HostName {address['node3']}\n  Port 2222\n  HostKeyAlias the-alias\n"
        f"  UserKnownHostsFile {known}\n{config.read_text()}"
    )
    with second_sshd(lab, "node3", 2222):
        assert on(deploy, "web").stdout("web")[0].split()[2:] == [address["node3"], "2222"]


@contextlib.contextmanager
def agent(folder: Path, key: str) -> Iterator[str]:
    """An agent that holds a key; gives its socket."""
    socket = str(folder / "agent")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        while not Path(socket).exists():
            assert process.poll() is None
        subprocess.run(
            ["ssh-add", "-q", key], env={**os.environ, "SSH_AUTH_SOCK": socket}, check=True
        )
        yield socket
    finally:
        process.terminate()
        process.wait(10)


def test_a_key_of_the_agent(
    config: Path, deploy: Deploy, facts: dict[str, Any], address: dict[str, str]
) -> None:
    config.write_text(f"UserKnownHostsFile {facts['known_hosts']}\n")
    bare = replace(deploy, inventory={"web": {"ansible_host": address["node1"]}})
    given = {"ansible_user": "ops"}
    without = bare.run(WHERE, **given)
    assert "permission denied for user ops (tried: nothing to show" in without.unreachable("web")
    with agent(deploy.folder, facts["key"]) as socket:
        holding = replace(bare, environment={**bare.environment, "SSH_AUTH_SOCK": socket})
        seen = holding.run(WHERE, **given)
        assert seen.stdout("web")[0].startswith("ops ")
        forwarded = (
            "- hosts: web\n  gather_facts: false\n  tasks:\n    - shell: ssh-add -l 2>&1 || true\n"
        )
        off = holding.run(forwarded, **given)
        on = holding.run(forwarded, **given, ansible_ssh_common_args="-A")
    assert "SHA256" not in off.stdout("web")[0], "security check 27"
    assert "SHA256" in on.stdout("web")[0]
