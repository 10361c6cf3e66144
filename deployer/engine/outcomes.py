"""From what a module says to the result of a task: `changed_when`, `failed_when`, loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from deployer.engine.prepared import Item, Prepared
from deployer.engine.program import Step
from deployer.model.change import Change, Outcome
from deployer.model.errors import (
    BecomeError,
    DeployError,
    LoadError,
    TemplateError,
    TooMuchOutput,
)
from deployer.model.result import Forecast, Result, Status


def result_of(outcome: Outcome, changes: Sequence[Change] = (), *, seconds: float = 0.0) -> Result:
    """The result of an outcome; the changes made count unless the outcome says otherwise."""
    counted = any(change.counts for change in changes)
    changed = counted if outcome.changed is None else outcome.changed
    status = Status.CHANGED if changed else Status.OK
    if outcome.skipped:
        status = Status.SKIPPED
    if outcome.failed:
        status = Status.FAILED
    values = dict(outcome.values)
    if outcome.failed and changed:
        values.setdefault("changed", True)
    return Result(
        status=status,
        msg=outcome.msg,
        values=values,
        facts=dict(outcome.facts),
        diffs=tuple(change.diff for change in changes if change.diff),
        plan=tuple(str(change) for change in changes),
        warnings=outcome.warnings,
        seconds=seconds,
    )


def forecast_of(outcome: Outcome, changes: Sequence[Change]) -> Result:
    """What a dry run says: the changes are not made, and the result tells what they would be."""
    result = result_of(outcome, changes)
    if outcome.failed:
        return result
    counted = [change for change in changes if change.counts]
    sure = any(change.certain for change in counted)
    forecast = Forecast.CHANGE if sure else Forecast.MAYBE if counted else Forecast.NO_CHANGE
    return replace(result, forecast=forecast)


def failed(msg: str, **values: object) -> Result:
    """A failure that no host has made: wrong arguments, an undefined name."""
    return Result(Status.FAILED, msg=msg, values=values)


def failed_by(error: DeployError) -> Result:
    """The failure that an error stands for, with its place and its fix."""
    if isinstance(error, LoadError) and error.diagnostics:
        first, *more = error.diagnostics
        others = "".join(f"; {other}" for other in more)
        error = TemplateError(first.summary + others, first.position, first.help)
    place = getattr(error, "position", None)
    fix = getattr(error, "help", "")
    text = getattr(error, "message", "") or str(error)
    return Result(
        Status.FAILED,
        msg=text + (f" ({fix})" if fix else ""),
        position=place,
    )


def unanswered(error: BaseException) -> Result:
    """The result where no answer came. A host on which only becoming another user went wrong was
    reached: there the task has failed, as in Ansible."""
    reached = isinstance(error, BecomeError | TooMuchOutput)
    return Result(Status.FAILED if reached else Status.UNREACHABLE, msg=str(error))


def skipped(reason: str, condition: object = None) -> Result:
    values = {} if condition is None else {"false_condition": condition}
    return Result(Status.SKIPPED, reason=reason, values=values)


def notifies(step: Step) -> bool:
    return bool(step.keywords.notify)


def of_loop(prepared: Prepared, items: Sequence[tuple[Item, Result]]) -> Result:
    """The result of a loop: all items in `results`, and what they come to together."""
    rows = [_row(prepared, item, result) for item, result in items]
    results = [result for _, result in items]
    every_skipped = all(result.status is Status.SKIPPED for result in results)
    status = Status.OK
    if any(result.changed for result in results):
        status = Status.CHANGED
    if every_skipped:
        status = Status.SKIPPED
    bad = [result for result in results if result.failed and not result.ignored]
    if any(result.failed for result in results):
        status = Status.FAILED
    if any(result.status is Status.UNREACHABLE for result in bad):
        status = Status.UNREACHABLE
    msg = "One or more items failed" if status is Status.FAILED else "All items completed"
    if every_skipped:
        msg = "All items skipped" if results else "No items in the list"
    values: dict[str, object] = {"results": rows}
    doubts = [result for result in results if result.doubtful]
    if status is Status.FAILED and any(result.changed for result in results):
        values["changed"] = True
    return Result(
        status=status,
        msg=msg,
        values=values,
        reason="All items skipped" if every_skipped else next((r.reason for r in doubts), ""),
        forecast=_worst([result.forecast for result in results]),
        doubtful=bool(doubts),
        seconds=sum(result.seconds for result in results),
    )


def _row(prepared: Prepared, item: Item, result: Result) -> dict[str, object]:
    row: dict[str, object] = result.as_variable()
    row["ansible_loop_var"] = prepared.loop_var
    row[prepared.loop_var] = item.value
    row["item"] = item.value
    return row


_ORDER = (Forecast.CHANGE, Forecast.DEFERRED, Forecast.MAYBE, Forecast.NO_CHANGE)


def _worst(forecasts: Sequence[Forecast | None]) -> Forecast | None:
    return next((kind for kind in _ORDER if kind in forecasts), None)
