"""Screens, and the listener that cannot hurt the run."""

from __future__ import annotations

import io
import os

import pytest
from events import ONE_OF_EACH, done, end, play, task

from deployer.model.events import Event, HostStarted, Output
from deployer.model.result import Result, Status
from deployer.output.careful import Careful
from deployer.output.console import Console
from deployer.output.lines import line
from deployer.output.live import LiveScreen
from deployer.output.running import Running


class Raising:
    """A listener that always fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.calls = 0

    def on_event(self, event: Event) -> None:
        self.calls += 1
        raise self.error


def test_a_listener_that_fails_is_told_of_once_and_left_alone() -> None:
    told: list[Exception] = []
    inner = Raising(RuntimeError("bug"))
    listener = Careful(inner, told.append)
    for event in ONE_OF_EACH:
        listener.on_event(event)
    assert inner.calls == 1
    assert [str(error) for error in told] == ["bug"]


def test_a_closed_pipe_is_nobodys_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as closed:
        monkeypatch.setattr("sys.stdout", closed)
        told: list[Exception] = []
        listener = Careful(Raising(BrokenPipeError()), told.append)
        listener.on_event(ONE_OF_EACH[0])
        os.close(reading)
        print("goes nowhere", flush=True)
        assert told == []


def live(running: Running, now: float = 12.0) -> tuple[LiveScreen, io.StringIO]:
    stream = io.StringIO()
    return LiveScreen(stream, running, clock=lambda: now, force=True), stream


def test_a_terminal_gets_the_same_lines_in_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    running = Running()
    screen, stream = live(running)
    console = Console(screen, running=running)
    for event in [play("a"), task(), done("a", Result(Status.CHANGED)), end()]:
        console.on_event(event)
    assert "\x1b[33mchanged: [a]\x1b[0m" in stream.getvalue()
    assert stream.getvalue().rstrip().endswith("\x1b[?25h")  # the cursor is back


def test_the_region_shows_who_works_with_the_last_line() -> None:
    running = Running()
    running.note(HostStarted(2.0, 1, "web1"))
    running.heard(Output(2.5, 1, "web1", "stdout", "pulling layer 3\n"))
    screen, stream = live(running)
    screen.show(line("above"))
    screen.close()
    shown = stream.getvalue()
    assert "web1" in shown
    assert "10 s" in shown
    assert "pulling layer 3" in shown


def test_the_region_ends_with_the_notice_and_says_that_it_is_drawn() -> None:
    running = Running()
    running.note(HostStarted(2.0, 1, "web1"))
    running.notice = "interrupted"
    screen, stream = live(running)
    assert not running.drawn
    screen.show(line("above"))
    assert running.drawn
    screen.close()
    assert not running.drawn
    assert stream.getvalue().index("web1") < stream.getvalue().index("interrupted")


def test_a_long_line_is_not_wrapped_by_us() -> None:
    screen, stream = live(Running())
    screen.show(line("x" * 500))
    screen.close()
    assert "x" * 500 in stream.getvalue()


def test_square_brackets_and_emoji_are_text() -> None:
    screen, stream = live(Running())
    screen.show(line("[bold]:smile:[/bold]"))
    screen.close()
    assert "[bold]:smile:[/bold]" in stream.getvalue()


def test_of_many_hosts_some_are_shown_and_the_others_counted() -> None:
    running = Running()
    for number in range(50):
        running.note(HostStarted(2.0, 1, f"host-{number}"))
    screen, stream = live(running)
    screen.show(line("above"))
    screen.close()
    assert "and 42 hosts more" in stream.getvalue()


def test_a_host_that_is_done_is_gone() -> None:
    running = Running()
    running.note(HostStarted(2.0, 1, "a"))
    running.note(done("a", Result()))
    running.heard(Output(2.5, 1, "a", "stdout", "late\n"))
    assert running.now() == []


def test_a_line_without_an_end_is_not_kept_for_ever() -> None:
    running = Running()
    assert running.heard(Output(1.0, 1, "a", "stdout", "x" * 10_000)) == ["x" * 10_000]
    assert running.rest(1, "a") == []
