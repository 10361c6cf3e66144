"""A dry run does not make its changes, so that later steps see what they would not see.

What a later step says of a path that an earlier one would have changed is uncertain: its "no
change" becomes "maybe", as does creating or removing what is created or removed before, and its
refusal (the file is not there yet) is deferred.
"""

from __future__ import annotations

import fnmatch
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from deployer.engine.state import HostRun
from deployer.model.change import Change
from deployer.model.result import Forecast, Result, Status

_BEFORE = "which a task before it would change"


def paths_changed(changes: Iterable[Change]) -> set[str]:
    """The absolute paths that planned changes name as their subjects."""
    words = (word for change in changes for word in change.subject.split())
    return {word.rstrip("/") for word in words if word.startswith("/")}


def remember(changes: Iterable[Change], host: HostRun, *, elsewhere: bool) -> None:
    """Planned changes are not made: what later steps say of their paths is in doubt. `elsewhere`:
    they are another host's, and say nothing of what there is on this one."""
    for change in changes:
        host.would_act = True
        host.would_change |= paths_changed([change])
        if elsewhere:
            continue
        if change.verb == "create":
            host.would_create |= _path_of(change)
        elif change.verb == "remove":
            host.would_remove |= _path_of(change)


def in_doubt(
    result: Result, paths: Iterable[str], host: HostRun, *, informs: bool = False
) -> Result:
    """The result of a dry run, as far as it can be trusted behind this host's planned changes.

    `paths`: what it has looked at. `informs`: the module never changes anything, so that only its
    values are in doubt.
    """
    if result.forecast is not Forecast.NO_CHANGE or not host.would_change:
        return result
    path = next((text for text in paths if _concerns(text, host)), None)
    if path is None:
        return result
    forecast = Forecast.NO_CHANGE if informs else Forecast.MAYBE
    return _unsure(result, f"reads {path}, {_BEFORE}", forecast)


def already_planned(result: Result, changes: Iterable[Change], host: HostRun) -> Result:
    """The result of a dry run whose changes may all be made by then: what would be created is
    there, or what would be removed is gone, behind the changes before it."""
    counted = [change for change in changes if change.counts and change.certain]
    if result.forecast is not Forecast.CHANGE or not counted:
        return result
    if not all(_may_be_made(change, host) for change in counted):
        return result
    return _unsure(result, f"looks at {min(_path_of(counted[0]))}, {_BEFORE}")


def gated(result: Result, args: Any, host: HostRun) -> Result:
    """What a dry run says of a command: whether it will run is in doubt where the file of its
    `creates` or `removes` would come or go before."""
    base = getattr(args, "chdir", "")
    for name in ("creates", "removes"):
        gate = getattr(args, name, "")
        path = gate if gate.startswith("/") else f"{base}/{gate}"
        if gate and (_is_removed(path, host) or fnmatch.filter(host.would_create, path)):
            return _unsure(result, f"looks at {path}, {_BEFORE}")
    return result


def _unsure(result: Result, reason: str, forecast: Forecast = Forecast.MAYBE) -> Result:
    return replace(result, forecast=forecast, reason=reason, doubtful=True)


def before_commands_here(result: Result) -> Result:
    """What a dry run says of a step that reads files of this machine, behind a command here that
    it has not run: that may be what makes them."""
    if result.failed:
        return refused_early(result)
    if result.forecast is not Forecast.NO_CHANGE:
        return result
    reason = "reads files of this machine, which a command before it may make"
    return _unsure(result, reason)


def refused_early(refusal: Result) -> Result:
    """What a dry run says of a refusal behind changes that it has not made.

    They may be just what is missing (a network of the stack, the file that a line goes into), so
    that nobody can say yet.
    """
    reason = f"what tasks before it would change; as things are: {refusal.msg}"
    return Result(Status.OK, forecast=Forecast.DEFERRED, reason=f"needs {reason}")


def _concerns(path: str, host: HostRun) -> bool:
    """Whether a path, something below it, or what it lies in would be other than it is."""
    plain = path.rstrip("/")
    if plain in host.would_change or _is_removed(plain, host):
        return True
    return any(other.startswith(plain + "/") for other in host.would_change)


def _is_removed(path: str, host: HostRun) -> bool:
    """Whether a path, or a directory that it lies in, would have been removed."""
    gone = host.would_remove
    return path in gone or any(path.startswith(other + "/") for other in gone)


def _may_be_made(change: Change, host: HostRun) -> bool:
    if change.verb == "create":
        return bool(_path_of(change) & host.would_create)
    return change.verb == "remove" and any(_is_removed(path, host) for path in _path_of(change))


def _path_of(change: Change) -> set[str]:
    """The path that a change is about, not what a link points to."""
    words = (word.rstrip("/") for word in change.subject.split() if word.startswith("/"))
    return set(itertools.islice(words, 1))


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
