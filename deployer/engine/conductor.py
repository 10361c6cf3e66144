"""The conductor: drives many generators of requests on one thread, without any decision.

It sends their exchanges to the pool, keeps their timers, and resumes each with its answer. Ctrl-C
once lets what runs on the hosts finish, and ends every generator with Interrupted that wants
anything more of a host; twice, everything at once.
"""

from __future__ import annotations

import heapq
import itertools
import queue
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Generic, TypeVar

from deployer.engine.pool import Done, Heard, Noted, Partly, Pool, Stop
from deployer.engine.requests import Ask, Exchange, Flight, Next, Request, Sleep, Steps, Together
from deployer.model.errors import Interrupted, TransportError

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Conductor:
    """Runs generators on a pool. `on_start` hears of each exchange that is sent, `on_output` gets
    the live output, `on_note` remarks on connections; `ask` talks to the user."""

    def __init__(
        self,
        pool: Pool,
        on_start: Callable[[Exchange], None],
        on_output: Callable[[Heard], None],
        on_note: Callable[[str], None],
        ask: Callable[[Ask], str],
    ) -> None:
        self.pool = pool
        self.on_start = on_start
        self.on_output = on_output
        self.on_note = on_note
        self.ask = ask
        self.interrupts = 0
        self.tickets = itertools.count(1)
        self.flights: dict[int, Flight] = {}

    @property
    def interrupted(self) -> bool:
        return self.interrupts > 0

    def interrupt(self) -> None:
        """What Ctrl-C means; called between any two instructions of this thread."""
        self.interrupts += 1
        self.pool.inbox.put(Stop())

    def launch(self, request: Next) -> None:
        """Send a chain when it is first asked for; tell who is served by it now."""
        flight = request.flight
        if not flight.launched:
            flight.launched = True
            ticket = next(self.tickets)
            self.flights[ticket] = flight
            self.on_start(flight.exchange)
            self.pool.submit(ticket, flight.exchange)
        elif not flight.has(request.index):
            self.on_start(replace(flight.exchange, step=request.step))

    def run(
        self, generators: Iterable[tuple[K, Steps[T]]], limit: int = 0
    ) -> Iterator[tuple[K, T]]:
        """Drive all of them to their ends; yields (key, returned value) as each one ends.

        At most `limit` are under way at once (0: all). Raises Interrupted where one was kept from
        going on, once all the others have come to their ends, and whatever a generator raises.
        """
        yield from _Run(self, generators, limit).results()


