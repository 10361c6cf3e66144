"""What the user's own conditions say of a result: `changed_when`, `failed_when`, `until`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from deployer.engine.outcomes import failed_by
from deployer.engine.prepared import Item
from deployer.engine.program import Step
from deployer.engine.runtime import Runtime
from deployer.engine.state import HostRun
from deployer.language.playbook import Conditions
from deployer.model.errors import DeployError, PendingName, UndefinedError
from deployer.model.result import Forecast, Result, Status
from deployer.model.source import Value
from deployer.model.values import dataclass

RETRIES = 3
DELAY = 5.0
#: The growth of the delay under `backoff` where no factor is given.
FACTOR = 2.0


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often and how far apart, in seconds. `factor` 1 is Ansible's constant delay."""

    retries: int
    delay: float
    factor: float = 1.0
    longest: float | None = None
    jitter: float = 0.0

    def wait(self, attempt: int, uniform: Callable[[float, float], float]) -> float:
        """Seconds before the attempt after this one (they count from 1)."""
        grown = self.delay * self.factor ** (attempt - 1)
        if self.longest is not None:
            grown = min(grown, self.longest)
        return grown + (uniform(0, self.jitter) if self.jitter else 0.0)


def attempts_of(run: Runtime, host: HostRun, step: Step, item: Item) -> Attempts | None:
    """The retries that a task asks for; None where it has neither `until` nor `retries`."""
    task = step.task
    if not task.until and task.retries is None:
        return None
    ask = run.asker(host, step, item.overlay)
    retries = ask(task.retries, int, RETRIES)
    delay = ask(task.delay, float, DELAY)
    if task.backoff is None:
        return Attempts(retries, delay)
    factor = ask(task.backoff.factor, float, FACTOR)
    longest = ask(task.backoff.max_delay, float, None)
    return Attempts(retries, delay, factor, longest, ask(task.backoff.jitter, float, 0.0))


def is_enough(run: Runtime, host: HostRun, step: Step, item: Item, result: Result) -> bool | Result:
    """Whether `until` holds (without one: whether it has not failed), or why nobody can say."""
    if result.forecast is not None and result.values.get("skipped") is True:
        return True  # a dry run has not run what the condition asks about
    if not step.task.until:
        return not result.failed
    try:
        return _all_hold(run, host, step, item, result, step.task.until)
    except PendingName:
        return True
    except DeployError as error:
        return failed_by(run.explain(error, step))


def given_up(result: Result, retries: int) -> Result:
    """The result where `until` never held: failed, unless `failed_when` has said that it is not;
    what is registered has failed all the same."""
    values = {**result.values, "attempts": retries, "changed": result.changed, "failed": True}
    pardoned = result.values.get("failed_when_result") is False
    return replace(result, status=result.status if pardoned else Status.FAILED, values=values)


def judged(run: Runtime, host: HostRun, step: Step, item: Item, result: Result) -> Result:
    """The result after the user's say. A skipped or deferred one stands as it is."""
    task = step.task
    if result.status in (Status.SKIPPED, Status.UNREACHABLE):
        return result
    if result.forecast is Forecast.DEFERRED or not (task.changed_when or task.failed_when):
        return result
    if item.check and result.forecast is not None and not result.values.get("rc_known", False):
        return _judged_in_plan(step, result)
    try:
        if task.changed_when:
            changed = _all_hold(run, host, step, item, result, task.changed_when)
            result = _with_changed(result, changed)
        if task.failed_when:
            bad = _all_hold(run, host, step, item, result, task.failed_when)
            result = _with_failed(result, bad)
    except DeployError as error:
        return failed_by(run.explain(error, step))
    return result


def _judged_in_plan(step: Step, result: Result) -> Result:
    """In a dry run nothing has run that an expression could judge; literals still count."""
    conditions = step.task.changed_when
    if not conditions:
        return result
    if all(word is False or str(word).lower() in ("false", "no") for word in conditions):
        status = Status.OK if result.status is Status.CHANGED else result.status
        return replace(result, status=status, forecast=Forecast.NO_CHANGE)
    if all(word is True or str(word).lower() in ("true", "yes") for word in conditions):
        return result
    return replace(result, forecast=Forecast.MAYBE)


def _with_changed(result: Result, changed: bool) -> Result:
    values = {**result.values, "changed": changed}
    if result.status in (Status.OK, Status.CHANGED):
        status = Status.CHANGED if changed else Status.OK
        forecast = result.forecast and (Forecast.CHANGE if changed else Forecast.NO_CHANGE)
        return replace(result, status=status, values=values, forecast=forecast)
    return replace(result, values=values)


def _with_failed(result: Result, bad: bool) -> Result:
    values = {**result.values, "failed_when_result": bad}
    if bad:
        values.setdefault("changed", result.changed)
        return replace(result, status=Status.FAILED, values=values)
    if result.status is Status.FAILED:
        status = Status.CHANGED if result.values.get("changed") else Status.OK
        return replace(result, status=status, values=values)
    return replace(result, values=values)


def _all_hold(
    run: Runtime,
    host: HostRun,
    step: Step,
    item: Item,
    result: Result,
    conditions: Conditions,
) -> bool:
    overlay: Mapping[str, Value] = item.overlay
    if step.task.register:
        overlay = {**overlay, step.task.register: result.as_variable()}
    scope = run.scope(host, step, overlay)
    return all(run.holds(condition, scope) for condition in conditions)


__all__ = ["Attempts", "UndefinedError", "attempts_of", "given_up", "is_enough", "judged"]
