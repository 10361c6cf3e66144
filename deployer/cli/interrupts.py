"""Ctrl-C during a run: once stops after what runs on the hosts, twice at once.

SIGTERM (a CI job that is cancelled) and SIGHUP (a terminal that is closed) mean the same.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from deployer.cli.exits import Exit
from deployer.cli.terminal import Terminal
from deployer.output.running import Running

#: What asks a run to end.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Seconds after the second Ctrl-C in which the run may still say what was done.
GRACE = 0.7
_FIRST = "interrupted: waiting for what runs on the hosts (again: give it up at once)"


class CtrlC:
    """Turns signals into calls of the run's `interrupt`; outside of it Python's own rule holds."""

    def __init__(self, terminal: Terminal, running: Running) -> None:
        self._terminal = terminal
        self._running = running
        self._presses = 0
        self._interrupt: Callable[[], None] = lambda: None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> CtrlC:
        self._before = {each: signal.getsignal(each) for each in SIGNALS}
        return self

    def arm(self, interrupt: Callable[[], None]) -> None:
        """From now on, Ctrl-C calls `interrupt`. One that is ignored (nohup) stays ignored."""
        self._interrupt = interrupt
        for each, before in self._before.items():
            if before is not signal.SIG_IGN:
                signal.signal(each, self._pressed)

    def __exit__(self, *_: object) -> None:
        for each, before in self._before.items():
            signal.signal(each, before)
        if self._presses > 1:
            leave_at_once()

    def _pressed(self, _signal: int, _frame: FrameType | None) -> None:
        self._presses += 1
        if self._presses == 1:
            self._tell()
        else:
            backstop = threading.Timer(GRACE, give_up)
            backstop.daemon = True
            backstop.start()
        if self._terminal.asking:
            raise KeyboardInterrupt
        self._interrupt()

    def _tell(self) -> None:
        """A screen that is being drawn would draw over what is written beside it."""
        if self._running.drawn:
            self._running.notice = _FIRST
        else:  # the one way to write that a signal handler may go
            with contextlib.suppress(OSError):  # the terminal may be gone
                os.write(2, f"\n{_FIRST}\n".encode())


def give_up() -> None:
    """End the process while its main thread is stuck; a terminal gets its cursor back."""
    with contextlib.suppress(OSError):
        if sys.stdout.isatty():
            os.write(1, b"\x1b[?25h")
    os._exit(Exit.INTERRUPTED)


def leave_at_once() -> None:
    """End the process without waiting for threads that talk to hosts."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(Exit.INTERRUPTED)
