"""Whether a host is the one it claims to be: known_hosts files, host certificates, new keys."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import field
from pathlib import Path

from deployer.model.errors import HostKeyError
from deployer.model.values import dataclass
from deployer.transport.hostkeys import Entry, Known, fingerprint, known_of, new_line, parse


@dataclass(frozen=True, slots=True)
class Policy:
    """Where keys are known, and what happens to one that is not.

    `user_files` come first; a new key is appended to the first of them. `hashed` is OpenSSH's
    HashKnownHosts.
    """

    user_files: tuple[str, ...]
    global_files: tuple[str, ...]
    accept_new: bool = False
    hashed: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """The key that a host shows: its type and wire format, and the certificate it came in."""

    kind: str
    blob: bytes
    certificate: bytes = b""


@dataclass(slots=True)
class HostKeys:
    """The known_hosts files of a run, each read once. Thread-safe."""

    warn: Callable[[str], None] = lambda _text: None
    _files: dict[str, list[Entry]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def known(self, policy: Policy, host: str, port: int, alias: str = "") -> Known:
        """What the policy's files say of a host."""
        entries: list[Entry] = []
        with self._lock:
            for file in (*policy.user_files, *policy.global_files):
                if file not in self._files:
                    self._files[file] = self._read(file)
                entries += self._files[file]
        return known_of(entries, host, port, alias)

    def remember(self, policy: Policy, name: str, shown: Shown) -> None:
        """Append a new key to the user's file; other hosts of the run see it at once.

        Raises HostKeyError where the file cannot be written: an accepted key must be kept.
        """
        if not policy.user_files:
            return
        file = policy.user_files[0]
        line = new_line(name, shown.kind, shown.blob, hashed=policy.hashed)
        with self._lock:
            try:
                _append(file, line)
            except OSError as error:
                raise HostKeyError(
                    f"cannot add the new host key to {file}: {error.strerror}"
                ) from error
            known = self._files.setdefault(file, [])
            known.append(Entry("", name, shown.kind, shown.blob, file, len(known) + 1))

    def _read(self, file: str) -> list[Entry]:
        try:
            text = Path(file).read_bytes().decode("utf-8", "replace")
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self.warn(f"cannot read {file}: {error.strerror}")
            return []
        entries, warnings = parse(text, file)
        for warning in warnings:
            self.warn(warning)
        return entries


def check(keys: HostKeys, policy: Policy, known: Known, shown: Shown) -> None:
    """Let a host in, or raise HostKeyError that names the line and the fix."""
    authority = _authority(shown.certificate, known)
    signers = [authority.blob] if authority else []
    if found := known.revocation_of(shown.blob, shown.certificate, *signers):
        raise HostKeyError(
            f"{known.name}: the host's key is marked as revoked ({found.place}); refused"
        )
    if authority is not None or known.key_of(shown.blob) is not None:
        return
    if known.keys:
        raise HostKeyError(_changed(known, shown))
    if not policy.accept_new:
        hint = "run with --accept-new-host-keys, or `ssh-keyscan` it after checking"
        raise HostKeyError(
            f"{known.name}: unknown host key {shown.kind} {fingerprint(shown.blob)}; {hint}"
        )
    keys.remember(policy, known.name, shown)


def _changed(known: Known, shown: Shown) -> str:
    same = [entry for entry in known.keys if entry.kind == shown.kind]
    entry = (same or list(known.keys))[0]
    fix = f"ssh-keygen -f {entry.file} -R '{known.name}'"
    return (
        f"{known.name}: the host key has CHANGED: {entry.place} has {fingerprint(entry.blob)}, "
        f"the host shows {shown.kind} {fingerprint(shown.blob)}; refused. "
        f"If the host was reinstalled: {fix}"
    )


def _authority(certificate: bytes, known: Known) -> Entry | None:
    """The known authority that vouches for the host in a certificate that is valid now."""
    if not certificate or not known.authorities:
        return None
    from deployer.transport.certificates import signer

    blob = signer(certificate, known.name, time.time())
    return next((entry for entry in known.authorities if entry.blob == blob), None)


def _append(file: str, line: str) -> None:
    """Append to known_hosts; never through a symbolic link, never readable by others."""
    path = Path(file)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return  # /dev/null: the user wants nothing to be kept
        size = opened.seek(0, os.SEEK_END)
        if size:
            opened.seek(size - 1)
            if opened.read(1) != b"\n":
                line = "\n" + line
        opened.write(line.encode())
