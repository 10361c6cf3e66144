"""Which listener a run tells: the console for people, or JSON lines."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Iterable

from deployer.cli.faults import told_trouble
from deployer.cli.screens import screen_for
from deployer.model.diagnostic import Diagnostic
from deployer.model.events import Listener, Warned
from deployer.output.careful import Careful
from deployer.output.running import Running


def listener_for(
    flags: Namespace, warnings: Iterable[Diagnostic], running: Running, *, plan: bool
) -> Careful:
    """The listener that the flags ask for; it has been told of what loading warned about.

    `running` is what a live screen draws. `plan` leaves out what does not change, unless -v.
    """
    listener = Careful(_listener(flags, running, plan=plan), told_trouble)
    for warning in warnings:
        listener.on_event(Warned(time.time(), warning))
    return listener


def _listener(flags: Namespace, running: Running, *, plan: bool) -> Listener:
    if flags.output == "jsonl":
        from deployer.output.jsonlines import JsonLines

        return JsonLines(sys.stdout)
    from deployer.output.console import Console

    screen = screen_for(running, no_color=flags.no_color)
    return Console(screen, verbosity=flags.verbose, compact=plan, running=running)
