"""Which listener a run tells: the console for people, or JSON lines."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Iterable

from deployer.model.diagnostic import Diagnostic
from deployer.model.events import Listener, Warned


def listener_for(flags: Namespace, warnings: Iterable[Diagnostic], *, plan: bool) -> Listener:
    """The listener that the flags ask for; it has been told of what loading warned about."""
    listener: Listener
    if flags.output == "jsonl":
        from deployer.output.jsonlines import JsonLines

        listener = JsonLines(sys.stdout)
    else:
        from deployer.output.console import PlainConsole

        listener = PlainConsole(sys.stdout, verbosity=flags.verbose, plan=plan)
    for warning in warnings:
        listener.on_event(Warned(time.time(), warning))
    return listener
