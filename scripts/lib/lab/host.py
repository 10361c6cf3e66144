"""One host: its directory, its start and its end."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from lab import cgroups, keys, network
from lab.errors import LabError
from lab.layout import SOURCES, Layout
from lab.roots import Roots, copy_docker_template
from lab.shell import remove_tree, wait_until
from lab.state import MOST_NODES, SYSTEMD, Node, State, wanted_nodes

START = SOURCES / "host/start"
REGISTRY_NODE = "node1"
REGISTRY_PORT, LOGIN_REGISTRY_PORT = 5000, 5001
PREPARED = "prepared"
READY_SECONDS = 60


def prepare(layout: Layout, state: State, node: Node, roots: Roots) -> None:
    """Make a host's directory as if it was just installed."""
    directory = layout.node(node.name)
    directory.mkdir(parents=True, exist_ok=True)
    for name in (PREPARED, "upper", "work", "docker"):
        remove_tree(directory / name)
    (directory / "lower").write_text(f"{roots.lower[node.kind]}\n")
    (directory / "hostname").write_text(f"{node.name}\n")
    (directory / "netns").write_text(f"{layout.netns(node.name)}\n")
    systemd = node.kind == SYSTEMD
    (directory / "environment").write_text("container=lab\n" if systemd else "")
    if node.has_docker:
        copy_docker_template(roots.docker_template, directory / "docker")
    write_identity(layout, state, node)
    (directory / PREPARED).touch()


def is_prepared(layout: Layout, node: str) -> bool:
    """Whether the host has a whole disk, not one that a crash left half-made."""
    return (layout.node(node) / PREPARED).exists()


def write_identity(layout: Layout, state: State, node: Node) -> None:
    """The files in /etc that differ from host to host."""
    etc = layout.node(node.name) / "upper/etc"
    (etc / "ssh").mkdir(parents=True)
    key = keys.create_host_key(layout, node.name)
    shutil.copy(key, etc / "ssh" / keys.HOST_KEY)
    shutil.copy(keys.public(key), etc / "ssh" / keys.public(key).name)
    shutil.copy(keys.public(layout.key), etc / "ssh/lab_authorized_keys")
    os.chown(etc / "ssh/lab_authorized_keys", 0, 0)
    (etc / "hostname").write_text(f"{node.name}\n")
    (etc / "machine-id").write_text(f"{secrets.token_hex(16)}\n")
    (etc / "hosts").write_text(hosts_file(state))
    (etc / "resolv.conf").write_text(f"# nothing answers there\nnameserver {state.gateway}\n")
    if node.has_docker:
        write_docker_settings(state, node, etc)


def write_docker_settings(state: State, node: Node, etc: Path) -> None:
    """dockerd's settings; on one host, the registries as well."""
    settings = {"insecure-registries": [state.subnet]}
    if node.kind != SYSTEMD:
        settings["exec-opts"] = ["native.cgroupdriver=cgroupfs"]
    (etc / "docker").mkdir()
    (etc / "docker/daemon.json").write_text(json.dumps(settings, indent=2) + "\n")
    if node.name == REGISTRY_NODE:
        (etc / "rc2.d").mkdir()
        (etc / "rc2.d/S05lab-registry").symlink_to("../init.d/lab-registry")


def hosts_file(state: State) -> str:
    """/etc/hosts: every host that the lab may ever have."""
    nodes = wanted_nodes(state.network, MOST_NODES, systemd=True)
    others = "".join(f"{other.address} {other.name}\n" for other in nodes)
    return f"127.0.0.1 localhost\n{others}{state.controller} controller\n"


def is_running(layout: Layout, node: str) -> bool:
    """Whether any process of the host lives."""
    return bool(cgroups.processes(layout, node))


def start(layout: Layout, state: State, node: Node) -> None:
    """Connect the host to the switch and boot it; does not wait for its services."""
    network.connect(layout, state, node)
    directory = layout.node(node.name)
    groups = cgroups.create(layout, node.name, unified_only=node.kind == SYSTEMD)
    (directory / "cgroups").write_text("".join(f"{path} {name}\n" for path, name in groups))
    (directory / "pid").unlink(missing_ok=True)
    with (directory / "log").open("ab") as log:
        process = subprocess.Popen(
            ["sh", START, directory],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    began = directory / "pid"
    wait_until(lambda: began.exists() or process.poll() is not None, 10, f"start of {node.name}")


def stop(layout: Layout, node: str) -> None:
    """End the host at once, as a power cut would, and take its cable away."""
    cgroups.end_processes(layout, node)
    cgroups.remove(layout, node)
    network.disconnect(layout, node)


def wait_ready(layout: Layout, node: Node) -> None:
    """Wait for sshd, dockerd and, where they are, the registries."""

    def ready() -> bool:
        if not is_running(layout, node.name):
            raise LabError(f"{node.name} ended while it started")
        return not missing_services(layout, node)

    try:
        wait_until(ready, READY_SECONDS, f"start of {node.name}")
    except LabError as error:
        log = (layout.node(node.name) / "log").read_text(errors="replace")
        missing = ", ".join(missing_services(layout, node))
        raise LabError(f"{error}; missing: {missing}; its log ends:\n{log[-2000:]}") from None


def missing_services(layout: Layout, node: Node) -> list[str]:
    """The services of a host that do not answer."""
    missing = [] if speaks_ssh(node.address) else ["sshd"]
    if node.has_docker and not docker_answers(layout, node.name):
        missing.append("dockerd")
    if node.name == REGISTRY_NODE:
        ports = (REGISTRY_PORT, LOGIN_REGISTRY_PORT)
        missing += [f"registry:{port}" for port in ports if not accepts(node.address, port)]
    return missing


def speaks_ssh(address: str) -> bool:
    """Whether an SSH server greets us."""
    with suppress(OSError), socket.create_connection((address, 22), timeout=2) as connection:
        return connection.recv(4) == b"SSH-"
    return False


def accepts(address: str, port: int) -> bool:
    """Whether something listens."""
    with suppress(OSError), socket.create_connection((address, port), timeout=2):
        return True
    return False


def init_pid(layout: Layout, node: str) -> int | None:
    """The host's PID 1, as the machine counts; None if it is not running."""
    with suppress(OSError, ValueError):
        pid = int((layout.node(node) / "pid").read_text())
        if pid in cgroups.processes(layout, node):
            return pid
    return None


def docker_answers(layout: Layout, node: str) -> bool:
    """Whether dockerd answers a ping on its socket, seen through the host's own root."""
    pid = init_pid(layout, node)
    if pid is None:
        return False
    with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(f"/proc/{pid}/root/run/docker.sock")
        connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
        return b" 200 " in connection.recv(64)
    return False


def enter(layout: Layout, node: str, command: list[str]) -> int:
    """Run a command inside a host without sshd, for when that is what is broken."""
    pid = init_pid(layout, node)
    if pid is None:
        raise LabError(f"{node} is not running")
    flags = ("--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd")
    sys.stdout.flush()
    return subprocess.call(["nsenter", "-t", str(pid), *flags, *command])
