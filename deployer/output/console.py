"""The console: what happens in a run, in the words of ansible-playbook, as it happens."""

from __future__ import annotations

from dataclasses import field

from deployer.model.events import (
    Event,
    Included,
    ItemFinished,
    Notified,
    Output,
    PlayFinished,
    PlaySkipped,
    PlayStarted,
    Retrying,
    RunFinished,
    TaskFinished,
    TaskStarted,
    Warned,
)
from deployer.model.result import Result, Status
from deployer.model.values import dataclass
from deployer.output.failures import INDENT, explain
from deployer.output.lines import Line, Screen, Span, Style, clean, last_written, line
from deployer.output.results import Subject, result_lines
from deployer.output.running import Running
from deployer.output.source import diagnostic_lines, place
from deployer.output.summary import Ledger, banner, outlook, some, titled

#: Hosts that a line about the same failure names.
MANY = 20
LOST = "UNREACHABLE!"


@dataclass(slots=True)
class Current:
    """The task whose banner was shown last, and what is kept until its end."""

    task: int = 0
    included: dict[str, list[str]] = field(default_factory=dict)
    #: Failures that have been explained, their word first, and for whom the same went wrong since.
    failures: dict[tuple[str, ...], list[Subject]] = field(default_factory=dict)


class Console:
    """Tells a run on a screen. `compact` leaves out what a plan says no change of."""

    def __init__(
        self,
        screen: Screen,
        *,
        verbosity: int = 0,
        compact: bool = False,
        running: Running | None = None,
    ) -> None:
        self._screen = screen
        self._verbosity = verbosity
        self._compact = compact and not verbosity
        self._running = running or Running()
        self._ledger = Ledger()
        self._started: dict[int, TaskStarted] = {}
        self._hosts: tuple[str, ...] = ()
        self._current = Current()
        self._heard: set[tuple[int, str]] = set()
        self._early: list[Output] = []
        self._warned: set[str] = set()

    def on_event(self, event: Event) -> None:
        """Show an event."""
        self._ledger.note(event)
        self._running.note(event)
        match event:
            case PlayStarted() | PlaySkipped() | PlayFinished():
                self._play(event)
            case TaskStarted():
                self._task(event)
            case Output():
                self._output(event)
            case ItemFinished() | TaskFinished():
                self._result(event)
            case Retrying() | Notified() | Included():
                self._aside(event)
            case Warned():
                self._screen.show(*diagnostic_lines(event.diagnostic))
            case RunFinished():
                self._end(event)

    def _play(self, event: PlayStarted | PlaySkipped | PlayFinished) -> None:
        self._flush()
        if isinstance(event, PlayStarted):
            self._hosts = event.hosts
            more = f" (batch {event.batch} of {event.batches})" if event.batches > 1 else ""
            self._banner(f"PLAY [{event.name}]{more}")
        elif isinstance(event, PlaySkipped):
            self._banner(f"PLAY [{event.name}]")
            self._say(f"skipping: {event.reason}", Style.SKIPPED)

    def _task(self, event: TaskStarted) -> None:
        self._flush()
        self._started[event.task] = event
        if not self._compact:
            self._at(event.task)
        self._catch_up(event.task)

    def _at(self, task: int) -> None:
        """The task's banner, unless it is the last one shown."""
        started = self._started.get(task)
        if self._current.task == task or started is None:
            return
        self._flush()
        self._current.task = task
        kind = "RUNNING HANDLER" if started.handler else "TASK"
        self._banner(f"{kind} [{titled(started)}]")
        if self._verbosity > 1 and started.position is not None:
            self._say(f"task path: {place(started.position)}", Style.MUTED)

    def _flush(self) -> None:
        """What was kept until the end of the task: includes, and who failed in the same way."""
        current, self._current = self._current, Current()
        for what, hosts in current.included.items():
            if hosts:
                self._say(f"included: {what} for {some(hosts)}", Style.SKIPPED)
        for (word, *_), subjects in current.failures.items():
            if subjects:
                self._screen.show(the_same(subjects, word))

    def _result(self, event: TaskFinished | ItemFinished) -> None:
        result = event.result
        heard = self._end_of_output(event.task, event.host)
        if self._is_include(event):
            return
        if self._compact and self._is_dull(result):
            return
        self._at(event.task)
        for text in result.warnings:
            self._warn(f"[{event.host}] {text}", text)
        item = isinstance(event, ItemFinished)
        of_items = isinstance(event, TaskFinished) and event.loop
        told = True
        if result.failed and not of_items:
            told = self._failed(event, heard=heard)
        elif not of_items or result.status is Status.SKIPPED:
            subject = subject_of(event)
            self._screen.show(*result_lines(subject, result, self._verbosity, heard=heard))
        if result.ignored and told and not item:
            self._say("...ignoring", Style.SKIPPED)

    def _is_dull(self, result: Result) -> bool:
        """Whether a plan says nothing of it: as it shall be, and nothing else to tell."""
        news = result.failed or result.shown or set(result.warnings) - self._warned
        return outlook(result) == "unchanged" and not news

    def _is_include(self, event: TaskFinished | ItemFinished) -> bool:
        """Whether the result is that of an include, of which `included:` tells. One that failed
        has brought nothing."""
        if event.task != self._current.task or not self._current.included:
            return False
        if event.result.failed:
            for hosts in self._current.included.values():
                hosts[:] = [host for host in hosts if host != event.host]
        return not event.result.failed

    def _failed(self, event: TaskFinished | ItemFinished, *, heard: bool) -> bool:
        """A failure, explained unless it was for another host or item of this task: whether."""
        started = self._started.get(event.task)
        place = started.position if started else None
        said = explain(event.result, place, heard=heard, verbose=self._verbosity > 0)
        subject, failures = subject_of(event), self._current.failures
        key = (failure_word(event.result), *said.key)
        if key in failures:
            failures[key].append(subject)
            return False
        failures[key] = []
        self._screen.show(headline(subject, event.result, said.headline), *said.lines)
        return True

    def _output(self, event: Output) -> None:
        if event.task not in self._started:
            # Several changes went to the host at once: this is of one whose turn is yet to come.
            self._running.preview(event)
            self._early.append(event)
            return
        lines = self._running.heard(event)
        if self._verbosity:
            self._at(event.task)
            self._heard.add((event.task, event.host))
            self._show_output(event.host, event.stream, lines)

    def _catch_up(self, task: int) -> None:
        """Output that came before its task was announced."""
        mine = [event for event in self._early if event.task == task]
        if mine:
            self._early = [event for event in self._early if event.task != task]
            for event in mine:
                self._output(event)

    def _end_of_output(self, task: int, host: str) -> bool:
        """Shows what stands on lines without an end; whether output was shown as it came."""
        for stream, text in self._running.rest(task, host):
            if self._verbosity:
                self._show_output(host, stream, [text])
        heard = (task, host) in self._heard
        self._heard.discard((task, host))
        return heard

    def _show_output(self, host: str, stream: str, texts: list[str]) -> None:
        who = f"{host} | " if len(self._hosts) > 1 else "| "
        style = Style.MUTED if stream == "stdout" else Style.FAILED
        for text in texts:
            self._screen.show((Span(INDENT + clean(who)), *line(last_written(text), style)))

    def _aside(self, event: Retrying | Notified | Included) -> None:
        if isinstance(event, Included):
            self._at(event.task)
            self._current.included.setdefault(event.what, []).append(event.host)
        elif isinstance(event, Retrying):
            self._at(event.task)
            self._say(retrying(event, self._started.get(event.task)), Style.FAILED)
        elif self._verbosity:
            names = ", ".join(event.handlers)
            self._say(f"notified: [{event.host}] => {names}", Style.MUTED)

    def _warn(self, text: str, key: str) -> None:
        """A module's warning, once a run whatever the host."""
        if key not in self._warned:
            self._warned.add(key)
            self._say(f"warning: {text}", Style.WARNING)

    def _end(self, event: RunFinished) -> None:
        self._flush()
        self._screen.show(*self._ledger.lines(event, self._screen.columns, self._verbosity))
        self._screen.close()

    def _banner(self, title: str) -> None:
        self._screen.show(line(), banner(title, self._screen.columns))

    def _say(self, text: str, style: Style) -> None:
        self._screen.show(*(line(each, style) for each in text.split("\n")))


