"""A TCP proxy that adds a round-trip time and counts network turns.

Every chunk is stamped when it comes and goes on half a round trip later, so latency is added
without a limit on throughput; a connection costs a full round trip before its first byte.

A turn is a step in the longest chain of cause and effect: a chunk carries the depth of all that
its sender had heard, and its delivery to the client adds one. Strict question and answer counts
one each, questions sent without waiting count one together, a TCP connection counts one. It is
counted per host, so it does not depend on how fast the machine is.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

CHUNK = 1 << 16
AHEAD = 1024  # chunks under way before reading stops


@dataclass
class Count:
    """The depths that both sides of one host's connections have heard."""

    client: int = 0
    server: int = 0


Accepted: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
#: One direction of a connection: (when due, depth, bytes); empty bytes end it.
Flow: TypeAlias = "asyncio.Queue[tuple[float, int, bytes]]"


class Proxy:
    """Offers (address, port) pairs; `rtt` in seconds may be set at any time."""

    def __init__(self, routes: Sequence[tuple[str, int, int]]) -> None:
        self.rtt = 0.0
        self._routes = routes  # address, port to listen on, port of the target
        self._counts: dict[str, Count] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def start(self) -> None:
        """Listen; returns when all ports are open. Raises OSError where one is taken."""
        self._loop.run_until_complete(self._listen())
        self._thread.start()

    def reset(self) -> None:
        """Count from zero."""
        self._counts = {}

    def turns(self) -> float | None:
        """Turns per host on the average; None if no host was spoken to."""
        seen = [count.client for count in self._counts.values()]
        return sum(seen) / len(seen) if seen else None

    async def _listen(self) -> None:
        for host, port, target in self._routes:
            await asyncio.start_server(self._accepting(host, target), host, port, backlog=1024)

    def _accepting(self, host: str, target: int) -> Accepted:
        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                await self._connection(host, target, reader, writer)
            writer.close()

        return accepted

    async def _connection(
        self, host: str, target: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        count = self._counts.setdefault(host, Count())
        connected = count.client + 1
        arrives = self._loop.time() + 1.5 * self.rtt  # SYN, its answer, and the first bytes

        def at_server(depth: int) -> None:
            count.server = max(count.server, depth)

        def at_client(depth: int) -> None:
            count.client = max(count.client, depth + 1)

        up: Flow = asyncio.Queue(AHEAD)
        down: Flow = asyncio.Queue(AHEAD)
        sending = asyncio.create_task(
            self._read(reader, up, lambda: max(count.client, connected), arrives)
        )
        await asyncio.sleep(1.5 * self.rtt)
        count.client = max(count.client, connected)
        from_server, to_server = await asyncio.open_connection(host, target)
        await asyncio.gather(
            sending,
            self._write(to_server, up, at_server),
            self._read(from_server, down, lambda: count.server, 0.0),
            self._write(writer, down, at_client),
        )

    async def _read(
        self, reader: asyncio.StreamReader, flow: Flow, depth: Callable[[], int], earliest: float
    ) -> None:
        while True:
            try:
                data = await reader.read(CHUNK)
            except OSError:
                data = b""
            due = max(earliest, self._loop.time() + self.rtt / 2)
            await flow.put((due, depth(), data))
            if not data:
                return

    async def _write(
        self, writer: asyncio.StreamWriter, flow: Flow, delivered: Callable[[int], None]
    ) -> None:
        while True:
            due, depth, data = await flow.get()
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            if not data:
                writer.close()
                return
            delivered(depth)
            with contextlib.suppress(OSError):
                writer.write(data)
                await writer.drain()
