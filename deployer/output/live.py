"""A screen for terminals: lines for good, and below them what runs right now.

The only file that imports rich; it is itself imported only where standard output is a terminal.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from deployer.output.lines import Line, clean
from deployer.output.plain import painted
from deployer.output.running import Running, Worker

#: Hosts whose work is shown at once; the others are counted.
ROWS = 8
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class LiveScreen:
    """Prints above a small region that shows who works on what, with the last line of output."""

    def __init__(
        self,
        stream: TextIO,
        running: Running,
        *,
        clock: Callable[[], float] = time.time,
        force: bool | None = None,
    ) -> None:
        self._rich = RichConsole(
            file=stream, force_terminal=force, highlight=False, markup=False, emoji=False
        )
        self._running = running
        self._region = Region(running, clock)
        self._live = Live(
            self._region,
            console=self._rich,
            refresh_per_second=8,
            transient=True,
            redirect_stdout=False,
            vertical_overflow="crop",
        )

    @property
    def columns(self) -> int:
        return self._rich.width

    def show(self, *lines: Line) -> None:
        whole = "\n".join(painted(each) for each in lines)
        if lines:
            self._live.start()
            self._running.drawn = True
            self._rich.print(Text.from_ansi(whole), soft_wrap=True)

    def close(self) -> None:
        self._running.drawn = False
        self._live.stop()


class Region:
    """What stands below the lines. Drawn by rich's thread, out of what it can only read."""

    def __init__(self, running: Running, clock: Callable[[], float]) -> None:
        self._running = running
        self._clock = clock

    def __rich_console__(self, _console: RichConsole, options: ConsoleOptions) -> RenderResult:
        workers = self._running.now()
        now = self._clock()
        rows = max(1, min(ROWS, options.max_height - 2))
        for worker in workers[:rows]:
            yield self._row(worker, now)
        if len(workers) > rows:
            yield Text(f"  … and {len(workers) - rows} hosts more", style="dim", no_wrap=True)
        if len(workers) == 1:
            for text in workers[0].last[:-1]:
                yield Text(f"    {clean(text)}", style="dim", no_wrap=True, overflow="ellipsis")
        if self._running.notice:
            yield Text(self._running.notice, style="yellow")

    def _row(self, worker: Worker, now: float) -> Text:
        frame = _FRAMES[int(now * 12.5) % len(_FRAMES)]
        seconds = max(0.0, now - worker.since)
        row = Text(f"{frame} ", style="cyan", no_wrap=True, overflow="ellipsis")
        row.append(clean(worker.host), style="bold")
        row.append(f" {seconds:.0f} s ", style="dim")
        row.append(clean(worker.last[-1]) if worker.last else "", style="dim")
        return row
