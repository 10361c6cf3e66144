"""The end of a run: what changed, what took longest, the recap, what a plan comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from deployer.model.events import (
    Event,
    HostStarted,
    RunFinished,
    RunStarted,
    Tally,
    TaskFinished,
    TaskStarted,
)
from deployer.model.result import Forecast, Result, Status
from deployer.model.values import dataclass
from deployer.output.lines import Line, Span, Style, clean, line

#: Tasks that the summary names at most.
CHANGED_SHOWN, LONGEST_SHOWN, HOSTS_SHOWN = 20, 5, 4
#: Seconds below which nobody asks what took so long.
NOTICEABLE = 0.1
_ENDS = {0: "done", 2: "failed", 4: "hosts unreachable", 130: "interrupted"}


@dataclass(slots=True)
class Ledger:
    """What the summary is made of, collected as the run goes."""

    check: bool = False
    names: dict[int, str] = field(default_factory=dict)
    began: dict[int, float] = field(default_factory=dict)
    busy: dict[tuple[int, str], float] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    changed: dict[int, list[str]] = field(default_factory=dict)
    broken_off: dict[int, list[str]] = field(default_factory=dict)
    forecasts: Counter[str] = field(default_factory=Counter)

    def note(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case RunStarted():
                self.check = event.check
            case TaskStarted():
                self.names[event.task] = titled(event)
                self.began[event.task] = event.at
            case HostStarted():
                self.busy.setdefault((event.task, event.host), event.at)
            case TaskFinished():
                self._finished(event)

    def _finished(self, event: TaskFinished) -> None:
        task, result = event.task, event.result
        began = self.busy.pop((task, event.host), None)
        taken = result.seconds
        if began is not None and (result.attempts > 1 or not taken):
            taken = event.at - began  # the result tells of the last attempt only
        self.seconds[task] = max(self.seconds.get(task, 0.0), taken)
        if result.changed:
            well = result.ignored or not result.failed
            kept = self.changed if well else self.broken_off
            kept.setdefault(task, []).append(event.host)
        self.forecasts[outlook(result)] += 1

    @property
    def unfinished(self) -> dict[int, list[str]]:
        """The hosts on which a task has begun and not ended."""
        found: dict[int, list[str]] = {}
        for task, host in self.busy:
            found.setdefault(task, []).append(host)
        return found

    def lines(self, event: RunFinished, columns: int, verbosity: int) -> Iterator[Line]:
        """The whole summary."""
        yield line()
        if event.interrupted:
            yield from self._interrupted()
        if not self.check:
            yield from self._what_changed(event)
            yield from self._longest()
            yield line()
        yield from recap(event.recap, columns)
        if self.check:
            yield self._plan()
        yield _end(event, verbosity)

    def _interrupted(self) -> Iterator[Line]:
        yield line("Interrupted: nothing was begun after what is said above.", Style.FAILED)
        for task, hosts in self.unfinished.items():
            text = f"    given up while it ran: {self.names.get(task, '')} on {some(hosts)}"
            yield line(text, Style.FAILED)

    def _what_changed(self, event: RunFinished) -> Iterator[Line]:
        if self.changed:
            yield from self._listed("Changed", self.changed, event)
        elif not self.broken_off:
            lost = any(tally.unreachable for tally in event.recap.values())
            yield line(
                "Nothing is known to have changed." if lost else "Nothing changed.", Style.OK
            )
        if self.broken_off:
            yield from self._listed("Failed, perhaps in mid-change", self.broken_off, event)

    def _listed(
        self, title: str, tasks: Mapping[int, list[str]], event: RunFinished
    ) -> Iterator[Line]:
        reached = {host for names in tasks.values() for host in names}
        yield line(f"{title}: {counted(len(tasks), 'task')} on {counted(len(reached), 'host')}")
        place = {host: index for index, host in enumerate(event.recap)}
        for task, heard in list(tasks.items())[:CHANGED_SHOWN]:
            hosts = sorted(heard, key=lambda host: place.get(host, len(place)))
            name = self.names.get(task, "")
            yield (Span(f"    {clean(name)}", Style.CHANGED), Span(f": {some(hosts)}"))
        if len(tasks) > CHANGED_SHOWN:
            yield line(f"    … and {counted(len(tasks) - CHANGED_SHOWN, 'task')} more")

    def _longest(self) -> Iterator[Line]:
        ranked = sorted(self.seconds.items(), key=lambda item: -item[1])[:LONGEST_SHOWN]
        slow = [(task, taken) for task, taken in ranked if taken >= NOTICEABLE]
        if slow:
            yield line("Longest:")
        for task, taken in slow:
            yield line(f"    {taken:6.1f} s  {self.names.get(task, '')}")

    def _plan(self) -> Line:
        counts = self.forecasts
        parts = [
            f"{counts['change']} to change",
            f"{counts['unchanged']} unchanged",
            f"{counts['maybe']} maybe",
            f"{counts['deferred']} deferred",
        ]
        if counts["failed"]:
            parts.append(f"{counts['failed']} failed")
        return line(", ".join(parts), Style.TITLE)


def outlook(result: Result) -> str:
    """As what a plan counts a result: change, unchanged, maybe, deferred or failed."""
    if result.failed and not result.ignored:
        return "failed"
    if result.forecast in (Forecast.MAYBE, Forecast.DEFERRED):
        return "maybe" if result.forecast is Forecast.MAYBE else "deferred"
    if result.status is Status.SKIPPED:
        return "unchanged"
    if result.forecast is Forecast.CHANGE:
        return "change"
    return "change" if result.forecast is None and result.changed else "unchanged"


def titled(event: TaskStarted) -> str:
    """The task's name as banners show it, with its role."""
    return f"{event.role} : {event.name}" if event.role else event.name


