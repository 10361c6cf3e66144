"""Names of hosts and users that may reach a command line or a `%h` (security check 22)."""

from __future__ import annotations

import re

from deployer.model.errors import ConnectError

# The sets that OpenSSH 9.6 and later refuse (ssh.c, valid_hostname and valid_ruser).
_BAD_IN_HOST = re.compile(r"[\s'`\"$\\;&<>|(){}\x00-\x1f\x7f@]")
_BAD_IN_USER = re.compile(r"['`\";&<>|(){}\x00-\x1f\x7f]")


def check_host(host: str) -> str:
    """The host itself. Raises ConnectError for what is no host name or address."""
    if not host:
        raise ConnectError("the host has no address")
    if host.startswith("-") or _BAD_IN_HOST.search(host):
        raise ConnectError(f"{host!r} is not a host name")
    return host


def check_user(user: str) -> str:
    """The user itself. Raises ConnectError for what is no login name."""
    if user.startswith("-") or user.endswith("\\") or _BAD_IN_USER.search(user):
        raise ConnectError(f"{user!r} is not a user name")
    return user
