"""The lab's keys, and what ssh needs to know about the hosts."""

import os
from pathlib import Path

from lab.layout import Layout
from lab.shell import run
from lab.state import Node, State, replace_file

HOST_KEY = "ssh_host_ed25519_key"


def create_login_key(layout: Layout, owner: int) -> None:
    """The key pair that opens every login; the private half is the owner's alone."""
    if not layout.key.exists():
        generate(layout.key, f"lab-{layout.name}")
    for path in (layout.key, public(layout.key)):
        os.chown(path, owner, -1)


def create_host_key(layout: Layout, node: str) -> Path:
    """A host's key; it stays the same when the host is reset."""
    path = layout.node(node) / HOST_KEY
    if not path.exists():
        generate(path, node)
    return path


def generate(path: Path, comment: str) -> None:
    """A new ed25519 pair without a passphrase."""
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path)


def public(path: Path) -> Path:
    """The public half of a key."""
    return path.with_name(f"{path.name}.pub")


def host_key_text(layout: Layout, node: Node) -> str:
    """A host's public key as known_hosts writes it."""
    words = public(layout.node(node.name) / HOST_KEY).read_text().split()
    return " ".join(words[:2])


def write_client_files(layout: Layout, state: State) -> None:
    """known_hosts and ssh_config for the lab's hosts."""
    known = [f"{node.name},{node.address} {host_key_text(layout, node)}\n" for node in state.nodes]
    replace_file(layout.known_hosts, "".join(known), 0o644)
    hosts = [f"Host {node.name}\n    HostName {node.address}\n" for node in state.nodes]
    replace_file(layout.ssh_config, "".join([*hosts, common_options(layout)]), 0o644)


def common_options(layout: Layout) -> str:
    """What holds for every host of the lab."""
    return f"""Host *
    User root
    IdentityFile {layout.key}
    IdentitiesOnly yes
    UserKnownHostsFile {layout.known_hosts}
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    ConnectTimeout 10
"""
