"""What a command finds around it is what an SSH login would give it, and nothing of ours."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from tests.e2e.connections.deploying import Deploy
from tests.lab.labs import Lab

pytestmark = pytest.mark.lab

SHOW = """
    - hosts: all
      gather_facts: false
      tasks:
        - command: env
        - shell: "umask; pwd; ulimit -n; ls -l /proc/self/fd | wc -l; readlink /proc/self/fd/0"
"""
#: Set by us on purpose: one language for what tools say, and tools of the system to be found.
OURS = {"LC_ALL", "PATH"}
#: They differ from one process to the next.
PASSING = {"_", "SSH_CLIENT", "SSH_CONNECTION", "SHLVL", "PWD", "OLDPWD"}


def variables(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines())
    return {name: value for name, _, value in pairs if name not in PASSING}


@pytest.mark.parametrize("login", ["root", "ops", "dora"])
@pytest.mark.parametrize("host", ["node1", "busy"])
def test_a_command_sees_what_a_login_sees(deploy: Deploy, lab: Lab, login: str, host: str) -> None:
    seen = deploy.run(SHOW, "--limit", host, ansible_user=login)
    assert seen.code == 0, seen.out + seen.err
    plain = variables(lab.ask(f"{login}@{host}", "env"))
    ours = variables(seen.stdout(host)[0])
    same = set(plain) | set(ours)
    assert {name for name in same if plain.get(name) != ours.get(name)} <= OURS
    assert not [name for name in ours if "deploy" in name.lower()]
    assert ours["LC_ALL"] == "C.UTF-8"


@pytest.mark.parametrize("host", ["node1", "busy"])
def test_the_path_is_the_login_s_with_the_system_s_tools_behind(
    deploy: Deploy, lab: Lab, host: str
) -> None:
    for login in ("root", "ops"):
        seen = deploy.run(SHOW, "--limit", host, ansible_user=login)
        path = variables(seen.stdout(host)[0])["PATH"].split(":")
        plain = lab.ask(f"{login}@{host}", "echo $PATH").split(":")
        assert path[: len(plain)] == plain
        assert set(path[len(plain) :]) <= {"/usr/local/sbin", "/usr/sbin", "/sbin"}
        assert "/usr/sbin" in path


@pytest.mark.parametrize("host", ["node1", "busy"])
def test_the_rest_is_a_login_s_too(deploy: Deploy, lab: Lab, host: str) -> None:
    seen = deploy.run(SHOW, "--limit", host, ansible_user="ops")
    umask, folder, files, _, stdin = seen.stdout(host)[1].splitlines()
    plain = lab.ask(f"ops@{host}", "umask; pwd; ulimit -n").splitlines()
    assert [umask, folder, files] == plain
    assert stdin == "/dev/null"


WITHOUT_MANAGERS: dict[str, dict[str, Any]] = {
    "sudo": {"ansible_user": "pat", "ansible_become_pass": "pat-password"},
    "doas": {"ansible_user": "dora", "ansible_become_pass": "dora-password"},
    "su": {"ansible_user": "sue", "ansible_become_pass": "root-password"},
}


@pytest.mark.parametrize("host", ["node1", "busy"])
@pytest.mark.parametrize("method", WITHOUT_MANAGERS)
def test_who_has_become_root_has_root_s_home_and_tools(
    deploy: Deploy, host: str, method: str
) -> None:
    given = {"ansible_become": True, "ansible_become_method": method, **WITHOUT_MANAGERS[method]}
    seen = deploy.run(SHOW, "--limit", host, **given)
    assert seen.code == 0, seen.out + seen.err
    ours = variables(seen.stdout(host)[0])
    assert ours["HOME"] == "/root"
    assert "/usr/sbin" in ours["PATH"].split(":")
    assert ours["LC_ALL"] == "C.UTF-8"
    assert shlex.quote(ours["PATH"]) == ours["PATH"]
