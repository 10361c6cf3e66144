"""Simulated hosts: a dictionary each, and Python functions in place of shell fragments.

    host = SimulatedHost({"/etc/motd": "hello"}, {READ: read, WRITE: write})
    connector = SimulatedConnector({"web1": host})

A behaviour gets the host's state, the call's arguments and its standard input, and gives the
reply. Exchanges, guarded chains and their divergence work as on a real host.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TypeAlias

from deployer.model.errors import ConnectError, ConnectionLost, Interrupted
from deployer.model.script import (
    Batch,
    Call,
    Fragment,
    Guarded,
    Replies,
    Reply,
    Script,
    Stdin,
    guard_digest,
)
from deployer.model.values import dataclass
from deployer.transport.session import UNHEARD, Counters, Hearing, Opened, Target

State: TypeAlias = dict[str, str]
#: (state of the host, arguments of the call, its standard input) -> its reply.
Behaviour: TypeAlias = Callable[[State, tuple[str, ...], Stdin], Reply]


@dataclass(slots=True)
class SimulatedHost:
    """One host. `state` may be shared with others; `log` holds the batches in order."""

    state: State
    behaviours: Mapping[Fragment, Behaviour]
    reachable: bool = True
    log: list[Batch] = field(default_factory=list)
    #: Exchanges after which the connection breaks, once; -1: never.
    breaks_after: int = -1
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, batch: Batch) -> Replies:
        """What the loop on a real host would answer."""
        with self._lock:
            self.log.append(batch)
            apply = self.run(batch.apply) if batch.apply is not None else None
            chain, diverged = self._chain(batch.chain)
            return Replies(apply, chain, diverged, tuple(self.run(each) for each in batch.probes))

    def _chain(self, links: tuple[Guarded, ...]) -> tuple[tuple[Reply, ...], bool]:
        replies: list[Reply] = []
        for link in links:
            if guard_digest(self.run(link.probe)) != link.expected:
                return tuple(replies), True
            replies.append(self.run(link.apply))
            if not replies[-1].ok:
                break
        return tuple(replies), False

    def run(self, script: Script) -> Reply:
        """All calls up to the first that fails; their outputs joined."""
        out, err = b"", b""
        for call in script.calls:
            reply = self._call(call)
            out, err = out + reply.stdout, err + reply.stderr
            if not reply.ok:
                return Reply(reply.code, out, err)
        return Reply(0, out, err)

    def _call(self, call: Call) -> Reply:
        behaviour = self.behaviours.get(call.fragment)
        if behaviour is None:
            return Reply(127, b"", b"simulated host: no behaviour for this fragment\n")
        return behaviour(self.state, call.args, call.stdin)


@dataclass(slots=True)
class SimulatedSession:
    """A session of a simulated host."""

    host: SimulatedHost
    counters: Counters = field(default_factory=Counters)
    _closed: bool = False

    def exchange(self, batch: Batch, hearing: Hearing = UNHEARD) -> Replies:
        """Answer a batch; output and replies are heard before the answer comes."""
        if self._closed:
            raise Interrupted("the session was given up")
        if self.host.breaks_after == len(self.host.log):
            self.host.breaks_after = -1
            raise ConnectionLost("the simulated connection broke")
        replies = self.host.answer(batch)
        self.counters = Counters(self.counters.exchanges + 1)
        if hearing.output and replies.apply is not None and replies.apply.stdout:
            hearing.output("stdout", replies.apply.out)
        for reply in replies.chain:
            if hearing.reply is not None:
                hearing.reply(reply)
        return replies

    def halt(self) -> None:
        """Every exchange is over at once."""

    def cancel(self) -> None:
        self._closed = True

    def close(self) -> None:
        self._closed = True


@dataclass(slots=True)
class SimulatedConnector:
    """Opens sessions to simulated hosts, by the name in the inventory."""

    hosts: Mapping[str, SimulatedHost]

    def open(self, target: Target, first: Batch, hearing: Hearing = UNHEARD) -> Opened:
        """Raises ConnectError for a host that is not there or not reachable."""
        host = self.hosts.get(target.name)
        if host is None or not host.reachable:
            raise ConnectError(f"{target.name}: no such simulated host is reachable")
        session = SimulatedSession(host)
        return Opened(session, session.exchange(first, hearing))

    def expect(self, target: Target) -> None:
        """Nothing can be done ahead."""

    def halt(self) -> None:
        """Every exchange is over at once."""

    def notes(self) -> list[str]:
        """Nothing to say."""
        return []

    def close(self) -> None:
        """Nothing is held open."""
