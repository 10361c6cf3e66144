"""Hosts that are dead, mute, unknown or rude: noticed in time, and only they are given up."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import paramiko
import pytest

from tests.contract.sshd import free_port
from tests.e2e.connections.deploying import Deploy, finish
from tests.lab.labs import Lab, eventually

pytestmark = pytest.mark.lab

NODES = ("node1", "node2", "node3")
QUICK = "-o ServerAliveInterval=1 -o ServerAliveCountMax=3"
#: A command writes down that it has begun, so that a test knows when to strike.
LONG_TASK = """
    - hosts: node1:node2:node3
      gather_facts: false
      tasks:
        - shell: "touch /tmp/e2e-begun; sleep 6"
        - command: "echo after"
"""


@contextlib.contextmanager
def cut_off(lab: Lab, node: str) -> Iterator[None]:
    """No packet of the host passes."""
    lab.run("cut", node)
    try:
        yield
    finally:
        lab.run("heal", node)


def begun(lab: Lab, node: str) -> bool:
    return lab.ssh(node, "rm /tmp/e2e-begun 2>/dev/null").returncode == 0


def test_a_host_that_is_cut_off_in_a_long_task_is_noticed_and_others_go_on(
    deploy: Deploy, lab: Lab
) -> None:
    """Security check 35, with OpenSSH's own settings; the default is 30 seconds."""
    process = deploy.start(LONG_TASK, ansible_ssh_extra_args=QUICK)
    eventually(lambda: begun(lab, "node2"))
    with cut_off(lab, "node2"):
        cut = time.time()
        seen = finish(process)
    assert seen.code == 4
    message = seen.unreachable("node2")
    assert "silent for 3 seconds" in message
    assert "may have been made or not" in message
    lost = [each for each in seen.events if each.get("host") == "node2"]
    noticed = next(each for each in lost if each["event"] == "TaskFinished")
    assert noticed["at"] - cut < 5
    for node in ("node1", "node3"):
        assert seen.stdout(node)[1:] == ["after"]


def test_a_host_that_was_cut_off_before_is_given_up_while_connecting(
    deploy: Deploy, lab: Lab
) -> None:
    with cut_off(lab, "node2"):
        seen = deploy.run(LONG_TASK, "-T", "1", ansible_ssh_retries=0)
    assert seen.code == 4
    assert "cannot connect to" in seen.unreachable("node2")
    assert "timed out" in seen.unreachable("node2")
    assert seen.statuses("node1") == ["changed"] * 2


class Rude(paramiko.ServerInterface):
    """Lets everybody in and hangs up."""

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return paramiko.AUTH_SUCCESSFUL


@contextlib.contextmanager
def rude_server(key: paramiko.PKey) -> Iterator[int]:
    """A port where logins succeed and nothing else does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                while True:
                    sock, _ = listener.accept()
                    transport = paramiko.Transport(sock)
                    transport.add_server_key(key)
                    transport.start_server(server=Rude())
                    while not transport.is_authenticated():
                        time.sleep(0.01)
                    transport.close()

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


def test_every_kind_of_trouble_is_named_and_nobody_else_suffers(
    deploy: Deploy, lab: Lab, facts: dict[str, Any]
) -> None:
    key = paramiko.Ed25519Key.from_private_key_file(facts["key"])
    here = {"ansible_host": "127.0.0.1", "ansible_ssh_private_key_file": facts["key"]}
    known = deploy.folder / "known"
    with socket.create_server(("127.0.0.1", 0)) as mute, rude_server(key) as rude:
        known.write_text(f"[127.0.0.1]:{rude} {key.get_name()} {key.get_base64()}\n")
        trusting = {**here, "ansible_ssh_common_args": f"-o UserKnownHostsFile={known}"}
        hosts = {
            "node1": deploy.inventory["node1"],
            "mute": {**here, "ansible_port": mute.getsockname()[1]},
            "shut": {**here, "ansible_port": free_port()},
            "ghost": {"ansible_host": "no.such.host.invalid"},
            "rude": {**trusting, "ansible_port": rude},
            "stranger": {
                "ansible_host": facts["nodes"]["node3"]["address"],
                "ansible_ssh_common_args": "-o UserKnownHostsFile=/dev/null",
            },
            "barred": {**deploy.inventory["node2"], "ansible_user": "nologin"},
        }
        lab.ask("node2", "id nologin >/dev/null || useradd -m -s /usr/sbin/nologin nologin")
        seen = replace(deploy, inventory=hosts).run(
            "- hosts: all\n  gather_facts: false\n  tasks:\n    - command: echo in\n",
            *("-T", "2"),
            ansible_ssh_retries=1,
        )
    assert seen.code == 4
    assert seen.stdout("node1") == ["in"]
    said = {name: seen.unreachable(name) for name in hosts if name != "node1"}
    assert "no SSH answer within 2 seconds" in said["mute"]
    assert "cannot connect to 127.0.0.1" in said["shut"]
    assert "refused" in said["shut"]
    assert "cannot resolve no.such.host.invalid" in said["ghost"]
    assert "127.0.0.1" in said["rude"]
    assert "unknown host key" in said["stranger"]
    assert "--accept-new-host-keys" in said["stranger"]
    assert "account is currently not available" in said["barred"]
    assert all("Traceback" not in text and len(text) < 500 for text in said.values())


def test_bad_lines_of_known_hosts_are_a_warning_that_is_shown(
    deploy: Deploy, facts: dict[str, Any]
) -> None:
    """Security check 24: the good lines behind a bad one still count."""
    known = deploy.folder / "known"
    address = facts["nodes"]["node1"]["address"]
    known.write_text(f"garbage\n{address} {facts['nodes']['node1']['host_key']}\n")
    options = f"-o UserKnownHostsFile={known}"
    for play in ("node1", "node1:node2"):
        seen = deploy.run(
            f"- hosts: {play}\n  gather_facts: false\n  tasks:\n    - command: echo in\n",
            ansible_ssh_common_args=options,
        )
        assert seen.stdout("node1") == ["in"]
        assert [text for text in seen.warnings if "known:1" in text] == [
            f"{known}:1: not a known_hosts line, ignored"
        ]
    assert "unknown host key" in seen.unreachable("node2")


#: Ends the sshd of its own connection, wherever above it that is.
KILL_SSHD = (
    "p=$$; while case $(cat /proc/$p/comm) in sshd*) false ;; esac; "
    "do p=$(ps -o ppid= -p $p | tr -d ' '); done; kill -KILL $p"
)
CHANGE = """
    - hosts: node1
      gather_facts: false
      tasks:
        - shell: echo made >>/tmp/e2e-change; touch /tmp/e2e-begun; %s
