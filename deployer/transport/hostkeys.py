"""known_hosts, read as sshd(8) documents it, without I/O.

Paramiko's reader loses every line behind one it does not understand, and knows neither wildcards
nor markers; so this is ours. A bad line costs itself and a warning.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterable
from fnmatch import fnmatchcase

from deployer.model.values import dataclass

#: OpenSSH's default, the only port that known_hosts does not write down.
DEFAULT_PORT = 22
REVOKED, AUTHORITY = "@revoked", "@cert-authority"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `marker` is empty, `@revoked` or `@cert-authority`; `blob` the key on the wire."""

    marker: str
    patterns: str
    kind: str
    blob: bytes
    file: str
    line: int

    @property
    def place(self) -> str:
        return self.file + ":" + str(self.line)

    def covers(self, name: str) -> bool:
        """Whether the line speaks of this name (`host` or `[host]:port`, lower case)."""
        if self.patterns.startswith("|"):
            return _hash_matches(self.patterns, name)
        found = False
        for pattern in self.patterns.lower().split(","):
            bare = pattern.removeprefix("!")
            if _matches(bare, name):
                if pattern.startswith("!"):
                    return False
                found = True
        return found


def _matches(pattern: str, name: str) -> bool:
    if "*" not in pattern and "?" not in pattern:
        return pattern == name  # each other pattern costs the compilation of an expression
    # Brackets are literal here, unlike in fnmatch.
    return fnmatchcase(name, pattern.replace("[", "[[]"))


def parse(text: str, file: str) -> tuple[list[Entry], list[str]]:
    """The entries of a file's text, and one warning for each line that cannot be read."""
    entries: list[Entry] = []
    warnings: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        entry = _entry(bare.split(), file, number)
        if entry is None:
            warnings.append(f"{file}:{number}: not a known_hosts line, ignored")
        else:
            entries.append(entry)
    return entries, warnings


def _entry(words: list[str], file: str, line: int) -> Entry | None:
    marker = words.pop(0) if words[0].startswith("@") else ""
    if marker not in ("", REVOKED, AUTHORITY) or len(words) < 3:
        return None
    try:
        blob = base64.b64decode(words[2], validate=True)
    except (binascii.Error, ValueError):
        return None
    # The key repeats its type; a line where they differ is damaged.
    length = int.from_bytes(blob[:4], "big")
    if blob[4 : 4 + length] != words[1].encode():
        return None
    return Entry(marker, words[0], words[1], blob, file, line)


def lookup_name(host: str, port: int) -> str:
    """The name under which a host's key is written."""
    lowered = host.lower()
    return lowered if port in (0, DEFAULT_PORT) else f"[{lowered}]:{port}"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one host. `name` is its lookup name."""

    name: str
    keys: tuple[Entry, ...] = ()
    authorities: tuple[Entry, ...] = ()
    revoked: tuple[Entry, ...] = ()

    def key_of(self, blob: bytes) -> Entry | None:
        return next((entry for entry in self.keys if entry.blob == blob), None)

    def revocation_of(self, *blobs: bytes) -> Entry | None:
        return next((entry for entry in self.revoked if entry.blob in blobs), None)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Key types that are known, in the order of the files."""
        return tuple(dict.fromkeys(entry.kind for entry in self.keys))


def known_of(entries: Iterable[Entry], host: str, port: int, alias: str = "") -> Known:
    """What the entries say of a host. An alias is looked up without a port (ssh_config(5)).

    Where nothing is written for the host's own port, lines without one count, as in OpenSSH.
    """
    listed = list(entries)
    name = alias.lower() or lookup_name(host, port)
    found = _collect(listed, name)
    if not (found.keys or found.authorities or alias) and name != host.lower():
        plain = _collect(listed, host.lower())
        return Known(name, plain.keys, plain.authorities, found.revoked + plain.revoked)
    return found


def _collect(entries: list[Entry], name: str) -> Known:
    mine = [entry for entry in entries if entry.covers(name)]
    return Known(
        name,
        tuple(entry for entry in mine if not entry.marker),
        tuple(entry for entry in mine if entry.marker == AUTHORITY),
        tuple(entry for entry in mine if entry.marker == REVOKED),
    )


def new_line(name: str, kind: str, blob: bytes, *, hashed: bool = False) -> str:
    """The line that makes a key known, with its newline."""
    written = _hashed(name, os.urandom(20)) if hashed else name
    return " ".join([written, kind, base64.b64encode(blob).decode()]) + "\n"


def fingerprint(blob: bytes) -> str:
    """As `ssh-keygen -l` shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _hashed(name: str, salt: bytes) -> str:
    # SHA-1 is what the file format prescribes (HashKnownHosts); nothing rests on it.
    digest = hmac.new(salt, name.encode(), "sha1").digest()
    return "|1|" + "|".join(base64.b64encode(part).decode() for part in (salt, digest))


def _hash_matches(pattern: str, name: str) -> bool:
    parts = pattern.split("|")
    if len(parts) != 4 or parts[1] != "1":
        return False
    try:
        salt = base64.b64decode(parts[2], validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(_hashed(name, salt), pattern)