def counted(number: int, noun: str) -> str:
    """`1 task`, `2 tasks`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def some(hosts: Iterable[str]) -> str:
    """The first few of the hosts, and how many more there are."""
    names = list(dict.fromkeys(hosts))
    more = len(names) - HOSTS_SHOWN
    shown = ", ".join(names[:HOSTS_SHOWN] if more > 1 else names)
    return clean(shown) + (f" and {more} more" if more > 1 else "")


def banner(title: str, columns: int) -> Line:
    """A title and stars up to the edge, at least three, as ansible-playbook has it."""
    shown = clean(title)
    stars = "*" * max(3, columns - 1 - len(shown) - 1)
    return (Span(f"{shown} ", Style.TITLE), Span(stars, Style.MUTED))


def recap(tallies: Mapping[str, Tally], columns: int) -> Iterator[Line]:
    """One line per host, in the columns that scripts know from Ansible."""
    yield banner("PLAY RECAP", columns)
    for host, tally in tallies.items():
        spans = [Span(f"{clean(host):<26}", _host_style(tally)), Span(" :")]
        for name in Tally.__slots__:
            number = getattr(tally, name)
            style = _COUNTS[name] if number else Style.PLAIN
            spans += [Span(" "), Span(f"{name}={number:<4}", style)]
        yield tuple(spans)
    yield line()


_COUNTS = {
    "ok": Style.OK,
    "changed": Style.CHANGED,
    "unreachable": Style.UNREACHABLE,
    "failed": Style.FAILED,
    "skipped": Style.SKIPPED,
    "rescued": Style.FORECAST,
    "ignored": Style.FORECAST,
}


def _host_style(tally: Tally) -> Style:
    if tally.failed or tally.unreachable:
        return Style.FAILED
    return Style.CHANGED if tally.changed else Style.OK


def _end(event: RunFinished, verbosity: int) -> Line:
    how = _ENDS.get(event.exit_code, "stopped")
    text = f"{how} in {duration(event.seconds)}"
    if verbosity:
        cost = event.cost
        sent, received = amount(cost.bytes_sent), amount(cost.bytes_received)
        text += f": {counted(cost.exchanges, 'exchange')}, {sent} sent, {received} received"
    return line(text, Style.OK if event.exit_code == 0 else Style.FAILED)


def duration(seconds: float) -> str:
    """`0.3 s`, `75.0 s`, `12 min 5 s`, `1 h 2 min`."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def amount(size: int) -> str:
    """Bytes in powers of 1000."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1e3:.1f} kB"
    return f"{size / 1e6:.1f} MB" if size < 1_000_000_000 else f"{size / 1e9:.1f} GB"
