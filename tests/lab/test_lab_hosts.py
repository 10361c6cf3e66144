"""The hosts themselves: logins, userlands, and what they do not have."""

from __future__ import annotations

import os
import pty
from pathlib import Path

import pytest

from tests.lab.labs import Lab

pytestmark = pytest.mark.lab

ALL = ("node1", "busy", "sysd")
WHO_AM_I = "id -un"


@pytest.mark.parametrize("node", ALL)
@pytest.mark.parametrize("user", ["root", "ops", "pat", "dora", "dan", "sue"])
def test_the_key_opens_every_login(lab: Lab, node: str, user: str):
    assert lab.ask(f"{user}@{node}", WHO_AM_I) == user


@pytest.mark.parametrize("node", ALL)
def test_ops_has_sudo_without_a_password(lab: Lab, node: str):
    assert lab.ask(f"ops@{node}", f"sudo -n {WHO_AM_I}") == "root"


@pytest.mark.parametrize("node", ALL)
def test_pats_sudo_asks_for_the_password(lab: Lab, node: str):
    refused = lab.ssh(f"pat@{node}", f"sudo -n {WHO_AM_I}")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "password is required" in refused.stderr
    password = lab.environment()["passwords"]["pat"]
    assert lab.ask(f"pat@{node}", f"sudo -S -p '' {WHO_AM_I}", f"{password}\n") == "root"
    wrong = lab.ssh(f"pat@{node}", f"sudo -k; sudo -S -p '' {WHO_AM_I}", "wrong\n")
    assert wrong.returncode == 1


@pytest.mark.parametrize("node", ALL)
def test_dan_has_doas_without_a_password_and_no_sudo(lab: Lab, node: str):
    assert lab.ask(f"dan@{node}", f"doas {WHO_AM_I}") == "root"
    assert lab.ssh(f"dan@{node}", f"sudo -n {WHO_AM_I}").returncode == 1


@pytest.mark.parametrize("node", ALL)
def test_doras_doas_asks_for_the_password_on_a_terminal(lab: Lab, node: str):
    assert lab.ssh(f"dora@{node}", f"doas -n {WHO_AM_I}").returncode == 1
    password = lab.environment()["passwords"]["dora"]
    typed = answer_on_terminal(lab, f"dora@{node}", f"doas {WHO_AM_I}", "password:", password)
    assert typed.splitlines()[-1] == "root"


@pytest.mark.parametrize("node", ALL)
def test_sue_has_su_only(lab: Lab, node: str):
    for command in ("sudo -n true", "doas -n true"):
        assert lab.ssh(f"sue@{node}", command).returncode == 1
    password = lab.environment()["passwords"]["root"]
    said = answer_on_terminal(lab, f"sue@{node}", f"su -c '{WHO_AM_I}'", "assword:", password)
    assert said.splitlines()[-1] == "root"


@pytest.mark.parametrize("node", ALL)
def test_pat_may_log_in_with_the_password(lab: Lab, node: str):
    config = lab.environment()["ssh_config"]
    options = ["-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1"]
    command = ["ssh", "-F", config, *options, f"pat@{node}", WHO_AM_I]
    assert converse(command, "password:", "pat-password").splitlines()[-1] == "pat"


def answer_on_terminal(lab: Lab, login: str, command: str, prompt: str, answer: str) -> str:
    """Run a command with a terminal and answer its prompt."""
    config = lab.environment()["ssh_config"]
    quiet = ("-o", "LogLevel=QUIET")
    return converse(["ssh", "-F", config, *quiet, "-tt", login, command], prompt, answer)


def converse(command: list[str], prompt: str, answer: str) -> str:
    """Run a local command on a terminal of its own, answer one prompt, return all it said."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvp(command[0], command)
    said = ""
    answered = False
    while chunk := read(terminal):
        said += chunk
        if not answered and prompt in said:
            os.write(terminal, f"{answer}\n".encode())
            answered = True
    os.waitpid(process, 0)
    os.close(terminal)
    return said.strip().replace("\r", "")


def read(terminal: int) -> str:
    """What comes next; empty at the end (which Linux reports as an I/O error)."""
    try:
        return os.read(terminal, 4096).decode()
    except OSError:
        return ""


@pytest.mark.parametrize("node", ALL)
def test_there_is_no_python(lab: Lab, node: str):
    assert lab.ssh(node, "command -v python python3").returncode != 0
    assert lab.ask(node, "find /usr/bin /usr/local/bin -name '*python*'") == ""


def test_only_sysd_has_systemd(lab: Lab):
    for node in ("node1", "busy"):
        assert lab.ssh(node, "command -v systemctl systemd").returncode != 0
    assert lab.ask("sysd", "systemctl is-system-running --wait; cat /proc/1/comm") == (
        "running\nsystemd"
    )
    lab.ask("sysd", "systemctl restart docker.service && systemctl is-active docker.service")


def test_services_without_systemd(lab: Lab):
    for service in ("ssh", "cron", "docker"):
        lab.ask("node1", f"service {service} status")
    assert lab.ssh("node1", "service nginx status").returncode == 3
    lab.ask("node1", "service nginx start && curl -sS -o /dev/null http://localhost/")
    lab.ask("node1", "service nginx stop")


def test_busy_is_busybox_all_through(lab: Lab):
    assert "BusyBox" in lab.ssh("busy", "stat --version").stderr
    for tool in ("sh", "ls", "sed", "tar", "dd", "base64", "mktemp"):
        assert lab.ask("busy", f"readlink -f $(command -v {tool})") == "/usr/bin/busybox"
    for tool in ("bash", "perl", "docker", "apt-get", "dpkg", "useradd"):
        assert lab.ssh("busy", f"command -v {tool}").returncode != 0, tool
    # A shell that prefers its own applets would not obey PATH.
    lab.ask("busy", "mkdir /tmp/bin && echo 'echo mine' >/tmp/bin/ls && chmod +x /tmp/bin/ls")
    assert lab.ask("busy", "PATH=/tmp/bin:$PATH sh -c ls; rm -r /tmp/bin") == "mine"


def test_apt_has_something_to_install_without_a_network(lab: Lab):
    apt = "DEBIAN_FRONTEND=noninteractive apt-get -q -y"
    lab.ask("node1", f"{apt} update && {apt} install lab-hello=1.0")
    assert lab.ask("node1", "lab-hello") == "lab-hello 1.0"
    lab.ask("node1", f"{apt} install lab-greeter lab-hello")
    assert lab.ask("node1", "lab-hello; lab-greeter") == "lab-hello 2.0\nlab-greeter 1.0"
    lab.ask("node1", f"{apt} purge lab-hello")
    assert lab.ssh("node1", "lab-greeter").returncode == 127


def test_a_hosts_kernel_settings_are_its_own(lab: Lab):
    settings = {"vm.swappiness": "7", "fs.file-max": "4242", "kernel.pid_max": "4243"}
    for name, value in settings.items():
        path = Path("/proc/sys", name.replace(".", "/"))
        before = path.read_text()
        lab.ask("node1", f"sysctl -w {name}={value}")
        assert lab.ask("node1", f"sysctl -n {name}") == value
        assert path.read_text() == before
        lab.ask("node1", f"sysctl -w {name}={before.strip()}")


@pytest.mark.parametrize("node", ALL)
def test_the_machines_disks_are_not_there(lab: Lab, node: str):
    assert lab.ask(node, "find /dev -type b") == ""
    assert "/dev/null" in lab.ask(node, "ls /dev/null && echo gone >/dev/null")
