"""`-vvv`: how hosts are reached; `-vvvv`: every exchange. Said on standard error, no secrets."""

from __future__ import annotations

import sys
import time

from deployer.model.errors import TransportError
from deployer.model.script import Batch, Replies
from deployer.output.lines import clean
from deployer.transport.connectors import Connectors
from deployer.transport.session import UNHEARD, Counters, Hearing, Opened, Session, Target

#: How many -v show connections, and exchanges.
CONNECTIONS, EXCHANGES = 3, 4


class Narrator(Connectors):
    """Connectors that say what they do. Called from the threads that talk to hosts."""

    def __init__(self, verbosity: int) -> None:
        super().__init__()
        self._exchanges = verbosity >= EXCHANGES

    def open(self, target: Target, first: Batch, hearing: Hearing = UNHEARD) -> Opened:
        """As the connector of the target's kind, and say how it went."""
        began = time.monotonic()
        try:
            opened = super().open(target, first, hearing)
        except TransportError as error:
            say(target, f"{way(target)}: {error} (after {time.monotonic() - began:.2f} s)")
            raise
        say(target, f"{way(target)}: connected and asked in {time.monotonic() - began:.2f} s")
        if not self._exchanges:
            return opened
        say(target, content(first))
        return Opened(NarratedSession(opened.session, target), opened.replies)


class NarratedSession:
    """A session that says what each exchange held and took."""

    def __init__(self, session: Session, target: Target) -> None:
        self._session = session
        self._target = target

    @property
    def counters(self) -> Counters:
        return self._session.counters

    def exchange(self, batch: Batch, hearing: Hearing = UNHEARD) -> Replies:
        """As the session behind it."""
        began = time.monotonic()
        try:
            return self._session.exchange(batch, hearing)
        finally:
            say(self._target, f"{content(batch)}: {time.monotonic() - began:.3f} s")

    def halt(self) -> None:
        self._session.halt()

    def cancel(self) -> None:
        self._session.cancel()

    def close(self) -> None:
        self._session.close()


def way(target: Target) -> str:
    """How a host is reached, in words. Passwords are no part of it."""
    if target.connection == "local":
        text = "local"
    else:
        login = f"{target.user}@" if target.user else ""
        port = f" port {target.port}" if target.port else ""
        keys = f" with {', '.join(target.identities)}" if target.identities else ""
        text = f"{target.connection} {login}{target.address}{port}{keys}"
    if target.become is not None:
        text += f", then {target.become.user} by {target.become.method}"
    return text


def content(batch: Batch) -> str:
    """What an exchange holds, in words."""
    parts = []
    if batch.apply is not None:
        parts.append("a change")
    if batch.chain:
        parts.append(f"a chain of {len(batch.chain)}")
    if batch.probes:
        parts.append(f"{len(batch.probes)} questions" if len(batch.probes) > 1 else "a question")
    return " and ".join(parts) or "nothing"


def say(target: Target, text: str) -> None:
    """One line, in one write: other threads say something too."""
    sys.stderr.write(clean(f"<{target.name}> {text}") + "\n")