def subject_of(event: TaskFinished | ItemFinished) -> Subject:
    """Whose result an event tells."""
    if isinstance(event, ItemFinished):
        return Subject(event.host, item=event.label)
    return Subject(event.host, event.delegate)


def headline(subject: Subject, result: Result, message: str) -> Line:
    """The line of a failure; `fatal` and `FAILED!` are what scripts look for."""
    lost = result.status is Status.UNREACHABLE
    style = Style.UNREACHABLE if lost else Style.FAILED
    if subject.item is not None and not lost:
        return (Span(f"failed: {subject} {subject.shown_item} => {message}", style),)
    return (Span(f"fatal: {subject}: {failure_word(result)} => {message}", style),)


def failure_word(result: Result) -> str:
    """What a failure is called beside its host."""
    return LOST if result.status is Status.UNREACHABLE else "FAILED!"


def the_same(subjects: list[Subject], word: str) -> Line:
    """Who failed in the same way as the one above."""
    shown = " ".join(f"{each} {each.shown_item}".rstrip() for each in subjects[:MANY])
    more = f" and {len(subjects) - MANY} more" if len(subjects) > MANY else ""
    style = Style.UNREACHABLE if word == LOST else Style.FAILED
    return (Span(f"fatal: {shown}{more}: {word} => the same as above", style),)


def retrying(event: Retrying, started: TaskStarted | None) -> str:
    """Ansible's line, and when the next attempt follows."""
    name = titled(started) if started else "connection"
    text = f"FAILED - RETRYING: [{event.host}]: {name} ({event.left} retries left)."
    if event.delay:
        text += f" Next in {event.delay:g} s."
    return text + (f" {event.reason}" if event.reason else "")
