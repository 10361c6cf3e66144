"""Names that may leave the inventory: hosts, addresses, users, groups.

They end up in `%h` of a ProxyCommand, in file names and in argument vectors, so what could be
read as an option, a path or shell syntax is refused where it is written (the rule of OpenSSH 9.6,
made after CVE-2023-51385; ours also refuses what OpenSSH leaves to the shell's quoting).
"""

from __future__ import annotations

import re

_HOST = re.compile(r"[^\W_][\w.:@+-]*|_[\w.:@+-]*|\[?[0-9A-Fa-f:.]+\]?")
_SCOPED = re.compile(r"[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*%[A-Za-z0-9_.-]+")
_USER = re.compile(r"[\w.@$+\\-]+")
_GROUP_BANNED = re.compile(r"[/\x00-\x1f\x7f]")


def host_problem(name: str) -> str:
    """Why `name` cannot be the name of a host, or the empty string."""
    common = _common_problem(name, "host name")
    if common:
        return common
    if ".." in name or name == ".":
        return f"host name `{name}` contains an empty label"
    if not _HOST.fullmatch(name):
        return f"host name `{_shown(name)}` contains characters that no host name has"
    return ""


def address_problem(address: str) -> str:
    """Why `address` cannot be what a connection is made to, or the empty string.

    An address is a host name, an IPv4 or IPv6 address, the latter with or without brackets and
    with or without a zone (`fe80::1%eth0`).
    """
    plain = address
    if address.startswith("[") and address.endswith("]"):
        plain = address[1:-1]
    if _SCOPED.fullmatch(plain):
        return ""
    return host_problem(plain).replace("host name", "address")


def user_problem(name: str) -> str:
    """Why `name` cannot be a login, or the empty string. `DOMAIN\\user` and `machine$` are fine."""
    common = _common_problem(name, "user name")
    if common:
        return common
    misplaced = name.endswith("\\") or "$" in name[:-1] or name == "$"
    if misplaced or not _USER.fullmatch(name):
        return f"user name `{_shown(name)}` contains characters that no login has"
    return ""


def group_problem(name: str) -> str:
    """Why `name` cannot be the name of a group, or the empty string.

    Groups only name files (`group_vars/NAME`), so little is refused.
    """
    if not name.strip():
        return "a group needs a name"
    if name in (".", "..") or _GROUP_BANNED.search(name):
        return f"group name `{_shown(name)}` contains characters that no file name has"
    return ""


def _common_problem(name: str, what: str) -> str:
    if not name:
        return f"a {what} must not be empty"
    if name.startswith("-"):
        return f"{what} `{_shown(name)}` begins with `-`, which would be read as an option"
    return ""


def _shown(name: str) -> str:
    """The name with its control characters visible, short enough for one line."""
    return name.encode("unicode_escape").decode()[:80]
