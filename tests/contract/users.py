"""A host of its own for sudo, su and doas: sshd in a mount namespace with another /etc.

Needs root. Nothing of the machine changes: accounts and rules live in a tmpfs over /etc that
only the namespace sees, and go with it.
"""

from __future__ import annotations

import contextlib
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path

from tests.contract.sshd import Sshd, running

PASSWORD = "c0rrect h0rse %s 'é\\"

SETUP = textwrap.dedent("""
    set -e
    folder=$1 password=$2; shift 2
    mount -t tmpfs -o mode=755 tmpfs "$folder/fs"
    mkdir "$folder/fs/upper" "$folder/fs/work" "$folder/fs/bin"
    mount -t overlay overlay -o "lowerdir=/etc,upperdir=$folder/fs/upper,workdir=$folder/fs/work" \\
        /etc
    # Not yescrypt: busybox's own crypt does not know it.
    hash=$(printf '%s' "$password" | openssl passwd -6 -stdin)
    for user in free asks barred; do
        useradd -M -d /tmp -s /bin/bash "deploy-$user"
        printf '%s:%s\\n' "deploy-$user" "$password" | chpasswd
    done
    useradd -M -d /tmp -s /usr/sbin/nologin deploy-app
    usermod -p "$hash" root
    printf 'Defaults lecture=always\\nroot ALL=(ALL) ALL\\n' >/etc/sudoers
    printf 'deploy-free ALL=(ALL) NOPASSWD: ALL\\n' >>/etc/sudoers
    printf 'deploy-asks ALL=(ALL) ALL\\n' >>/etc/sudoers
    chmod 440 /etc/sudoers
    rm -rf /etc/sudoers.d
    printf 'permit nopass deploy-free\\npermit deploy-asks\\n' >/etc/doas.conf
    chmod 600 /etc/doas.conf
    cp "$(command -v busybox)" "$folder/fs/bin/su"
    chmod 4755 "$folder/fs/bin/su"
    sed -i 's/pam_faildelay.so delay=[0-9]*/pam_faildelay.so delay=100000/' /etc/pam.d/*
    exec "$@"
""")


@contextlib.contextmanager
def many_users(folder: Path) -> Iterator[Sshd]:
    """sshd with users `deploy-free` (no password asked), `-asks`, `-barred` and `-app`."""
    assert shutil.which("sudo") and shutil.which("doas"), "install sudo and opendoas"
    (folder / "fs").mkdir()
    words = ["unshare", "--mount", "--propagation", "private", "sh", "-c", SETUP, "sh"]
    before = [*words, str(folder), PASSWORD]
    with running(folder, before=before) as server:
        yield server


def busybox_su(server: Sshd) -> str:
    return str(server.folder / "fs" / "bin" / "su")
