"""From a started process to a session: the greeting, and a password where one is asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from deployer.model.errors import ConnectError, ConnectionLost, Interrupted, TransportError
from deployer.model.script import Batch, Replies
from deployer.transport.exchange import LoopSession, Signals
from deployer.transport.loop import Start
from deployer.transport.payloads import chunks
from deployer.transport.pipe import Arrival, Pipe
from deployer.transport.replies import STDERR, STDOUT, Greeting
from deployer.transport.session import UNHEARD, Hearing, Opened
from deployer.transport.wire import Encoder, Message

#: Longest wait in seconds between two looks at the clock.
GLANCE = 0.5
#: Seconds that the second stream may end after the first.
LAST_WORDS = 0.1


class Dialogue(Protocol):
    """What to answer to a program that stands between us and the loop (sudo, su, doas)."""

    def heard(self, data: bytes, now: float) -> bytes:
        """What to send after hearing this (maybe nothing: time passed); usually nothing.

        Raises BecomeError where the program says no.
        """
        ...

    def failed(self, said: str, status: int | None) -> TransportError:
        """The error for a program that ended, or stayed silent, without the loop beginning."""
        ...


class Care(Signals, Protocol):
    """What happens to a session that is given up."""

    def beginning(self, session: LoopSession) -> AbstractContextManager[None]:
        """Around the first batch of a session, which may have to be given up."""
        ...


class Plain:
    """No program in between."""

    def heard(self, data: bytes, now: float) -> bytes:  # noqa: ARG002 - the seam's signature
        return b""

    def failed(self, said: str, status: int | None) -> TransportError:
        if status is None:
            return ConnectError("the host's shell did not answer" + (said and f": {said}"))
        hint = said or "does its user have a login shell that runs commands?"
        return ConnectError(f"the host's shell ended with status {status}: {hint}")


class Opening:
    """One attempt to get a session out of a pipe."""

    def __init__(self, pipe: Pipe, start: Start, dialogue: Dialogue | None = None) -> None:
        self._pipe = pipe
        self._start = start
        self._dialogue = dialogue or Plain()
        self._greetings = {name: Greeting(start.mark.encode()) for name in (STDOUT, STDERR)}
        self._late: list[Arrival] = []
        self._over = 0.0

    def run(
        self,
        encoder: Encoder,
        first: tuple[Batch, Message],
        timeout: float,
        cancelled: Callable[[], bool],
        care: Care,
        *,
        hearing: Hearing = UNHEARD,
    ) -> Opened:
        """Wait for the greeting at most `timeout` seconds, then follow the first batch.

        Raises ConnectError, BecomeError, ConnectionLost, Interrupted; the pipe is closed then.
        """
        try:
            self._greet(time.monotonic() + timeout, cancelled)
        except BaseException:
            self._pipe.hang_up()
            self._pipe.close()
            raise
        greeting = self._greetings[STDOUT]
        merged = self._start.merged
        session = LoopSession(self._pipe, encoder, greeting, care, merged=merged)
        batch, message = first
        if not message.items:
            return Opened(session, Replies())
        outgoing = chunks(message, body=not self._start.carries_body)
        with care.beginning(session):
            replies = session.follow(batch, outgoing, hearing, tuple(self._late))
        return Opened(session, replies)

    def _greet(self, deadline: float, cancelled: Callable[[], bool]) -> None:
        while not all(seen.nonce for seen in self._greetings.values()):
            now = time.monotonic()
            if cancelled():
                raise Interrupted()
            if now > deadline:
                raise self._dialogue.failed(self._noise(), None)
            if self._over and now > self._over:
                raise self._obituary()
            arrivals = self._pipe.receive(min(GLANCE, max(deadline - now, 0.01)))
            heard = b"".join(self._hear(stream, data) for stream, data in arrivals)
            if answer := self._dialogue.heard(heard, now):
                self._pipe.send(iter([answer]))

    def _obituary(self) -> TransportError:
        status, said = self._pipe.end().status, self._noise()
        if status is None:
            return ConnectionLost("the host hung up on its shell" + (said and f": {said}"))
        return self._dialogue.failed(said, status)

    def _hear(self, stream: str, data: bytes) -> bytes:
        """Take what came in; returns what was said before the greeting."""
        if self._start.merged:
            # A terminal shows both greetings on its one stream, one behind the other.
            stream = STDERR if self._greetings[STDOUT].nonce else STDOUT
        greeting = self._greetings[stream]
        if greeting.nonce:
            self._late.append((STDOUT if self._start.merged else stream, data))
            return b""
        if not data:
            # The reason may still be on its way on the other stream.
            self._over = self._over or time.monotonic() + LAST_WORDS
            return b""
        if not greeting.feed(data):
            return data
        rest, greeting.rest = greeting.rest, b""
        return self._hear(stream, rest) if rest else b""

    def _noise(self) -> str:
        said = b"\n".join(seen.noise for seen in self._greetings.values() if not seen.nonce)
        return " ".join(said.decode("utf-8", "replace").split())[-400:]
