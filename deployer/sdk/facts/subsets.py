"""`gather_subset` and `filter`: which facts are wanted.

A subset is a group (`all`, `min`, `hardware`, `network`, `virtual`) or a single kind of fact
(`mounts`, `date_time`), with `!` to leave it out unless it is named as well. As in Ansible the
minimum is always wanted, so `!hardware` alone gathers no more than that; `!min` leaves it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from deployer.model.diagnostic import did_you_mean
from deployer.model.errors import ArgumentError
from deployer.model.values import dataclass

#: The kinds of fact that are always gathered.
MINIMUM = frozenset(
    (
        *("apparmor", "cmdline", "date_time", "distribution", "dns", "env", "fips", "local"),
        *("lsb", "pkg_mgr", "platform", "selinux", "service_mgr", "ssh_pub_keys", "user"),
    )
)
KINDS = MINIMUM | {"hardware", "network", "virtual", "loadavg"}
#: Other names for kinds: parts of them, and kinds that need Python or a tool of its own.
PARTS = {
    "hardware": ("processor", "processor_cores", "processor_count", "mounts", "devices", "memory"),
    "network": (
        *("interfaces", "default_ipv4", "default_ipv6"),
        *("all_ipv4_addresses", "all_ipv6_addresses"),
    ),
    "virtual": ("virtualization_type", "virtualization_role", "virtualization_tech_guest"),
    "distribution": (
        *("distribution_version", "distribution_release", "distribution_major_version"),
        "os_family",
    ),
    "platform": ("system", "kernel", "kernel_version", "machine", "architecture", "machine_id"),
    "user": ("user_id", "user_uid", "user_gid", "user_gecos", "user_dir", "user_shell"),
    "ssh_pub_keys": ("ssh_host_pub_keys",),
}
WITHOUT = frozenset(
    ("caps", "python", "systemd", "facter", "ohai", "chroot", "lvm", "iscsi", "nvme")
)
_ALIASES = {part: kind for kind, parts in PARTS.items() for part in parts}


@dataclass(frozen=True, slots=True)
class Subset:
    """The kinds of fact that are wanted, and the words that said so."""

    kinds: frozenset[str]
    words: tuple[str, ...]


def subset_of(words: Sequence[str] = ("all",)) -> Subset:
    """What `gather_subset` means. Raises ArgumentError for a name that is none."""
    wanted, unwanted, explicit = set(MINIMUM), set[str](), set[str]()
    flat = [part.strip() for word in words for part in word.split(",") if part.strip()] or ["all"]
    for word in flat:
        if word.startswith("!"):
            unwanted |= _named(word[1:], KINDS - MINIMUM)
        else:
            wanted |= _named(word, KINDS)
            explicit |= _named(word, frozenset()) if word != "min" else frozenset()
    return Subset(frozenset(wanted - (unwanted - explicit)), tuple(flat))


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a fact passes `filter`: wildcards on its name with or without `ansible_`."""
    given = [pattern for pattern in patterns if pattern]
    short = name.removeprefix("ansible_")
    return not given or any(
        fnmatchcase(name, pattern) or fnmatchcase(short, pattern) for pattern in given
    )


def _named(word: str, everything: frozenset[str]) -> frozenset[str]:
    if word == "all":
        return everything
    if word == "min":
        return MINIMUM
    if word in WITHOUT:
        return frozenset()
    kind = _ALIASES.get(word, word)
    if kind not in KINDS:
        known = [*KINDS, *_ALIASES, "all", "min"]
        near = did_you_mean(word, known)
        raise ArgumentError(f"`{word}` is not a subset of facts", "gather_subset", help=near)
    return frozenset([kind])
