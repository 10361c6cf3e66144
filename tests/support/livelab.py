"""A lab for tests that run the whole tool against it, and the inventories that reach it.

`$DEPLOY_LAB` names one that is up already (for working on tests); otherwise the tests have one of
their own.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.lab.labs import Lab, own_name

#: Where the second sshd of a host listens, that sees everything read-only.
READ_ONLY = 2222
#: The second sshd in a mount namespace of its own, unless it listens already. Device, process and
#: cgroup file systems stay writable.
_READ_ONLY_SSHD = """
grep -q ':08AE 0*:0000 0A' /proc/net/tcp && exit
exec unshare -m sh -c '
    mount --make-rprivate / 2>/dev/null
    for at in / /run /dev/shm /var/lib/docker; do
        grep -q " $at " /proc/mounts && mount -o remount,bind,ro "$at"
    done
    exec /usr/sbin/sshd -p 2222 -o PidFile=none
' </dev/null >/dev/null 2>&1
"""


@contextlib.contextmanager
def live_lab(purpose: str, *flags: str) -> Iterator[Lab]:
    """Three nodes, `busy` and what the flags of `scripts/lab up` add."""
    shared = os.environ.get("DEPLOY_LAB")
    made = Lab(shared or own_name(purpose))
    made.run("up", "3", *flags)
    try:
        yield made
    finally:
        if not shared:
            made.run("down")


def hosts_of(lab: Lab, names: Iterable[str], **more: Any) -> dict[str, dict[str, Any]]:
    """The variables by which hosts are reached, by their names."""
    facts = lab.environment()
    trust = f"-o UserKnownHostsFile={facts['known_hosts']} -o StrictHostKeyChecking=yes"
    made = {}
    for name in names:
        address = facts["nodes"][name]["address"]
        made[name] = {
            "ansible_host": address,
            "ansible_user": "root",
            "ansible_ssh_private_key_file": facts["key"],
            "ansible_ssh_common_args": f"{trust} -o HostKeyAlias={address}",
            **more,
        }
    return made


def write_inventory(path: Path, hosts: dict[str, dict[str, Any]]) -> str:
    """An inventory of these hosts (YAML that is JSON); gives its path."""
    path.write_text(json.dumps({"all": {"hosts": hosts}}))
    return str(path)


def read_only(lab: Lab, name: str) -> dict[str, dict[str, Any]]:
    """The host as it is seen through an sshd for which all its file systems are read-only."""
    config = lab.environment()["ssh_config"]
    done = subprocess.run(
        ["ssh", "-F", config, f"root@{name}", "sh"],
        input=_READ_ONLY_SSHD,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0
    return hosts_of(lab, [name], ansible_port=READ_ONLY)


def written(lab: Lab, name: str) -> dict[str, tuple[int, ...]]:
    """What a host has written so far to its own file system: path -> (mode, size, times).

    That is the upper layer of its overlay, seen from outside. Logs and run-time state of its
    daemons are left out.
    """
    upper = Path(lab.environment()["directory"]) / "nodes" / name / "upper"
    found: dict[str, tuple[int, ...]] = {}
    for folder, folders, files in os.walk(upper):
        below = "/" + os.path.relpath(folder, upper)
        folders[:] = [each for each in folders if f"{below}/{each}" not in _DAEMONS]
        for each in (".", *files):
            with contextlib.suppress(FileNotFoundError):
                path = Path(f"{folder}/{each}") if each != "." else Path(folder)
                known = path.lstat()
                times = known.st_mtime_ns, known.st_ctime_ns
                found[str(path)] = (known.st_mode, known.st_size, *times)
    return found


_DAEMONS = {
    *("/./var/log", "/var/log", "/var/lib/docker", "/var/lib/containerd", "/./run", "/run"),
    *("/var/lib/systemd", "/var/cache", "/var/lib/docker-registry"),
}
