"""Tests of what a task registered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deployer.templating.registry import values


def _result(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError("only the result of a task can be asked this")
    return value


@values("failed")
def failed(result: Any) -> bool:
    """Whether the task failed.

    >>> failed({"failed": True}), failed({"rc": 1})
    (True, False)
    """
    return bool(_result(result).get("failed", False))


@values("success", "succeeded", "successful")
def success(result: Any) -> bool:
    """Whether the task did not fail.

    >>> success({"changed": True})
    True
    """
    return not failed(result)


@values("changed", "change")
def changed(result: Any) -> bool:
    """Whether the task, or an item of its loop, changed something.

    >>> changed({"changed": True}), changed({"results": [{"changed": True}]})
    (True, True)
    """
    given = _result(result)
    items = given.get("results")
    if "changed" not in given and isinstance(items, list):
        return any(bool(_result(item).get("changed")) for item in items)
    return bool(given.get("changed", False))


@values("skipped", "skip")
def skipped(result: Any) -> bool:
    """Whether the task was skipped.

    >>> skipped({"skipped": True}), skipped({})
    (True, False)
    """
    return bool(_result(result).get("skipped", False))


@values()
def unreachable(result: Any) -> bool:
    """Whether the host could not be reached.

    >>> unreachable({"unreachable": True})
    True
    """
    return bool(_result(result).get("unreachable", False))


@values()
def reachable(result: Any) -> bool:
    """Whether the host could be reached.

    >>> reachable({})
    True
    """
    return not unreachable(result)


@values()
def timedout(result: Any) -> bool:
    """Whether the task ran out of time.

    >>> timedout({"timedout": {"period": 5}}), timedout({})
    (True, False)
    """
    said = _result(result).get("timedout", False)
    return bool(said.get("period")) if isinstance(said, Mapping) else bool(said)


@values()
def started(result: Any) -> bool:
    """Whether a background task started.

    >>> started({"started": 1})
    True
    """
    return bool(int(_result(result).get("started", 0)))


@values()
def finished(result: Any) -> bool:
    """Whether a background task ended; what never ran in the background has.

    >>> finished({"finished": 0}), finished({"rc": 0})
    (False, True)
    """
    given = _result(result)
    return bool(int(given["finished"])) if "finished" in given else True
