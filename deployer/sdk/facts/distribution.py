"""Which distribution, release and family: from /etc/os-release and its older relatives."""

from __future__ import annotations

import re

from deployer.model.source import Value
from deployer.sdk.facts.said import Said, assignments

Facts = dict[str, Value]

#: ID of os-release -> what Ansible calls it, and its family.
_KNOWN = {
    "almalinux": ("AlmaLinux", "RedHat"),
    "alpine": ("Alpine", "Alpine"),
    "altlinux": ("Altlinux", "Altlinux"),
    "amzn": ("Amazon", "RedHat"),
    "arch": ("Archlinux", "Archlinux"),
    "archarm": ("Archlinux", "Archlinux"),
    "centos": ("CentOS", "RedHat"),
    "clear-linux-os": ("ClearLinux", "ClearLinux"),
    "cloudlinux": ("CloudLinux", "RedHat"),
    "debian": ("Debian", "Debian"),
    "deepin": ("Deepin", "Debian"),
    "devuan": ("Devuan", "Debian"),
    "endeavouros": ("EndeavourOS", "Archlinux"),
    "fedora": ("Fedora", "RedHat"),
    "flatcar": ("Flatcar", "Flatcar"),
    "gentoo": ("Gentoo", "Gentoo"),
    "kali": ("Kali", "Debian"),
    "linuxmint": ("Linux Mint", "Debian"),
    "manjaro": ("Manjaro", "Archlinux"),
    "neon": ("KDE neon", "Debian"),
    "nixos": ("NixOS", "NixOS"),
    "ol": ("OracleLinux", "RedHat"),
    "openeuler": ("openEuler", "RedHat"),
    "opensuse-leap": ("openSUSE Leap", "Suse"),
    "opensuse-tumbleweed": ("openSUSE Tumbleweed", "Suse"),
    "openwrt": ("OpenWrt", "OpenWrt"),
    "parrot": ("Parrot", "Debian"),
    "photon": ("Photon", "Photon"),
    "pop": ("Pop!_OS", "Debian"),
    "raspbian": ("Debian", "Debian"),
    "rhel": ("RedHat", "RedHat"),
    "rocky": ("Rocky", "RedHat"),
    "scientific": ("Scientific", "RedHat"),
    "sled": ("SLED", "Suse"),
    "sles": ("SLES", "Suse"),
    "sles_sap": ("SLES_SAP", "Suse"),
    "ubuntu": ("Ubuntu", "Debian"),
    "virtuozzo": ("Virtuozzo", "RedHat"),
    "void": ("Void", "Void"),
}
#: A word of ID_LIKE -> family, for distributions that are not in the table.
_LIKE = {
    "debian": "Debian",
    "ubuntu": "Debian",
    "rhel": "RedHat",
    "fedora": "RedHat",
    "centos": "RedHat",
    "suse": "Suse",
    "opensuse": "Suse",
    "arch": "Archlinux",
    "gentoo": "Gentoo",
    "alpine": "Alpine",
}
_PARENTHESES = re.compile(r"\(([^)]+)\)")


def distribution(said: Said) -> Facts:
    """`distribution`, its versions and release, `os_family` and where that stood."""
    system = said.text("uname").split()[:1]
    release = assignments(said.file("/etc/os-release"))
    if not release:
        return _without_release(said, system[0] if system else "NA")
    identity = release.get("ID", "").lower()
    name, family = _KNOWN.get(identity, ("", ""))
    name = name or release.get("NAME", "NA").split(" ")[0]
    family = family or _family(release.get("ID_LIKE", "")) or name
    version = _version(said, identity, release)
    return {
        "distribution": name,
        "distribution_version": version,
        "distribution_major_version": version.split(".")[0] or "NA",
        "distribution_minor_version": version.partition(".")[2].split(".")[0] or "NA",
        "distribution_release": _codename(release),
        "distribution_file_parsed": True,
        "distribution_file_path": "/etc/os-release",
        "distribution_file_variety": name,
        "os_family": family,
    }


def lsb(said: Said, facts: Facts) -> Facts:
    """`lsb`: from /etc/lsb-release, or from os-release where `lsb_release` would do so."""
    stated = assignments(said.file("/etc/lsb-release"))
    release = assignments(said.file("/etc/os-release"))
    if "DISTRIB_ID" in stated:
        number = stated.get("DISTRIB_RELEASE", "")
        found = {
            "id": stated["DISTRIB_ID"],
            "release": number,
            "description": stated.get("DISTRIB_DESCRIPTION", ""),
            "codename": stated.get("DISTRIB_CODENAME", ""),
        }
    elif release and (facts.get("os_family") == "Debian" or "lsb_release" in said.lines("tools")):
        number = release.get("VERSION_ID", "")
        found = {
            "id": str(facts.get("distribution", "")),
            "release": number,
            "description": release.get("PRETTY_NAME", ""),
            "codename": _codename(release),
        }
    else:
        return {"lsb": {}}
    return {"lsb": {**found, "major_release": number.split(".")[0]}}


def _without_release(said: Said, system: str) -> Facts:
    """Old or tiny systems: the files that came before os-release."""
    redhat = said.first("/etc/redhat-release")
    if redhat:
        found = re.match(r"(\S+).*?(\d[\d.]*)(?:.*\((\w+)\))?", redhat)
        if found:
            name = "RedHat" if found[1] == "Red" else found[1]
            return _plain(name, found[2], found[3] or "NA", "RedHat")
    alpine = said.first("/etc/alpine-release")
    if alpine:
        return _plain("Alpine", alpine, "NA", "Alpine")
    debian = said.first("/etc/debian_version")
    if debian:
        return _plain("Debian", debian, "NA", "Debian")
    return _plain(system, "NA", "NA", system)


def _plain(name: str, version: str, release: str, family: str) -> Facts:
    return {
        "distribution": name,
        "distribution_version": version,
        "distribution_major_version": version.partition(".")[0],
        "distribution_release": release,
        "os_family": family,
    }


def _version(said: Said, identity: str, release: dict[str, str]) -> str:
    """VERSION_ID; Debian's point release and CentOS's minor one stand elsewhere."""
    version = release.get("VERSION_ID", "")
    exact = said.first("/etc/debian_version") if identity in ("debian", "raspbian") else ""
    if not exact and identity == "centos":
        found = re.search(r"(\d+\.\d+)", said.first("/etc/redhat-release"))
        exact = found[1] if found else ""
    if re.fullmatch(r"\d[\d.]*", exact) and (not version or exact.startswith(version)):
        return exact
    return version or release.get("BUILD_ID", "") or "NA"


def _codename(release: dict[str, str]) -> str:
    """`trixie`, `noble`; for others the word in parentheses of VERSION."""
    named = release.get("VERSION_CODENAME") or release.get("UBUNTU_CODENAME")
    found = _PARENTHESES.search(release.get("VERSION", ""))
    return named or (found[1] if found else "NA")


def _family(like: str) -> str:
    return next((_LIKE[word] for word in like.lower().split() if word in _LIKE), "")
