"""What carries the bytes of a session, whatever the connection: one way in, two ways out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from deployer.model.values import dataclass

#: A stream's name and bytes that came in on it; no bytes at its end.
Arrival = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class End:
    """How the process at the other end ended: exit status, or None where nobody said."""

    status: int | None = None


class Pipe(Protocol):
    """A running process on a host. Used by one thread, except `wake`."""

    def send(self, chunks: Iterator[bytes]) -> None:
        """Begin to write; what does not go through at once is written while `receive` waits."""
        ...

    def receive(self, timeout: float) -> list[Arrival]:
        """Wait up to `timeout` seconds; empty where nothing came in (or `wake` was called).

        Raises ConnectionLost where the other side is dead, and what reading the chunks raises.
        """
        ...

    @property
    def gone(self) -> bool:
        """Whether the other side is known to have ended."""
        ...

    def wake(self) -> None:
        """From another thread: let `receive` return at once."""
        ...

    def end(self) -> End:
        """How it ended, after both streams did."""
        ...

    def hang_up(self) -> None:
        """Ask what runs to stop, as a closed terminal would (SIGHUP). Never waits."""
        ...

    def close(self) -> None:
        """Free it. Idempotent; never waits for the other side."""
        ...
