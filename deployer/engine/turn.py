"""One step's turn on one host: the story of a task from its conditions to its result.

prepare -> (for each item: attempts until it is as asked) -> judge -> register, notify, tell
"""

from __future__ import annotations

import random
import time
from dataclasses import replace

from deployer.engine.items import run_item
from deployer.engine.outcomes import failed_by, of_loop, unanswered
from deployer.engine.planned import before_commands_here
from deployer.engine.prepared import Item
from deployer.engine.program import Step
from deployer.engine.requests import Sleep, Steps
from deployer.engine.runtime import Runtime
from deployer.engine.settling import register, settle
from deployer.engine.state import HostRun
from deployer.engine.verdicts import attempts_of, given_up, is_enough, judged
from deployer.model.errors import ArgumentError, DeployError, PendingName, TransportError
from deployer.model.events import ItemFinished, Retrying
from deployer.model.result import Forecast, Result, Status
from deployer.model.secret import MASK, mask


def take_turn(run: Runtime, host: HostRun, step: Step) -> Steps[Result]:
    """Run a step on a host and settle its result. Raises nothing a user's playbook can cause."""
    try:
        prepared = run.prepare(host, step)
    except PendingName as missing:
        return settle(run, host, step, deferred(host, missing))
    except DeployError as error:
        return settle(run, host, step, failed_by(run.explain(error, step)))
    if not prepared.loop:
        result = yield from _attempts(run, host, step, prepared.items[0])
        host.forget(step)
        return settle(run, host, step, result, prepared, delegate=prepared.items[0].delegate)
    rows: list[tuple[Item, Result]] = []
    for planned in prepared.items:
        if rows and (pause := run.loop_pause(host, step)):
            yield Sleep(pause)
            host.waited()
        item = _ready(run, host, step, planned)
        result = yield from _attempts(run, host, step, item)
        rows.append((item, result))
        if any(other.late for other in prepared.items[item.index + 1 :]):
            register(run, host, step, result)
        shown = run.shown(host, step, prepared, result)
        number = run.number(step)
        label = MASK if prepared.hidden else mask(item.label)
        run.emit(ItemFinished(time.time(), number, host.name, item.index, label, shown))
        if result.status is Status.UNREACHABLE:
            break
    host.forget(step)
    return settle(run, host, step, of_loop(prepared, rows), prepared)


def _ready(run: Runtime, host: HostRun, step: Step, item: Item) -> Item:
    """The item, made ready now if that had to wait for those before it."""
    try:
        return run.preparer.ready(host, step, item)
    except PendingName as missing:
        return replace(item, late=False, result=deferred(host, missing))
    except DeployError as error:
        return replace(item, late=False, result=failed_by(run.explain(error, step)))


def deferred(host: HostRun, missing: PendingName) -> Result:
    """A dry run cannot know this: it says on what it waits."""
    why = host.unsettled.get(missing.name, "")
    reason = f"needs `{missing.name}`" + (f", {why}" if why else "")
    return Result(Status.OK, forecast=Forecast.DEFERRED, reason=reason)


def _attempts(run: Runtime, host: HostRun, step: Step, item: Item) -> Steps[Result]:
    """One item, as often as `until` asks."""
    if item.result is not None:
        return _doubted(run, host, step, item.result)
    plan = attempts_of(run, host, step, item)
    attempt = 1
    while True:
        result = yield from _once(run, host, step, item)
        if plan is None or result.status is Status.UNREACHABLE:
            return result
        values = {**result.values, "attempts": attempt}
        result = replace(result, attempts=attempt, values=values)
        enough = is_enough(run, host, step, item, result)
        if isinstance(enough, Result):
            return enough
        if enough:
            return result
        if attempt > plan.retries:
            return given_up(result, plan.retries)
        delay = plan.wait(attempt, random.uniform)
        left = plan.retries - attempt + 1
        run.emit(Retrying(time.time(), run.number(step), host.name, attempt, left, delay))
        yield Sleep(delay)
        host.waited()
        host.looks.pop((step, item.index), None)
        attempt += 1


def _once(run: Runtime, host: HostRun, step: Step, item: Item) -> Steps[Result]:
    """One attempt, judged by `changed_when` and `failed_when`."""
    started = time.monotonic()
    try:
        result = yield from run_item(run, host, step, item)
    except TransportError as error:
        return unanswered(error)
    except PendingName as missing:
        return deferred(host, missing)
    except (ArgumentError, DeployError) as error:
        if error.exit_code == 130:
            raise
        result = failed_by(run.explain(error, step))
    if not result.seconds:
        result = replace(result, seconds=time.monotonic() - started)
    if result.diffs and not item.diff:
        result = replace(result, diffs=())  # a module may have one in any case
    return judged(run, host, step, item, _doubted(run, host, step, result))


def _doubted(run: Runtime, host: HostRun, step: Step, result: Result) -> Result:
    """The result of a dry run, as far as files of the controller are as they will be."""
    prepared = host.prepared.get(step)
    if run.scopes.left_out_here and prepared is not None and prepared.read is not None:
        return before_commands_here(result)
    return result
