"""What a step asks of the conductor while it runs.

A step on a host is a generator: it yields one of these and gets the answer sent in (or the
TransportError thrown in). All decisions are in the generators, all waiting in the conductor.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import field
from typing import Any, TypeAlias, TypeVar

from deployer.model.errors import TransportError
from deployer.model.script import Batch, Replies, Reply
from deployer.model.values import dataclass
from deployer.transport.session import Target


@dataclass(frozen=True, slots=True)
class Exchange:
    """Send a batch to a host. `step` is the number of the task that it is for; `live` holds for
    its apply, or for each link of its chain, the task whose output is shown live (0: none)."""

    host: str
    target: Target
    batch: Batch
    live: tuple[int, ...] = ()
    step: int = 0
    timeout: float | None = None

    @property
    def changes(self) -> bool:
        """Whether it is more than a look."""
        return bool(self.batch.apply or self.batch.chain)


@dataclass(slots=True, eq=False)
class Flight:
    """A chain under way, of which one step after the other hears. `epoch` is the host's when it
    was sent; `land` is called with the answers in the end.

    `replies` grow link by link. Once `over` no more will come; `error` is what broke it.
    """

    exchange: Exchange
    epoch: int
    land: Callable[[Replies], None]
    replies: list[Reply] = field(default_factory=list)
    launched: bool = False
    over: bool = False
    error: BaseException | None = None

    def has(self, index: int) -> bool:
        """Whether all is known of a link. The last one, also one that failed, is waited for with
        what was asked behind it."""
        if self.over:
            return True
        last = len(self.exchange.batch.chain) - 1
        return index < min(last, len(self.replies)) and self.replies[index].ok


@dataclass(frozen=True, slots=True)
class Next:
    """Wait until all is known of a link, for a step; answered by None. The first one launches."""

    flight: Flight
    index: int
    step: int = 0


@dataclass(frozen=True, slots=True)
class Together:
    """Several exchanges on different hosts at once; answered by a list in the same order."""

    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the user at the terminal; answered by what was typed."""

    prompt: str
    echo: bool = True
    seconds: float | None = None


Request: TypeAlias = Exchange | Next | Together | Sleep | Ask
Answer: TypeAlias = Replies | TransportError

T = TypeVar("T")
#: A generator of requests that returns a T in the end.
Steps: TypeAlias = Generator[Request, Any, T]
