"""Kernel, machine, names of the host, and the small facts of the minimum."""

from __future__ import annotations

import re
import shlex

from deployer.model.source import Value
from deployer.sdk.facts.said import Said, number

Facts = dict[str, Value]

#: Machines whose programs may be 32 bit on a 64 bit kernel.
_NARROW = {"x86_64": "i386", "aarch64": "armv7l", "ppc64": "ppc", "s390x": "s390"}


def platform(said: Said) -> Facts:
    """`system`, `kernel`, `hostname`, `architecture` and the like."""
    words = said.text("uname").split()
    if len(words) < 4:
        return {}
    system, node, kernel, machine = words[0], words[1], words[2], words[-1]
    bits = said.text("bits") or ("64" if "64" in machine or machine == "s390x" else "32")
    named = said.text("fqdn").split("\n")[0].strip() or node
    fqdn = named if "." in named else node
    narrow = bits == "32" and machine in _NARROW
    architecture = "i386" if re.fullmatch(r"i[3456]86", machine) else machine
    return {
        "system": system,
        "kernel": kernel,
        "kernel_version": " ".join(words[3:-1]),
        "machine": machine,
        "architecture": architecture,
        "userspace_bits": bits,
        "userspace_architecture": _NARROW[machine] if narrow else architecture,
        "nodename": node,
        "hostname": node.split(".")[0],
        "fqdn": fqdn,
        "domain": fqdn.partition(".")[2],
        "machine_id": said.first("/etc/machine-id") or said.first("/var/lib/dbus/machine-id"),
    }


def cmdline(said: Said) -> Facts:
    """`cmdline` (the last value of a name) and `proc_cmdline` (all of them)."""
    try:
        words = shlex.split(said.first("/proc/cmdline"))
    except ValueError:
        words = said.first("/proc/cmdline").split()
    last: Facts = {}
    every: Facts = {}
    for word in words:
        key, equals, text = word.partition("=")
        value: Value = text if equals else True
        last[key] = value
        if key not in every:
            every[key] = value
        else:
            known = every[key]
            every[key] = [*(known if isinstance(known, list) else [known]), value]
    return {"cmdline": last, "proc_cmdline": every}


def loadavg(said: Said) -> Facts:
    """`loadavg`: 1, 5 and 15 minutes."""
    words = said.first("/proc/loadavg").split()
    names = ("1m", "5m", "15m")
    return {"loadavg": dict(zip(names, map(float, words[:3]), strict=True))} if words[2:] else {}


def fips(said: Said) -> Facts:
    """`fips`: whether the kernel is in that mode."""
    return {"fips": said.first("/proc/sys/crypto/fips_enabled") == "1"}


def apparmor(said: Said) -> Facts:
    """`apparmor.status`."""
    there = "/sys/kernel/security/apparmor" in said.lines("exist")
    return {"apparmor": {"status": "enabled" if there else "disabled"}}


def selinux(said: Said) -> Facts:
    """`selinux`: status, mode and policy as the kernel and /etc/selinux/config say."""
    enforcing = said.first("/sys/fs/selinux/enforce")
    if not enforcing:
        return {"selinux": {"status": "disabled"}}
    configured = dict(
        line.strip().split("=", 1)
        for line in said.file("/etc/selinux/config")
        if "=" in line and not line.lstrip().startswith("#")
    )
    return {
        "selinux": {
            "status": "enabled",
            "mode": "enforcing" if enforcing == "1" else "permissive",
            "config_mode": configured.get("SELINUX", "unknown"),
            "type": configured.get("SELINUXTYPE", "unknown"),
            "policyvers": number(said.first("/sys/fs/selinux/policyvers")) or "unknown",
        }
    }


def ssh_keys(said: Said) -> Facts:
    """`ssh_host_key_<kind>_public` and its type, for every host key that can be read."""
    facts: Facts = {}
    for name, lines in said.below("/etc/ssh/ssh_host_"):
        words = lines[0].split()
        if name.endswith("_key.pub") and len(words) > 1:
            kind = name.removesuffix("_key.pub")
            facts[f"ssh_host_key_{kind}_public"] = words[1]
            facts[f"ssh_host_key_{kind}_public_keytype"] = words[0]
    return facts


def service_manager(said: Said, distribution: Facts) -> Facts:
    """`service_mgr`: what starts services: the first process, or what is installed."""
    there = set(said.lines("exist"))
    first = said.first("/proc/1/comm")
    installed = said.text("init")
    init = "init" if not first or first.endswith("sh") else first
    if init == "systemd" or "/run/systemd/system" in there:
        return {"service_mgr": "systemd"}
    if init == "runit-init":
        return {"service_mgr": "runit"}
    if init == "procd" or "/sbin/procd" in there:
        return {"service_mgr": "openwrt_init"}
    if init not in ("init", "openrc-init"):
        return {"service_mgr": init}
    by_file = (
        ("/sbin/openrc", "openrc"),
        ("/run/openrc", "openrc"),
        ("/etc/dinit.d", "dinit"),
    )
    for path, name in by_file:
        if path in there:
            return {"service_mgr": name}
    if installed.endswith("systemd"):
        return {"service_mgr": "systemd"}
    legacy = "/etc/init.d" in there and distribution.get("os_family") != "Alpine"
    return {"service_mgr": "sysvinit" if legacy else "service"}


_MANAGERS = (
    ("/run/ostree-booted", "atomic_container"),
    ("apk", "apk"),
    ("opkg", "opkg"),
    ("pacman", "pacman"),
    ("emerge", "portage"),
    ("xbps-install", "xbps"),
    ("swupd", "swupd"),
    ("zypper", "zypper"),
    ("tdnf", "tdnf"),
    ("apt-get", "apt"),
    ("dnf5", "dnf5"),
    ("dnf", "dnf"),
    ("microdnf", "dnf"),
    ("yum", "yum"),
    ("nix-env", "unknown"),
)
_FAMILY_MANAGERS = {
    "RedHat": ("dnf5", "dnf", "yum"),
    "Debian": ("apt",),
    "Suse": ("zypper",),
    "Alpine": ("apk",),
    "Archlinux": ("pacman",),
    "Gentoo": ("portage",),
}


def package_manager(said: Said, distribution: Facts) -> Facts:
    """`pkg_mgr`: the one of the distribution where it is there, else any that is."""
    there = {*said.lines("tools"), *said.lines("exist")}
    found = [name for tool, name in _MANAGERS if tool in there]
    if not found:
        return {"pkg_mgr": "unknown"}
    if found[0] == "atomic_container":
        return {"pkg_mgr": found[0]}
    of_family = _FAMILY_MANAGERS.get(str(distribution.get("os_family")), ())
    native = next((name for name in of_family if name in found), found[0])
    if native == "apt" and "/etc/altlinux-release" in there:
        native = "apt_rpm"
    return {"pkg_mgr": native}
