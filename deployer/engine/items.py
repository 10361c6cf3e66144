"""One attempt at one item, by the kind of its module."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from deployer.engine.asking import apply, known_of, look_at
from deployer.engine.effects import carry_out
from deployer.engine.lookahead import apply_script, prepare_script, probe_of
from deployer.engine.outcomes import forecast_of, result_of
from deployer.engine.planned import (
    already_planned,
    gated,
    in_doubt,
    paths_in,
    refused_early,
    remember,
)
from deployer.engine.prepared import Item
from deployer.engine.program import Step
from deployer.engine.requests import Steps
from deployer.engine.runtime import Runtime
from deployer.engine.state import HostRun, Judged
from deployer.model.change import Change, Outcome, failure
from deployer.model.result import Forecast, Result, Status
from deployer.model.script import Reply
from deployer.sdk.kinds import Command, Directive, Refused, Resource

#: The status of a script that ran out of time.
_ENDED = 124


def run_item(run: Runtime, host: HostRun, step: Step, item: Item) -> Steps[Result]:
    """The result of one attempt before the user's conditions have judged it."""
    module = item.module
    try:
        if isinstance(module, Directive):
            return (yield from _direct(run, host, step, item, module))
        if isinstance(module, Command):
            return _in_time(item, (yield from _command(run, host, step, item, module)))
        assert isinstance(module, Resource)
        return _in_time(item, (yield from _resource(run, host, step, item, module)))
    except Refused as refusal:
        return Result(Status.FAILED, msg=refusal.msg, values=refusal.values)


def _in_time(item: Item, result: Result) -> Result:
    """The result; a failure where the task's `timeout` ended it says so."""
    limit = item.timeout
    if limit is None or result.seconds < limit or result.values.get("rc") != _ENDED:
        return result
    values = {**result.values, "changed": False}
    return replace(result, status=Status.FAILED, msg=f"timed out after {limit:g} s", values=values)


def _direct(
    run: Runtime, host: HostRun, step: Step, item: Item, module: Directive[object]
) -> Steps[Result]:
    directed = module.run(item.args, run.situation(host))
    result = result_of(directed.outcome)
    if item.check and module.name != "pause":
        result = replace(result, forecast=Forecast.NO_CHANGE)
    for effect in directed.effects:
        result = yield from carry_out(run, host, step, item, effect, result)
    return result


def _resource(
    run: Runtime, host: HostRun, step: Step, item: Item, module: Resource[object, object]
) -> Steps[Result]:
    look = yield from look_at(run, host, step, item)
    judged = run.judge(item, look)
    if item.check:
        return _planned(host, module, item, judged)
    if judged.refused is not None:
        return judged.refused
    if look.applied is None and not judged.changes:
        host.keeping()
        return result_of(_report(module, item, judged))
    reply = look.applied
    if reply is None:
        script = apply_script(item, judged.changes)
        reply = yield from apply(run, host, step, item, script, wide=module.cluster)
    return _concluded(module, item, judged, reply)


def _planned(host: HostRun, module: Resource[object, object], item: Item, judged: Judged) -> Result:
    """What a dry run says, in the light of the changes that it has not made before."""
    if judged.refused is not None:
        return refused_early(judged.refused) if host.would_act else judged.refused
    result = forecast_of(_report(module, item, judged), judged.changes)
    result = in_doubt(result, paths_in(item.args), host, informs=module.informs)
    if not item.delegate:
        result = already_planned(result, judged.changes, host)
    remember(judged.changes, host, elsewhere=bool(item.delegate))
    return result


def _report(module: Resource[object, object], item: Item, judged: Judged) -> Outcome:
    return module.report(item.args, judged.state)


def _concluded(
    module: Resource[object, object], item: Item, judged: Judged, reply: Reply
) -> Result:
    """The result of a change that was made, or that failed."""
    changes: tuple[Change, ...] = judged.changes
    if module.conclude is not None:
        outcome = module.conclude(item.args, judged.state, reply)
    elif reply.ok:
        outcome = _report(module, item, judged)
    else:
        outcome = failure(reply, str(changes[0]) if changes else "")
    return result_of(outcome, changes, seconds=reply.seconds)


def _command(
    run: Runtime, host: HostRun, step: Step, item: Item, module: Command[object]
) -> Steps[Result]:
    applied = None
    if probe_of(item) or (item.delegate and module.probe and module.probe(item.args)):
        look = yield from look_at(run, host, step, item)
        stands = module.skip(item.args, look.reply) if module.skip else None
        if stands is not None:
            result = result_of(stands)
            if item.check:
                result = replace(result, forecast=Forecast.NO_CHANGE)
            gates = item.check and not item.delegate
            return gated(result, item.args, host) if gates else result
        applied = look.applied
    elif (known := (yield from known_of(run, host, step, item))) is not None:
        applied = known.applied
    reads = module.reads_only(item.args)
    if item.check and not reads:
        host.would_act = True
        if item.target and item.target.on_controller and not run.unchanged_by_users_word(step):
            run.scopes.left_out_here = True
        result = _not_run(module, step)
        return result if item.delegate else gated(result, item.args, host)
    reply = applied
    if reply is None:
        script = prepare_script(item, module.script(item.args))
        wide = not reads and not run.reads_by_users_word(step)
        reply = yield from apply(run, host, step, item, script, wide=wide, reads=not wide)
    result = result_of(module.conclude(item.args, reply), seconds=reply.seconds)
    if item.check:
        result = replace(result, forecast=Forecast.NO_CHANGE)
        if result.failed and host.would_act:
            reason = "asks what the changes before it would bring about"
            return Result(forecast=Forecast.DEFERRED, reason=reason)
    return result if "rc" not in result.values else _clocked(result, reply)


def _clocked(result: Result, reply: Reply) -> Result:
    """Ansible's `start` and `end` of a command, by the controller's clock."""
    end = datetime.now()
    start = end - timedelta(seconds=reply.seconds)
    return replace(result, values={**result.values, "start": str(start), "end": str(end)})


def _not_run(module: Command[object], step: Step) -> Result:
    """A dry run does not run commands; without a word from the user they count as a change."""
    reason = "command, not run in check mode"
    return Result(
        Status.CHANGED if not step.task.changed_when else Status.OK,
        forecast=Forecast.CHANGE,
        plan=(f"run {module.name}",),
        reason=reason,
        values={"skipped": True, "msg": "Command would have run if not in check mode"},
    )
