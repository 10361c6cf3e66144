"""What happens in a run, as a closed union of plain values.

Listeners (console, JSON lines, journal, reports) get every event in order, from one thread, and
cannot influence the run. Secrets are masked before an event is emitted. `at` is seconds since the
epoch on the controller's clock; it and `seconds` are the only fields that differ between two runs
that do the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Protocol, TypeAlias

from deployer.model.diagnostic import Diagnostic
from deployer.model.result import Result
from deployer.model.source import Position
from deployer.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """One line of the recap."""

    ok: int = 0
    changed: int = 0
    unreachable: int = 0
    failed: int = 0
    skipped: int = 0
    rescued: int = 0
    ignored: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What the network was used for: exchanges of all hosts together, bytes both ways."""

    exchanges: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


@dataclass(frozen=True, slots=True)
class RunStarted:
    """`check` is a dry run (`deploy plan`, `-C`)."""

    at: float
    playbooks: tuple[str, ...]
    hosts: int
    check: bool = False


@dataclass(frozen=True, slots=True)
class PlayStarted:
    """A play, or a further batch of it under `serial` (`batch` counts from 1)."""

    at: float
    name: str
    position: Position | None
    hosts: tuple[str, ...]
    batch: int = 1
    batches: int = 1


@dataclass(frozen=True, slots=True)
class PlaySkipped:
    """A play that no host matches."""

    at: float
    name: str
    reason: str
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class TaskStarted:
    """A task begins on the first of its hosts. `task` numbers the tasks of the run in the order of
    the playbook, from 1; tasks that never begin leave gaps."""

    at: float
    task: int
    name: str
    module: str
    position: Position | None
    handler: bool = False
    role: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class HostStarted:
    """The task's turn on a host came and it has to ask or change something there."""

    at: float
    task: int
    host: str


@dataclass(frozen=True, slots=True)
class Output:
    """Output of a task that runs, as it arrives. `stream` is stdout or stderr."""

    at: float
    task: int
    host: str
    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class ItemFinished:
    """One item of a loop. `label` is what is shown of the item."""

    at: float
    task: int
    host: str
    index: int
    label: str
    result: Result


@dataclass(frozen=True, slots=True)
class Retrying:
    """An attempt did not meet `until`, or a connection failed; the next follows in `delay` s."""

    at: float
    task: int
    host: str
    attempt: int
    left: int
    delay: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TaskFinished:
    """The task's result on a host (of a loop: all items together). `delegate` did the work."""

    at: float
    task: int
    host: str
    result: Result
    delegate: str = ""
    loop: bool = False


@dataclass(frozen=True, slots=True)
class Notified:
    """A change woke handlers."""

    at: float
    task: int
    host: str
    handlers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Included:
    """A file or role was brought in by `include_*`."""

    at: float
    task: int
    host: str
    what: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that the user should look at. Each text comes once a run."""

    at: float
    diagnostic: Diagnostic


@dataclass(frozen=True, slots=True)
class PlayFinished:
    at: float
    name: str


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The recap of all hosts (in order of the inventory), the exit code, and what it cost."""

    at: float
    exit_code: int
    seconds: float
    recap: Mapping[str, Tally] = field(default_factory=dict)
    cost: Cost = field(default_factory=Cost)
    interrupted: bool = False


Event: TypeAlias = (
    RunStarted
    | PlayStarted
    | PlaySkipped
    | TaskStarted
    | HostStarted
    | Output
    | ItemFinished
    | Retrying
    | TaskFinished
    | Notified
    | Included
    | Warned
    | PlayFinished
    | RunFinished
)


class Listener(Protocol):
    """Whatever wants to know. It must not raise; it cannot influence the run."""

    def on_event(self, event: Event) -> None: ...
