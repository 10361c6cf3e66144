"""The seam between the engine and the hosts.

A session is one identity (a login and what it has become) on one host. It answers batches, one at
a time, in order. Everything that changes a host goes through `Session.exchange` as the batch's
`apply` or `chain`; this is the one place where a supervisor on the host will stand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Protocol

from deployer.model.errors import ConnectionLost
from deployer.model.script import Batch, Replies, Reply
from deployer.model.secret import Secret
from deployer.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Hearing:
    """Who hears of a batch while it runs; called from the worker's thread.

    `output` gets (stream, text) as output of an apply arrives: stream is "stdout" or "stderr",
    text is whole lines where possible; an empty text says that the output of one script of the
    batch (the apply, or the next link of its chain) has ended there. `reply` gets the reply to
    each link of a chain when the link has ended, in order; not for links that were not applied.
    """

    output: Callable[[str, str], None] | None = None
    reply: Callable[[Reply], None] | None = None


#: Nobody hears of it before it is over.
UNHEARD = Hearing()


@dataclass(frozen=True, slots=True)
class Become:
    """Another user on the host. `method` is sudo, su or doas; `password` if one is needed.

    `flags` are extra words for the method's own command line, `executable` its path or name.
    """

    user: str = "root"
    method: str = "sudo"
    password: Secret | None = None
    flags: tuple[str, ...] = ()
    executable: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """How to reach a host: what the inventory, the play and the command line say together.

    `connection` is ssh or local. Empty `user`, `port` 0 leave it to ssh_config, then to OpenSSH's
    defaults. `options` are OpenSSH `-o` options in order (`("StrictHostKeyChecking", "yes")`).
    `timeout` in seconds bounds connecting and login, `keepalive` the silence of a dead peer.
    """

    name: str
    address: str
    connection: str = "ssh"
    port: int = 0
    user: str = ""
    password: Secret | None = None
    identities: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    become: Become | None = None
    executable: str = "/bin/sh"
    accept_new_host_keys: bool = False
    timeout: float = 10.0
    dead_after: float = 30.0
    attempts: int = 4

    @property
    def on_controller(self) -> bool:
        """Whether its files are those of this machine.

        Another port than sshd's own leads through a tunnel, into a virtual machine or a container.
        """
        here = self.address in ("localhost", "::1") or self.address.startswith("127.")
        return self.connection == "local" or (here and self.port in (0, 22))


@dataclass(frozen=True, slots=True)
class Counters:
    """What a session has cost so far."""

    exchanges: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


class Unsent(ConnectionLost):
    """The host had hung up before anything of an exchange was sent: it can safely be repeated."""


class Session(Protocol):
    """An open way to a host. Not thread-safe: one exchange at a time."""

    @property
    def counters(self) -> Counters: ...

    def exchange(self, batch: Batch, hearing: Hearing = UNHEARD) -> Replies:
        """Run a batch and wait for its answers.

        Raises TransportError and its children (Unsent among them); after one of them the session
        is closed.
        """
        ...

    def halt(self) -> None:
        """From another thread: let the running link of a chain end, and run none after it."""
        ...

    def cancel(self) -> None:
        """From another thread: give up the running exchange at once (it raises Interrupted)."""
        ...

    def close(self) -> None:
        """Free the connection. Idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """What connecting brought: the session, and the answers to the batch that was sent along."""

    session: Session
    replies: Replies = field(default_factory=Replies)


class Connector(Protocol):
    """Opens sessions. `first` rides along with the login, which saves its turns."""

    def open(self, target: Target, first: Batch, hearing: Hearing = UNHEARD) -> Opened:
        """Connect, become, and run the first batch.

        Raises ConnectError, AuthenticationError, HostKeyError, BecomeError, ConnectionLost.
        """
        ...

    def expect(self, target: Target) -> None:
        """Log in already, where that can be done alone; `open` follows and says what went wrong."""
        ...

    def halt(self) -> None:
        """From another thread: `Session.halt` for every session that is being opened."""
        ...

    def notes(self) -> list[str]:
        """What the user should know and is no error, one line each, since the last call."""
        ...

    def close(self) -> None:
        """Close every connection that is still open.

        What is being opened raises Interrupted, and what runs there is told to stop.
        """
        ...
