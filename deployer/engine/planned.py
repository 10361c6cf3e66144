"""A dry run does not make its changes, so that later steps see what they would not see.

What a later step says of a path that an earlier one would have changed is uncertain: its "no
change" becomes "maybe", and its refusal (the file is not there yet) is deferred.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from deployer.model.change import Change
from deployer.model.result import Forecast, Result, Status

_BEFORE = "which a task before it would change"


def paths_changed(changes: Iterable[Change]) -> set[str]:
    """The absolute paths that planned changes name as their subjects."""
    words = (word for change in changes for word in change.subject.split())
    return {word.rstrip("/") for word in words if word.startswith("/")}


def in_doubt(result: Result, args: Any, changed: set[str], *, informs: bool = False) -> Result:
    """The result of a dry run, as far as it can be trusted behind these planned changes.

    `informs`: the module never changes anything, so that only its values are in doubt.
    """
    if result.forecast is not Forecast.NO_CHANGE or not changed:
        return result
    path = next((text for text in paths_in(args) if _concerns(text, changed)), None)
    if path is None:
        return result
    forecast = Forecast.NO_CHANGE if informs else Forecast.MAYBE
    reason = f"reads {path}, {_BEFORE}"
    return replace(result, forecast=forecast, reason=reason, doubtful=True)


def before_commands_here(result: Result) -> Result:
    """What a dry run says of a step that reads files of this machine, behind a command here that
    it has not run: that may be what makes them."""
    if result.failed:
        return refused_early(result)
    if result.forecast is not Forecast.NO_CHANGE:
        return result
    reason = "reads files of this machine, which a command before it may make"
    return replace(result, forecast=Forecast.MAYBE, reason=reason, doubtful=True)


def refused_early(refusal: Result) -> Result:
    """What a dry run says of a refusal behind changes that it has not made.

    They may be just what is missing (a network of the stack, the file that a line goes into), so
    that nobody can say yet.
    """
    reason = f"what tasks before it would change; as things are: {refusal.msg}"
    return Result(Status.OK, forecast=Forecast.DEFERRED, reason=f"needs {reason}")


def _concerns(path: str, changed: set[str]) -> bool:
    """Whether a path, or something below it, is among those that would be changed."""
    plain = path.rstrip("/")
    return plain in changed or any(other.startswith(plain + "/") for other in changed)


def paths_in(value: Any) -> Iterator[str]:
    """Every absolute path among a module's arguments."""
    if isinstance(value, str):
        if value.startswith("/") and "\n" not in value:
            yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for spec in fields(value):
            yield from paths_in(getattr(value, spec.name))
    elif isinstance(value, dict):
        yield from paths_in(list(value.values()))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from paths_in(part)
