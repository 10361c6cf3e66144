"""`deploy replay`: the console of a run that `--output jsonl` has recorded."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from deployer.cli import flags as flag
from deployer.cli.exits import Exit


def add_arguments(parser: ArgumentParser) -> None:
    """The recording, and how much of it to show."""
    parser.add_argument("file", metavar="FILE", help="the recorded events; - is standard input")
    flag.add_output(parser)


def call(flags: Namespace) -> int:
    """Show the run. Raises LoadError for a file that is no recording."""
    from deployer.cli.listeners import listener_for
    from deployer.model.diagnostic import Diagnostic
    from deployer.model.errors import LoadError
    from deployer.model.events import RunStarted
    from deployer.model.source import Position
    from deployer.output.replay import read_events
    from deployer.output.running import Running

    listener = None
    try:
        for event in read_events(_lines(flags.file)):
            if listener is None:
                dry = isinstance(event, RunStarted) and event.check
                listener = listener_for(flags, (), Running(), plan=dry)
            listener.on_event(event)
    except (ValueError, OSError) as error:
        summary = getattr(error, "strerror", None) or str(error)
        fix = "record one with `deploy run --output jsonl`"
        raise LoadError([Diagnostic(summary, Position(flags.file), fix)]) from error
    return Exit.DONE


def _lines(name: str) -> Iterator[str]:
    if name == "-":
        yield from sys.stdin
        return
    with Path(name).open(encoding="utf-8") as file:
        yield from file
