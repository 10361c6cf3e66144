"""What the machine must have: root's rights and a few packages."""

import os
import shutil
import sys
from collections.abc import Sequence

from lab.errors import LabError
from lab.mirror import KEYRING
from lab.shell import run

PACKAGE_OF = {
    "debootstrap": "debootstrap",
    "ip": "iproute2",
    "bridge": "iproute2",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "mount": "mount",
}
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def become_root(arguments: Sequence[str]) -> None:
    """Start again through sudo unless this is root already."""
    if os.geteuid() == 0:
        return
    if shutil.which("sudo") is None:
        raise LabError("hosts need root: run this as root (there is no sudo here)")
    os.execvp("sudo", ["sudo", "--", sys.executable, *arguments])


def owner() -> int:
    """The user who asked, also through sudo: the lab's private key is theirs."""
    return int(os.environ.get("SUDO_UID", os.getuid()))


def install_missing() -> None:
    """Install the packages of the programs that are not there."""
    os.environ["PATH"] = f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}"
    absent = {package for tool, package in PACKAGE_OF.items() if shutil.which(tool) is None}
    if not KEYRING.exists():
        absent.add("debian-archive-keyring")
    missing = sorted(absent)
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise LabError(f"please install {', '.join(missing)} (no apt-get here)")
    print(f"installing {', '.join(missing)}", file=sys.stderr)
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "-q", "update", env=quiet)
    run("apt-get", "-q", "-y", "--no-install-recommends", "install", *missing, env=quiet)
