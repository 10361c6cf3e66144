"""The console: plain lines as things happen, and the recap in Ansible's format."""

from __future__ import annotations

import sys
from typing import TextIO

from deployer.model.events import Event, PlayStarted, RunFinished, TaskFinished, TaskStarted, Warned
from deployer.output.source import shown


class PlainConsole:
    """Lines without colour, for pipes and files."""

    def __init__(
        self, stream: TextIO | None = None, *, verbosity: int = 0, plan: bool = False
    ) -> None:
        self._stream = stream or sys.stdout
        self._verbosity = verbosity
        self._plan = plan

    def on_event(self, event: Event) -> None:
        match event:
            case PlayStarted():
                self._line(f"\nPLAY [{event.name}]")
            case TaskStarted():
                self._line(f"\n{'HANDLER' if event.handler else 'TASK'} [{event.name}]")
            case TaskFinished():
                result = event.result
                self._line(f"{result.status.value}: [{event.host}] {result.msg or ''}")
                for change in result.plan:
                    self._line(f"    {change}")
                if result.shown:
                    self._line(f"    {dict(result.values)}")
            case Warned():
                self._line(shown(event.diagnostic))
            case RunFinished():
                self._line("\nPLAY RECAP")
                for host, tally in event.recap.items():
                    counts = " ".join(f"{name}={getattr(tally, name)}" for name in tally.__slots__)
                    self._line(f"{host:26} : {counts}")

    def _line(self, text: str) -> None:
        self._stream.write(text + "\n")
