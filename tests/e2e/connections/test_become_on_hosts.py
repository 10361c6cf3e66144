"""Every login of the lab becomes whom it may, on Debian and on busybox (security check 28)."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.e2e.connections.deploying import Deploy

pytestmark = pytest.mark.lab

HOSTS = ("node1", "busy")

ALL_OF_IT = """
    - hosts: node1:busy
      gather_facts: false
      tasks:
        - command: id -un
        - command: id -un
          become: true
        - copy: {content: "first {{ who }}\\n", dest: "/etc/e2e-{{ who }}", mode: "0640"}
          become: true
        - copy: {src: big, dest: "/root/e2e-{{ who }}", mode: "0600"}
          become: true
        - shell: 'stat -c "%U %a" /etc/e2e-{{ who }} && sha256sum </root/e2e-{{ who }}'
          become: true
        - shell: "echo out; echo err >&2; exit 3"
          become: true
          ignore_errors: true
"""
AS_NOBODY = """
        - command: id -un
          become: true
          become_user: nobody
        - shell: "cat /etc/e2e-{{ who }} 2>/dev/null || echo barred"
          become: true
          become_user: nobody
"""
ONE = """
    - hosts: node1:busy
      gather_facts: false
      become: true
      tasks:
        - command: id -un
"""
#: Login: how it becomes root.
MAY: dict[str, dict[str, str]] = {
    "root": {},
    "ops": {},
    "pat": {"ansible_become_pass": "pat-password"},
    "dora": {"ansible_become_method": "doas", "ansible_become_pass": "dora-password"},
    "dan": {"ansible_become_method": "doas"},
    "sue": {"ansible_become_method": "su", "ansible_become_pass": "root-password"},
}


@pytest.mark.parametrize("login", MAY)
def test_who_may_become_root_does_everything(deploy: Deploy, login: str) -> None:
    big = bytes(range(256)) * 2000
    (deploy.folder / "big").write_bytes(big)
    # Nobody has a password, so only root could `su` to it.
    play = ALL_OF_IT + (AS_NOBODY if login != "sue" else "")
    given: dict[str, Any] = {"ansible_user": login, "who": login, **MAY[login]}
    import hashlib

    digest = hashlib.sha256(big).hexdigest()
    for turn in ("changed", "ok"):
        seen = deploy.run(play, **given)
        assert seen.code == 0, seen.out + seen.err
        for host in HOSTS:
            plain, root, facts, failing, *nobody = seen.stdout(host)
            assert (plain, root) == (login, "root")
            assert facts.split() == ["root", "640", digest, "-"]
            assert "out" in failing
            assert nobody in ([], ["nobody", "barred"])
            assert [each["status"] for each in seen.results(host)[2:4]] == [turn] * 2
            assert seen.results(host)[5]["values"]["rc"] == 3


def refused(deploy: Deploy, method: str, login: str, password: str | None) -> list[str]:
    """The messages on both hosts; refusals come at once and fail the task."""
    given = {"ansible_user": login, "ansible_become_method": method}
    if password is not None:
        given["ansible_become_pass"] = password
    started = time.monotonic()
    seen = deploy.run(ONE, **given)
    assert time.monotonic() - started < 15
    assert seen.code == 2, seen.out + seen.err
    if password is not None:
        assert password not in seen.out + seen.err
    return [seen.failure(host) for host in HOSTS]


@pytest.mark.parametrize(
    ("method", "login", "says"),
    [
        ("sudo", "pat", "sudo to root: wrong password"),
        ("doas", "dora", "doas to root: wrong password, or not allowed"),
        ("su", "sue", "su to root: wrong password, or not allowed"),
    ],
)
def test_a_wrong_password_is_called_so(deploy: Deploy, method: str, login: str, says: str) -> None:
    for message in refused(deploy, method, login, "not-this-one"):
        assert message.startswith(says)


@pytest.mark.parametrize(("method", "login"), [("sudo", "pat"), ("doas", "dora"), ("su", "sue")])
def test_a_missing_password_is_called_so(deploy: Deploy, method: str, login: str) -> None:
    for message in refused(deploy, method, login, None):
        assert message.startswith(f"{method} to root: ")
        assert "assword" in message or "uthentication" in message


@pytest.mark.parametrize(
    ("method", "login", "password"),
    [
        ("sudo", "dan", None),
        ("sudo", "dora", "dora-password"),
        ("doas", "ops", None),
        ("doas", "pat", "pat-password"),
    ],
)
def test_who_may_not_is_told_by_the_tool(
    deploy: Deploy, method: str, login: str, password: str | None
) -> None:
    for message in refused(deploy, method, login, password):
        assert message.startswith(f"{method} to root: ")
        assert len(message) > len(f"{method} to root: ")


@pytest.mark.parametrize("method", ["sudo", "su", "doas"])
def test_a_program_that_is_missing_is_named(deploy: Deploy, method: str) -> None:
    seen = deploy.run(
        ONE,
        ansible_user="ops",
        ansible_become_method=method,
        ansible_become_exe=f"/nowhere/{method}",
        ansible_become_pass="unused-password",
    )
    assert seen.code == 2
    for host in HOSTS:
        message = seen.failure(host)
        assert "cannot be run on the host" in message
        assert f"/nowhere/{method}" in message


def test_a_tool_that_says_nothing_is_given_up(deploy: Deploy) -> None:
    """Whatever stands in for sudo has as long as a login: no wait is without a deadline."""
    quiet = ["- hosts: node1:busy", "  gather_facts: false", "  tasks:"]
    quiet.append('    - copy: {content: "#!/bin/sh\\nsleep 300\\n", dest: /tmp/quiet, mode: "755"}')
    assert deploy.run("\n".join(quiet)).code == 0
    for method in ("sudo", "su", "doas"):
        started = time.monotonic()
        seen = deploy.run(
            ONE,
            "-T",
            "2",
            ansible_user="ops",
            ansible_become_method=method,
            ansible_become_exe="/tmp/quiet",
            ansible_become_pass="unused-password",
        )
        assert time.monotonic() - started < 12
        assert [seen.failure(host) for host in HOSTS] == [f"{method} to root: no answer"] * 2
