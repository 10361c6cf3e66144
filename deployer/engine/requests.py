"""What a step asks of the conductor while it runs.

A step on a host is a generator: it yields one of these and gets the answer sent in (or the
TransportError thrown in). All decisions are in the generators, all waiting in the conductor.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeAlias, TypeVar

from deployer.model.errors import TransportError
from deployer.model.script import Batch, Replies
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


Request: TypeAlias = Exchange | Together | Sleep | Ask
Answer: TypeAlias = Replies | TransportError

T = TypeVar("T")
#: A generator of requests that returns a T in the end.
Steps: TypeAlias = Generator[Request, Any, T]
