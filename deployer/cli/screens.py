"""Which screen output goes to: a live one on a terminal, plain lines elsewhere; colour or not."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

from deployer.output.lines import Screen
from deployer.output.plain import PlainScreen

if TYPE_CHECKING:
    from deployer.output.running import Running


def wants_color(stream: TextIO, *, no_color: bool = False) -> bool:
    """`--no-color` and NO_COLOR (no-color.org) forbid it, FORCE_COLOR asks for it anywhere, else
    a terminal that can."""
    if no_color or os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_terminal(stream)


def is_terminal(stream: TextIO) -> bool:
    """Whether somebody looks at it through a terminal that understands more than lines."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def screen_for(running: Running, *, no_color: bool = False) -> Screen:
    """The screen of a run on standard output."""
    color = wants_color(sys.stdout, no_color=no_color)
    if color and is_terminal(sys.stdout):
        from deployer.output.live import LiveScreen

        return LiveScreen(sys.stdout, running)
    return PlainScreen(sys.stdout, color=color)


def stdout_screen(*, no_color: bool = False) -> Screen:
    """Where pages go: as wide as the terminal."""
    import shutil

    columns = shutil.get_terminal_size().columns
    color = wants_color(sys.stdout, no_color=no_color)
    return PlainScreen(sys.stdout, color=color, columns=columns)


def stderr_screen(*, no_color: bool = False) -> Screen:
    """Where errors go."""
    return PlainScreen(sys.stderr, color=wants_color(sys.stderr, no_color=no_color))
