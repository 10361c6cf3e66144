"""What runs right now, and its output put together into lines."""

from __future__ import annotations

from dataclasses import field

from deployer.model.events import Event, HostStarted, Output, TaskFinished
from deployer.model.values import dataclass
from deployer.output.lines import last_written

#: Lines of output that are kept of a host for a look at what it is doing.
KEPT = 5
#: Characters after which a line without an end is shown as it is.
LONGEST = 8192


@dataclass(slots=True)
class Worker:
    """A host that works on a task since `since` (epoch seconds), and its last lines."""

    host: str
    task: int
    since: float
    last: tuple[str, ...] = ()


@dataclass(slots=True)
class Running:
    """The hosts at work, in the order in which they began. A screen may read it at any time.

    `drawn` is said by a screen that shows it, and with it the `notice` that stands below.
    """

    workers: dict[tuple[int, str], Worker] = field(default_factory=dict)
    drawn: bool = False
    notice: str = ""
    _open: dict[tuple[int, str, str], str] = field(default_factory=dict)
    _ended: set[tuple[int, str]] = field(default_factory=set)

    def note(self, event: Event) -> None:
        """Take in an event (output is taken in by `heard`)."""
        if isinstance(event, HostStarted):
            self.worker(event)
        elif isinstance(event, TaskFinished):
            self.workers.pop((event.task, event.host), None)
            self._ended.add((event.task, event.host))

    def worker(self, event: HostStarted | Output) -> Worker:
        """Who works on this task on this host."""
        key = (event.task, event.host)
        return self.workers.setdefault(key, Worker(event.host, event.task, event.at))

    def heard(self, event: Output) -> list[str]:
        """The lines that this piece of output completes."""
        key = (event.task, event.host, event.stream)
        *whole, rest = (self._open.pop(key, "") + event.text).split("\n")
        if len(rest) > LONGEST:
            whole, rest = [*whole, rest], ""
        if rest:
            self._open[key] = rest
        self.preview(event)
        return whole

    def preview(self, event: Output) -> None:
        """Keep the last lines, for those who look at what the host is doing."""
        texts = event.text.rstrip().split("\n")
        shown = [text for each in texts if (text := last_written(each).strip())]
        if shown and (event.task, event.host) not in self._ended:
            worker = self.worker(event)
            worker.last = (*worker.last, *shown)[-KEPT:]

    def rest(self, task: int, host: str) -> list[tuple[str, str]]:
        """(stream, text) of the lines without an end, now that nothing more comes."""
        found = []
        for stream in ("stdout", "stderr"):
            text = self._open.pop((task, host, stream), "")
            if text:
                found.append((stream, text))
        return found

    def now(self) -> list[Worker]:
        """Those at work, each host with the latest that it does; safe from another thread."""
        return list({worker.host: worker for worker in list(self.workers.values())}.values())
