"""One event of every type, and a short way to tell a console of a run."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from deployer.model.change import Diff
from deployer.model.diagnostic import Diagnostic, Severity
from deployer.model.events import (
    Cost,
    Event,
    HostStarted,
    Included,
    ItemFinished,
    Notified,
    Output,
    PlayFinished,
    PlaySkipped,
    PlayStarted,
    Retrying,
    RunFinished,
    RunStarted,
    Tally,
    TaskFinished,
    TaskStarted,
    Warned,
)
from deployer.model.result import Forecast, Result, Status
from deployer.model.source import Position
from deployer.output.console import Console
from deployer.output.plain import PlainScreen

HERE = Position("site.yml", 3, 5)
RICH = Result(
    Status.FAILED,
    msg="no",
    values={"rc": 1, "list": [1, {"a": None}], "f": 0.5},
    diffs=(Diff("a\n", "b\n", "x", "y"),),
    plan=("create x: absent",),
    forecast=Forecast.MAYBE,
    reason="needs `r`",
    position=HERE,
    warnings=("careful",),
    ignored=True,
    shown=True,
    attempts=2,
    seconds=1.5,
)
ONE_OF_EACH: tuple[Event, ...] = (
    RunStarted(1.0, ("site.yml",), 3, check=True),
    PlayStarted(1.5, "Web", HERE, ("a", "b"), 2, 3),
    PlaySkipped(1.5, "None", "no hosts matched", None),
    TaskStarted(2.0, 1, "Install", "command", HERE, handler=True, role="web"),
    HostStarted(2.0, 1, "a"),
    Output(2.1, 1, "a", "stdout", "one\ntwo"),
    ItemFinished(2.2, 1, "a", 0, "x", Result(Status.CHANGED)),
    Retrying(2.3, 1, "a", 1, 2, 0.5, "refused"),
    TaskFinished(2.4, 1, "a", RICH, "b", loop=True),
    Notified(2.5, 1, "a", ("Restart",)),
    Included(2.5, 1, "a", "more.yml"),
    Warned(2.6, Diagnostic("hm", HERE, "do this", Severity.WARNING)),
    PlayFinished(2.7, "Web"),
    RunFinished(3.0, 2, 2.0, {"a": Tally(ok=1, failed=1)}, Cost(3, 4, 5), interrupted=True),
)


def told(events: Iterable[Event], **options: Any) -> str:
    """What a console says of these events."""
    stream = io.StringIO()
    console = Console(PlainScreen(stream), **options)
    for event in events:
        console.on_event(event)
    return stream.getvalue()


def task(number: int = 1, name: str = "Install", **more: Any) -> TaskStarted:
    return TaskStarted(10.0, number, name, "command", HERE, **more)


def done(host: str, result: Result, number: int = 1, at: float = 11.0, **more: Any) -> TaskFinished:
    return TaskFinished(at, number, host, result, **more)


def failed(msg: str = "non-zero return code", **values: Any) -> Result:
    return Result(Status.FAILED, msg=msg, values=values)


def play(*hosts: str) -> PlayStarted:
    return PlayStarted(9.0, "Web", HERE, hosts)


def end(code: int = 0, **more: Any) -> RunFinished:
    return RunFinished(20.0, code, 12.34, **more)
