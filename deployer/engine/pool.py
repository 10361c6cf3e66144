"""Workers: threads that only move bytes, and the sessions that they hold.

The conductor submits exchanges and gets their outcomes through one queue, with the live output
in between, so that everything is in order without a lock outside this file.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field

from deployer.engine.requests import Exchange
from deployer.model.errors import ConnectionLost, DeployError, Interrupted, TransportError
from deployer.model.events import Cost
from deployer.model.script import Replies, Reply
from deployer.model.values import dataclass
from deployer.transport.session import Connector, Hearing, Session, Target, Unsent

#: What is said of a change whose answer was lost.
MAYBE_MADE = "the change may have been made or not: run again to see"


@dataclass(frozen=True, slots=True)
class Done:
    """The outcome of a submitted exchange: replies, or the error that ended it."""

    ticket: int
    replies: Replies | None = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Partly:
    """The reply to one more link of a chain; `Done` follows in the end."""

    ticket: int
    reply: Reply


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece of output of a running exchange."""

    task: int
    host: str
    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class Noted:
    """Something about connections that the user should know."""

    text: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Ctrl-C was pressed."""


@dataclass(slots=True)
class Line:
    """One identity on one host, with its session once open. One exchange at a time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    session: Session | None = None
    spent: Cost = field(default_factory=Cost)


class Pool:
    """Up to `forks` exchanges at once over cached sessions."""

    def __init__(self, connector: Connector, forks: int) -> None:
        self._connector = connector
        self._workers = ThreadPoolExecutor(max_workers=forks, thread_name_prefix="host")
        self._lines: dict[Target, Line] = {}
        self._opened = 0
        self._stopping = False
        self.inbox: queue.SimpleQueue[Done | Partly | Heard | Noted | Stop] = queue.SimpleQueue()

    def submit(self, ticket: int, exchange: Exchange) -> None:
        """Have it done; a `Done` with this ticket comes to the inbox, before it a `Partly` for
        each link of a chain."""
        line = self._lines.setdefault(exchange.target, Line())
        self._workers.submit(self._run, ticket, exchange, line)

    def expect(self, target: Target) -> None:
        """An exchange with this target follows at once: log in while it is being rendered.

        Only the first of a run has to wait for that; others are rendered while it logs in.
        """
        if not self._lines:
            self._lines[target] = Line()
            expect = self._connector.expect
            threading.Thread(target=expect, args=(target,), name="login", daemon=True).start()

    def _run(self, ticket: int, exchange: Exchange, line: Line) -> None:
        try:
            with line.lock:
                replies = self._exchange(exchange, line, self._hearing(ticket, exchange))
            self.inbox.put(Done(ticket, replies))
        except (DeployError, OSError) as error:
            self.inbox.put(Done(ticket, error=error))
        except BaseException as error:
            self.inbox.put(Done(ticket, error=error))

    def _hearing(self, ticket: int, exchange: Exchange) -> Hearing:
        """Passes on to the inbox what is heard."""
        audible = any(exchange.live) and not exchange.batch.hushed
        return Hearing(
            output=self._listener(exchange) if audible else None,
            reply=lambda reply: self.inbox.put(Partly(ticket, reply)),
        )

    def _exchange(self, exchange: Exchange, line: Line, hearing: Hearing) -> Replies:
        try:
            return self._attempt(exchange, line, hearing)
        except ConnectionLost as error:
            if self._stopping:
                raise
            # Questions may be asked again; a change may have been made and is not repeated.
            if (exchange.batch.apply or exchange.batch.chain) and not isinstance(error, Unsent):
                raise ConnectionLost(f"{error}; {MAYBE_MADE}") from error
            return self._attempt(exchange, line, hearing)

    def _attempt(self, exchange: Exchange, line: Line, hearing: Hearing) -> Replies:
        if self._stopping:
            raise Interrupted("interrupted")
        if line.session is None:
            return self._open(exchange, line, hearing)
        try:
            return line.session.exchange(exchange.batch, hearing)
        except (TransportError, Interrupted):
            self._drop(line)
            raise

    def _open(self, exchange: Exchange, line: Line, hearing: Hearing) -> Replies:
        try:
            opened = self._connector.open(exchange.target, exchange.batch, hearing)
        finally:
            for note in self._connector.notes():
                self.inbox.put(Noted(note))
        line.session = opened.session
        return opened.replies

    def _drop(self, line: Line) -> None:
        session, line.session = line.session, None
        if session is not None:
            line.spent = _sum(line.spent, _cost(session))
            session.close()

    def _listener(self, exchange: Exchange) -> Callable[[str, str], None]:
        # Each stream ends with an empty text per script, so that each has its own place.
        tasks = {"stdout": iter(exchange.live), "stderr": iter(exchange.live)}
        now = {stream: next(each, 0) for stream, each in tasks.items()}

        def heard(stream: str, text: str) -> None:
            if not text:
                now[stream] = next(tasks[stream], 0)
            elif now[stream]:
                self.inbox.put(Heard(now[stream], exchange.host, stream, text))

        return heard

    def forget(self, host: str) -> None:
        """Close a host's sessions: the next exchange connects anew (`reset_connection`)."""
        for target, line in list(self._lines.items()):
            if target.name == host:
                with line.lock:
                    self._drop(line)

    def halt(self, exchange: Exchange) -> None:
        """What runs of a chain shall end, and nothing of it begin any more."""
        line = self._lines[exchange.target]
        opened = line.session or self._connector
        opened.halt()

    def cancel(self) -> None:
        """Give up everything that runs, at once."""
        self._stopping = True
        for line in list(self._lines.values()):
            session = line.session
            if session is not None:
                session.cancel()
        self._connector.close()  # what is being opened gives up too

    @property
    def cost(self) -> Cost:
        """What all sessions have cost so far."""
        total = Cost()
        for line in list(self._lines.values()):
            total = _sum(total, line.spent)
            if line.session is not None:
                total = _sum(total, _cost(line.session))
        return total

    def close(self) -> None:
        """Close every session. Idempotent."""
        self._stopping = True
        self._workers.shutdown(wait=False, cancel_futures=True)
        for line in self._lines.values():
            self._drop(line)
        self._connector.close()


def _cost(session: Session) -> Cost:
    spent = session.counters
    return Cost(spent.exchanges, spent.bytes_sent, spent.bytes_received)


def _sum(one: Cost, other: Cost) -> Cost:
    return Cost(
        one.exchanges + other.exchanges,
        one.bytes_sent + other.bytes_sent,
        one.bytes_received + other.bytes_received,
    )
