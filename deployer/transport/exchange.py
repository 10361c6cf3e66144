"""A session over any pipe: sends a batch, decodes what comes back, watches the clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Protocol

from deployer.model.errors import ConnectionLost, Interrupted, TransportError
from deployer.model.script import Batch, Replies
from deployer.transport.payloads import chunks
from deployer.transport.pipe import Arrival, Pipe
from deployer.transport.replies import STDERR, STDOUT, Answers, Greeting, Splitter
from deployer.transport.session import UNHEARD, Counters, Hearing, Unsent
from deployer.transport.wire import Encoder

#: Longest wait in seconds between two looks at whether the other side still lives.
WATCH = 5.0
#: Seconds that the second stream may end after the first.
LAST_WORDS = 0.1
#: Longest time in seconds that one question may take: a checksum of much data does, a file system
#: that does not answer takes for ever. What changes the host has no limit but the user's.
LONGEST_LOOK = 600.0


class Signals(Protocol):
    """How a loop hears of us while it runs something. Nothing here waits."""

    def stop(self, process: int) -> None:
        """Tell the loop with this process id, and all that it runs, to stop."""
        ...

    def halt(self, process: int) -> None:
        """Tell it to run no further link of its chain."""
        ...


class LoopSession:
    """Speaks with the loop at the other end of a pipe. Implements `session.Session`.

    `signals` are sent to the loop's process id; `merged` says that a terminal mixes the streams.
    """

    def __init__(
        self,
        pipe: Pipe,
        encoder: Encoder,
        greeting: Greeting,
        signals: Signals,
        *,
        merged: bool = False,
    ) -> None:
        self._pipe = pipe
        self._encoder = encoder
        self._splitters = {name: Splitter(greeting.nonce) for name in (STDOUT, STDERR)}
        self._process = greeting.process
        self._signals = signals
        self._merged = merged
        self._cancelled = False
        self._closed = False
        self._running = self._chained = False
        self._lock = threading.Lock()
        self._exchanges = self._sent = self._received = 0

    @property
    def counters(self) -> Counters:
        return Counters(self._exchanges, self._sent, self._received)

    def exchange(self, batch: Batch, hearing: Hearing = UNHEARD) -> Replies:
        """Run a batch and wait for its answers.

        Raises ConnectionLost (Unsent where the host had hung up before), Interrupted after
        `cancel`, ArgumentError for data that no shell can take (the session stays usable then),
        TransportError for a payload that changed and a question that is never answered.
        """
        if self._cancelled:
            raise Interrupted()
        if self._closed:
            raise Unsent("the session is closed")
        message = self._encoder.encode(batch)
        if not message.items:
            return Replies()
        if self._pipe.gone:
            self.close()
            raise Unsent("the host has hung up")
        return self.follow(batch, chunks(message), hearing)

    def follow(
        self,
        batch: Batch,
        outgoing: Iterator[bytes],
        hearing: Hearing = UNHEARD,
        early: tuple[Arrival, ...] = (),
    ) -> Replies:
        """Send what is left of a message and collect the answers; `early` came in already."""
        self._exchanges += 1
        answers = Answers(batch, time.monotonic(), hearing)
        self._running, self._chained = True, bool(batch.chain)
        try:
            self._pipe.send(self._counted(outgoing))
            self._take(list(early), answers)
            while not answers.done:
                self._take(self._pipe.receive(WATCH), answers)
        except BaseException as error:
            self._give_up(error)
            raise
        finally:
            self._running = self._chained = False
        return answers.replies()

    def halt(self) -> None:
        """From another thread: run no further link of a chain; what runs ends first."""
        if self._chained and self._process:
            self._signals.halt(self._process)

    def cancel(self) -> None:
        """Give up the running exchange at once, from another thread."""
        self._cancelled = True
        if self._running:
            self._tell_to_stop()
        self._pipe.wake()

    def close(self) -> None:
        """Free the pipe. Idempotent."""
        if not self._closed:
            self._closed = True
            self._pipe.close()

    def _take(self, arrivals: list[Arrival], answers: Answers) -> None:
        if self._cancelled:
            raise Interrupted()
        if self._feed(arrivals, answers) and not answers.done:
            # The reason may still be on its way on the other stream.
            self._feed(self._pipe.receive(LAST_WORDS), answers)
            raise ConnectionLost(self._obituary(answers))
        if answers.asked_for(time.monotonic()) > LONGEST_LOOK:
            raise TransportError(f"a look at the host took more than {LONGEST_LOOK:g} seconds")

    def _feed(self, arrivals: list[Arrival], answers: Answers) -> bool:
        """Pass on what came in; true where a stream has ended."""
        now = time.monotonic()
        for stream, data in arrivals:
            self._received += len(data)
            for piece, word in self._splitters[stream].feed(data):
                # On a terminal both streams are one; only the second delimiter has no word.
                there = STDERR if self._merged and word == b"" else stream
                answers.add(there, piece, word, now)
        return any(not data for _stream, data in arrivals)

    def _obituary(self, answers: Answers) -> str:
        status = self._pipe.end().status
        ended = "" if status is None else f" (its shell ended with status {status})"
        said = answers.last_words()
        return "the host hung up in the middle of an exchange" + ended + (said and f": {said}")

    def _counted(self, outgoing: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in outgoing:
            self._sent += len(chunk)
            yield chunk

    def _give_up(self, error: BaseException) -> None:
        if not isinstance(error, ConnectionLost):
            self._tell_to_stop()
        self.close()

    def _tell_to_stop(self) -> None:
        with self._lock:
            process, self._process = self._process, 0
        if process:
            self._signals.stop(process)
