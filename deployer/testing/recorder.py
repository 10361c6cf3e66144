"""A listener that keeps every event, and says them without times so that runs can be compared."""

from __future__ import annotations

from dataclasses import field, replace

from deployer.model.events import Event, TaskFinished
from deployer.model.result import Result
from deployer.model.values import dataclass


@dataclass(slots=True)
class Recorder:
    """All events of a run."""

    events: list[Event] = field(default_factory=list)

    def on_event(self, event: Event) -> None:
        self.events.append(event)

    def of(self, *kinds: type[Event]) -> list[Event]:
        """The events of some kinds, in order."""
        return [event for event in self.events if isinstance(event, kinds)]

    def results(self) -> list[tuple[int, str, Result]]:
        """(task number, host, result without times), in the order of tasks, then of hosts."""
        found = [event for event in self.events if isinstance(event, TaskFinished)]
        rows = [(event.task, event.host, timeless(event.result)) for event in found]
        return sorted(rows, key=lambda row: row[:2])

    def by_host(self) -> dict[str, list[Result]]:
        """Each host's results in the order in which they came, without times."""
        found: dict[str, list[Result]] = {}
        for event in self.events:
            if isinstance(event, TaskFinished):
                found.setdefault(event.host, []).append(timeless(event.result))
        return found


def timeless(result: Result) -> Result:
    """A result without what the clock has said."""
    values = {key: value for key, value in result.values.items() if key not in _CLOCK}
    rows = values.get("results")
    if isinstance(rows, list):
        values["results"] = [
            {key: value for key, value in row.items() if key not in _CLOCK} for row in rows
        ]
    return replace(result, seconds=0.0, values=values)


_CLOCK = frozenset({"delta", "start", "end", "elapsed"})