class _Run(Generic[K, T]):
    """One call of `Conductor.run`: the generators under way and what they wait for."""

    def __init__(
        self, conductor: Conductor, generators: Iterable[tuple[K, Steps[T]]], limit: int
    ) -> None:
        self.conductor = conductor
        self.waiting = deque(generators)
        self.limit = limit or len(self.waiting) or 1
        self.running: dict[int, tuple[K, Steps[T]]] = {}
        self.timers: list[tuple[float, int]] = []
        self.tickets: dict[int, tuple[int, int]] = {}
        self.boarding: dict[int, Next] = {}
        self.groups: dict[int, list[Any]] = {}
        self.numbers = itertools.count(1)
        self.ended: deque[tuple[K, T]] = deque()
        self.stopped: Interrupted | None = None

    def results(self) -> Iterator[tuple[K, T]]:
        while self.waiting or self.running:
            while self.waiting and len(self.running) < self.limit:
                self._start(*self.waiting.popleft())
                yield from self._drain()
            self._wait()
            yield from self._drain()
        yield from self._drain()
        if self.stopped is not None:
            raise self.stopped

    def _drain(self) -> Iterator[tuple[K, T]]:
        while self.ended:
            yield self.ended.popleft()

    def _start(self, key: K, steps: Steps[T]) -> None:
        number = next(self.numbers)
        self.running[number] = (key, steps)
        self._resume(number, None)

    def _resume(self, number: int, answer: Any) -> None:
        """Send an answer (or throw an error) into a generator and take its next request."""
        key, steps = self.running[number]
        while True:
            try:
                throwing = isinstance(answer, BaseException)
                request = steps.throw(answer) if throwing else steps.send(answer)
            except StopIteration as stop:
                del self.running[number]
                self.ended.append((key, stop.value))
                return
            except Interrupted as stop:
                del self.running[number]
                self.stopped = stop
                return
            if isinstance(request, Next) and self._board(number, request):
                if not request.flight.has(request.index):
                    return
                answer = None
            elif self.conductor.interrupted:
                answer = Interrupted("interrupted")
            elif isinstance(request, Ask):
                answer = self._ask(request)
            else:
                self._submit(number, request)
                return

    def _board(self, number: int, request: Next) -> bool:
        """Wait for a link. What was sent before an interrupt is still waited for."""
        if self.conductor.interrupted and not request.flight.launched:
            return False
        self.conductor.launch(request)
        if not request.flight.has(request.index):
            self.boarding[number] = request
        return True

    def _ask(self, request: Ask) -> Any:
        try:
            return self.conductor.ask(request)
        except KeyboardInterrupt:
            self.conductor.interrupt()
            return Interrupted("interrupted")

    def _submit(self, number: int, request: Request) -> None:
        if isinstance(request, Sleep):
            heapq.heappush(self.timers, (time.monotonic() + request.seconds, number))
            return
        exchanges: tuple[Exchange, ...]
        exchanges = request.exchanges if isinstance(request, Together) else (request,)  # type: ignore[assignment]
        if isinstance(request, Together):
            self.groups[number] = [None] * len(exchanges)
        for index, exchange in enumerate(exchanges):
            ticket = next(self.conductor.tickets)
            self.tickets[ticket] = (number, index)
            self.conductor.on_start(exchange)
            self.conductor.pool.submit(ticket, exchange)

    def _wait(self) -> None:
        """Wait for the next answer or timer and resume whom it concerns."""
        if not self.running:
            return
        timeout = None
        if self.timers:
            timeout = max(0.0, self.timers[0][0] - time.monotonic())
        try:
            message = self.conductor.pool.inbox.get(timeout=timeout)
        except queue.Empty:
            _, number = heapq.heappop(self.timers)
            self._resume(number, None)
            return
        if isinstance(message, Heard):
            self.conductor.on_output(message)
        elif isinstance(message, Stop):
            self._interrupt()
        elif isinstance(message, Noted):
            self.conductor.on_note(message.text)
        elif message.ticket in self.conductor.flights:
            self._fly(message)
        elif isinstance(message, Done):
            self._answer(message)

    def _fly(self, message: Done | Partly) -> None:
        """News of a chain: one more reply, or its end."""
        flight = self.conductor.flights[message.ticket]
        if isinstance(message, Partly):
            flight.replies.append(message.reply)
        else:
            del self.conductor.flights[message.ticket]
            flight.over, flight.error = True, _expected(message.error)
            if message.replies is not None:
                flight.replies = list(message.replies.chain)
                flight.land(message.replies)
        for number, request in list(self.boarding.items()):
            if request.flight is flight and flight.has(request.index):
                del self.boarding[number]
                self._resume(number, None)

    def _answer(self, done: Done) -> None:
        if done.ticket not in self.tickets:
            return
        number, index = self.tickets.pop(done.ticket)
        answer: Any = _expected(done.error) or done.replies
        if number not in self.groups:
            self._resume(number, answer)
            return
        group = self.groups[number]
        group[index] = answer
        if all(part is not None for part in group):
            del self.groups[number]
            self._resume(number, group)

    def _interrupt(self) -> None:
        """First Ctrl-C: no new work, and waits end now. Second: what runs is given up."""
        if self.conductor.interrupts > 1:
            self.conductor.pool.cancel()
            raise Interrupted("interrupted twice: what ran on the hosts was given up")
        if self.waiting:
            self.waiting.clear()
            self.stopped = Interrupted("interrupted")
        for flight in self.conductor.flights.values():
            self.conductor.pool.halt(flight.exchange)
        timers, self.timers = self.timers, []
        for _, number in timers:
            self._resume(number, Interrupted("interrupted"))


def _expected(error: BaseException | None) -> BaseException | None:
    """What a step can deal with; anything else is raised."""
    if error is None or isinstance(error, TransportError | Interrupted):
        return error
    raise error
