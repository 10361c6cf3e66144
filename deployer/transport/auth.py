"""Authentication in OpenSSH's order: agent and key files, then what asks for a password."""

from __future__ import annotations

import contextlib
import os
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import field
from pathlib import Path
from typing import Any

from paramiko.agent import Agent
from paramiko.message import Message
from paramiko.pkey import OPENSSH_AUTH_MAGIC, PKey, UnknownKeyType
from paramiko.ssh_exception import (
    AuthenticationException,
    BadAuthenticationType,
    PasswordRequiredException,
    SSHException,
)
from paramiko.transport import Transport

from deployer.model.errors import AuthenticationError
from deployer.model.secret import Secret, reveal
from deployer.model.values import dataclass
from deployer.transport.route import Credentials

KEYBOARD = "keyboard-interactive"
#: Seconds that an agent may take to say which keys it has.
AGENT_TIMEOUT = 5.0


class KeyFiles:
    """Private keys by path, each parsed once per run. Safe to share: a key only signs."""

    def __init__(self) -> None:
        self._keys: dict[str, PKey | str] = {}

    def load(self, path: str) -> PKey | str:
        """The key, or why there is none."""
        if path not in self._keys:
            self._keys[path] = self._read(path)
        return self._keys[path]

    def _read(self, path: str) -> PKey | str:
        try:
            return PKey.from_path(path)
        except FileNotFoundError:
            return "does not exist"
        except PasswordRequiredException:
            return "is encrypted: add it to the agent (ssh-add)"
        except OSError as error:
            return f"cannot be read: {error.strerror}"
        except (SSHException, UnknownKeyType, ValueError, TypeError) as error:
            if "password" in str(error).lower() or "encrypted" in str(error).lower():
                return "is encrypted: add it to the agent (ssh-add)"
            return "is no private key"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing to show. `method` is SSH's name for it, `what` a user's."""

    method: str
    what: str
    show: Callable[[Transport], list[str] | None] = field(repr=False)


class Login:
    """Shows what there is to show, in order, until the host lets us in.

    Plugs into Paramiko as its auth strategy.
    """

    def __init__(self, user: str, credentials: Credentials, keys: KeyFiles) -> None:
        self._user = user
        self._credentials = credentials
        self._keys = keys
        self._tried: list[str] = []
        self._notes: list[str] = []

    def authenticate(self, transport: Transport) -> None:
        """Raises AuthenticationError that says what was tried and what could not be."""
        agent = self._agent()
        allowed: set[str] | None = None
        try:
            for attempt in self._attempts(agent):
                if allowed is not None and attempt.method not in allowed:
                    continue
                done, allowed = self._try(attempt, transport, allowed)
                if done:
                    return
        finally:
            if agent is not None:
                agent.close()
        raise AuthenticationError(self._obituary(allowed))

    def _try(
        self, attempt: Attempt, transport: Transport, allowed: set[str] | None
    ) -> tuple[bool, set[str] | None]:
        """Whether we are in, and the methods that the host still takes."""
        try:
            further = attempt.show(transport)
        except BadAuthenticationType as error:
            return False, set(error.allowed_types)
        except AuthenticationException as error:
            self._tried.append(attempt.what)
            if not transport.is_active():
                hint = "too many keys? name one and set IdentitiesOnly=yes"
                raise AuthenticationError(
                    f"{self._obituary(allowed)}; the host hung up ({hint})"
                ) from error
            return False, allowed
        if not further:
            return True, allowed
        self._tried.append(attempt.what + " (accepted, but not enough)")
        return False, set(further)

    def _attempts(self, agent: Agent | None) -> Iterator[Attempt]:
        for method in self._credentials.methods:
            if method == "publickey":
                yield from self._key_attempts(agent)
            elif method in (KEYBOARD, "password") and self._credentials.password is not None:
                yield self._password_attempt(method, self._credentials.password)

    def _key_attempts(self, agent: Agent | None) -> Iterator[Attempt]:
        """Keys of the agent that were named, its others, then key files (ssh_config(5))."""
        held = list(agent.get_keys()) if agent else []
        files: list[tuple[str, PKey]] = []
        blobs: set[bytes] = set()
        for path in self._credentials.identities:
            key = self._keys.load(path)
            if isinstance(key, PKey):
                files.append((path, key))
                blobs.add(key.asbytes())
                continue
            public = _public_blob(path)
            blobs.add(public)
            if public not in {key.asbytes() for key in held} and (
                self._credentials.explicit or "encrypted" in key
            ):
                self._notes.append(f"{path} {key}")
        named = [key for key in held if key.asbytes() in blobs]
        others = [key for key in held if key.asbytes() not in blobs]
        for key in named + ([] if self._credentials.identities_only else others):
            yield self._key_attempt(f"agent key {key.fingerprint}", key)
        in_agent = {key.asbytes() for key in held}
        for path, key in files:
            if key.asbytes() not in in_agent:
                yield self._key_attempt(path, key)

    def _key_attempt(self, what: str, key: PKey) -> Attempt:
        def show(transport: Transport) -> list[str] | None:
            return transport.auth_publickey(self._user, key)

        return Attempt("publickey", what, show)

    def _password_attempt(self, method: str, password: Secret) -> Attempt:
        def answer(_title: str, _text: str, prompts: list[Any]) -> list[str]:
            return [reveal(password) for _ in prompts]

        def show(transport: Transport) -> list[str] | None:
            if method == KEYBOARD:
                return transport.auth_interactive(self._user, answer)
            return transport.auth_password(self._user, reveal(password), fallback=False)

        return Attempt(method, f"password ({method})", show)

    def _agent(self) -> Agent | None:
        if not (self._credentials.agent and os.environ.get("SSH_AUTH_SOCK")):
            return None
        found: list[Agent] = []

        def ask() -> None:
            with contextlib.suppress(SSHException, OSError):
                found.append(Agent())

        # Paramiko waits for ever for one that hangs, as the forwarded one of a dead connection.
        worker = threading.Thread(target=ask, name="agent", daemon=True)
        worker.start()
        worker.join(AGENT_TIMEOUT)
        if not found:
            self._notes.append("the agent (SSH_AUTH_SOCK) does not answer")
        return found[0] if found else None

    def _obituary(self, allowed: set[str] | None) -> str:
        tried = ", ".join(self._tried) or "nothing to show"
        takes = f"; the host takes {', '.join(sorted(allowed))}" if allowed else ""
        notes = "".join(f"; {note}" for note in self._notes)
        return f"permission denied for user {self._user} (tried: {tried}{takes}){notes}"


def _public_blob(path: str) -> bytes:
    """The public half of a private key that cannot be read, to find it in the agent."""
    try:
        text = Path(path + ".pub").read_text("utf-8")
        return PKey.from_type_string(text.split()[0], _decode(text.split()[1])).asbytes()
    except (OSError, ValueError, IndexError, SSHException, UnknownKeyType):
        return _public_half(path)


def _public_half(path: str) -> bytes:
    """What OpenSSH's own format repeats, never encrypted, of the public key (PROTOCOL.key)."""
    try:
        lines = Path(path).read_text("ascii").split("-----")[2]
        magic, data = OPENSSH_AUTH_MAGIC, _decode(lines)
        if not data.startswith(magic):
            return b""
        parts = Message(data[len(magic) :])
        for _ in ("cipher", "derivation", "its options"):
            parts.get_string()
        return parts.get_string() if parts.get_int() == 1 else b""
    except (OSError, ValueError, IndexError, struct.error):
        return b""


def _decode(text: str) -> bytes:
    import base64

    return base64.b64decode(text)
