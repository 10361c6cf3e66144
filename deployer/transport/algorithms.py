"""Our Paramiko transport: strong algorithms only, fast ones first, known host keys preferred."""

from __future__ import annotations

from typing import Any

from paramiko.message import Message
from paramiko.ssh_exception import IncompatiblePeer
from paramiko.transport import Transport

from deployer.transport.hostkeys import Known

#: aes128-gcm twice as fast as what Paramiko puts first; no CBC, MD5, truncated or SHA-1 exchange.
CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
)
MACS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
    "hmac-sha1",
)
HOST_KEYS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
#: Algorithms that an error names.
SHOWN = 8
#: What stands among the key exchanges and is none.
NO_NAMES = ("kex-strict-", "ext-info-")
CERTIFICATE = "-cert-v01@openssh.com"


class StrongTransport(Transport):
    """A client's transport. `known` orders the host key algorithms, as OpenSSH does."""

    _preferred_ciphers = CIPHERS
    _preferred_macs = MACS

    def __init__(self, sock: Any, known: Known, **rest: Any) -> None:
        self._order = host_key_order(known)
        self._offered: dict[str, list[str]] = {}
        super().__init__(sock, **rest)

    @property
    def preferred_kex(self) -> tuple[str, ...]:
        offered = super().preferred_kex
        return tuple(name for name in offered if not name.endswith("-sha1"))

    @property
    def preferred_keys(self) -> tuple[str, ...]:
        return self._order

    def _really_parse_kex_init(self, m: Message, ignore_first_byte: bool = False) -> Any:
        super_: Any = super()
        parsed = super_._really_parse_kex_init(m, ignore_first_byte)
        if not ignore_first_byte:  # else it is our own
            self._offered = parsed
        return parsed

    def _parse_kex_init(self, m: Message) -> None:
        super_: Any = super()
        try:
            super_._parse_kex_init(m)
        except IncompatiblePeer as error:
            raise IncompatiblePeer(self._nothing_in_common() or str(error)) from error

    def _nothing_in_common(self) -> str:
        """What the host offers where we take none of it, and what to do there."""
        for option, key, taken in (
            ("KexAlgorithms", "kex_algo_list", self.preferred_kex),
            ("HostKeyAlgorithms", "server_key_algo_list", self.preferred_keys),
            ("Ciphers", "server_encrypt_algo_list", self.preferred_ciphers),
            ("MACs", "server_mac_algo_list", self.preferred_macs),
        ):
            offered = [name for name in self._offered.get(key, ()) if not name.startswith(NO_NAMES)]
            if offered and not set(offered).intersection(taken):
                return (
                    f"its {option} are {', '.join(offered[:SHOWN])}; update its SSH server, or let "
                    f"its sshd_config allow one of {', '.join(taken[:SHOWN])}"
                )
        return ""


def host_key_order(known: Known) -> tuple[str, ...]:
    """Algorithms in the order to ask for: certificates if an authority is known, then known keys.

    Asking first for what is known avoids that a second key of the host looks like a stranger.
    """
    plain = [name for kind in known.kinds for name in _algorithms(kind)]
    plain += [name for name in HOST_KEYS if name not in plain]
    certified = [name + CERTIFICATE for name in HOST_KEYS] if known.authorities else []
    return tuple(certified + plain)


def _algorithms(kind: str) -> tuple[str, ...]:
    if kind == "ssh-rsa":
        return ("rsa-sha2-512", "rsa-sha2-256")
    return (kind,) if kind in HOST_KEYS else ()