"""


@pytest.mark.parametrize(
    ("then", "says"),
    [
        (KILL_SSHD + "; sleep 20", "in the middle of an exchange"),
        ("sleep 20", "silent for 3 seconds"),
    ],
    ids=["sshd dies", "cut off"],
)
def test_a_connection_lost_in_a_change_says_that_it_may_have_been_made(
    deploy: Deploy, lab: Lab, then: str, says: str
) -> None:
    lab.ssh("node1", "rm -f /tmp/e2e-begun /tmp/e2e-change")
    play = CHANGE % then
    process = deploy.start(play, ansible_ssh_extra_args=QUICK)
    if KILL_SSHD in then:
        seen = finish(process)
    else:
        eventually(lambda: begun(lab, "node1"))
        with cut_off(lab, "node1"):
            seen = finish(process)
    assert seen.code == 4
    message = seen.unreachable("node1")
    assert says in message
    assert message.endswith("the change may have been made or not: run again to see")
    assert lab.ask("node1", "cat /tmp/e2e-change") == "made", "it was made twice"


def test_questions_are_asked_again_on_a_new_connection(deploy: Deploy, lab: Lab) -> None:
    """The first look kills the connection that it came over; the second finds a new one."""
    lab.ask("node1", "rm -f /tmp/e2e-once /tmp/e2e-dir; mkdir -p /opt/e2e-bin")
    wrapper = "#!/bin/sh\\nif [ ! -e /tmp/e2e-once ]; then :>/tmp/e2e-once; kill -KILL $PPID; fi\\n"
    lab.ask("node1", f"printf '{wrapper}exec /bin/sh \"$@\"\\n' >/opt/e2e-bin/sh; "
            "chmod 755 /opt/e2e-bin/sh")  # fmt: skip
    seen = deploy.run(
        """
        - hosts: node1
          gather_facts: false
          tasks:
            - file: {path: /tmp/e2e-dir, state: directory, mode: "755"}
        """,
        ansible_shell_executable="/opt/e2e-bin/sh",
    )
    assert seen.code == 0, seen.out + seen.err
    assert seen.statuses("node1") == ["changed"]
    assert lab.ask("node1", "ls -d /tmp/e2e-once") == "/tmp/e2e-once"


def test_a_connection_that_ended_between_two_tasks_is_made_again(deploy: Deploy, lab: Lab) -> None:
    """Nothing of the second task was sent: it may be, on a new connection."""
    seen = deploy.run(
        f"""
        - hosts: node1
          gather_facts: false
          tasks:
            - shell: (sleep 0.5; {KILL_SSHD}) >/dev/null 2>&1 </dev/null &
            - pause: {{seconds: 2}}
            - command: echo again
        """
    )
    assert seen.code == 0, seen.out + seen.err
    assert seen.stdout("node1")[-1] == "again"
