"""One task for what several hosts make up together: look at all, plan once, change in rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from deployer.engine.lookahead import prepare_script
from deployer.engine.outcomes import failed, failed_by, forecast_of, result_of, unanswered
from deployer.engine.prepared import Item
from deployer.engine.program import Step
from deployer.engine.requests import Exchange, Steps, Together
from deployer.engine.runtime import Runtime
from deployer.engine.settling import settle
from deployer.engine.state import HostRun
from deployer.model.change import Change, failure
from deployer.model.errors import DeployError, PendingName
from deployer.model.result import Forecast, Result
from deployer.model.script import NOTHING, Batch, Replies, Reply, Script
from deployer.model.values import dataclass
from deployer.sdk.arguments import arguments_of
from deployer.sdk.kinds import Cluster, ClusterChange, Refused
from deployer.templating import OMIT
from deployer.transport.session import Target


@dataclass(slots=True)
class Joint:
    """One run of a cluster task: its members, how to reach them, what was seen and done.

    `lost` are members that nobody could look at; they have no state, and nothing is done there.
    """

    run: Runtime
    step: Step
    item: Item
    module: Cluster[Any, Any]
    members: tuple[str, ...]
    targets: dict[str, Target]
    lost: dict[str, Result]
    states: dict[str, Any] = field(default_factory=dict)
    made: dict[str, list[Change]] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)


def run_cluster(run: Runtime, hosts: Sequence[HostRun], step: Step) -> Steps[dict[str, Result]]:
    """The results of all hosts of the group. What fails on one member fails the task there; the
    rest of the plan is not made, and the other members say why. A member that cannot be reached is
    left out: whether the others can do without it is for the module to say."""
    first = hosts[0]
    try:
        item = run.prepare(first, step).items[0]
    except PendingName as missing:
        reason = f"needs `{missing.name}`"
        return _settled(run, hosts, step, Result(forecast=Forecast.DEFERRED, reason=reason))
    except DeployError as error:
        return _settled(run, hosts, step, failed_by(run.explain(error, step)))
    if item.result is not None:
        return _settled(run, hosts, step, item.result)
    lost: dict[str, Result] = {}
    try:
        joint = _joint(run, hosts, step, item, lost)
        yield from _converge(joint)
    except Refused as refusal:
        refused = {host.name: failed(refusal.msg, **refusal.values) for host in hosts}
        return _settle_each(run, hosts, step, {**refused, **lost})
    except (DeployError, ValueError) as error:
        if getattr(error, "exit_code", 0) == 130:
            raise
        wrong = failed_by(error) if isinstance(error, DeployError) else failed(str(error))
        return _settled(run, hosts, step, wrong)
    return _settle_each(run, hosts, step, {**joint.results, **lost})


def _joint(
    run: Runtime, hosts: Sequence[HostRun], step: Step, item: Item, lost: dict[str, Result]
) -> Joint:
    module = item.module
    assert isinstance(module, Cluster)
    situation = run.situation(hosts[0])
    members = tuple(module.members(item.args, situation))
    unknown = [name for name in members if run.store.inventory.host(name) is None]
    if unknown:
        raise Refused(f"{', '.join(unknown)}: not in the inventory")
    args = _per_host(run, step, item, module, members)
    identities = run.preparer.identities
    targets = {}
    for name in members:
        scope = run.scopes.plain_step(name, step)
        targets[name] = identities.target(step, scope, name)
    return Joint(run, step, replace(item, args=args), module, members, targets, lost)


def _per_host(
    run: Runtime, step: Step, item: Item, module: Cluster[Any, Any], members: Sequence[str]
) -> Any:
    """Arguments that each member sees in its own way, as a mapping of members to values."""
    ready: dict[str, dict[str, Any]] = {}
    for argument in arguments_of(module.args):
        if argument.kind != "per_host":
            continue
        raw = getattr(item.args, argument.name)
        values = {}
        for name in members:
            scope = run.scopes.plain_step(name, step)
            made = run.scopes.renderer.render(raw, scope)
            values[name] = None if made is OMIT else made
        ready[argument.name] = values
    return replace(item.args, **ready) if ready else item.args


def _converge(joint: Joint) -> Steps[None]:
    """Look, plan, change round by round, and look once more."""
    if not (yield from _look(joint)):
        return
    plan = list(joint.module.plan(joint.item.args, joint.states))
    if joint.item.check:
        for name in joint.states:
            outcome = joint.module.report(joint.item.args, name, joint.states)
            changes = [part.change for part in plan if part.host == name]
            joint.results[name] = forecast_of(outcome, changes)
        return
    if plan and not (yield from _make(joint, plan)):
        return
    if plan and not (yield from _look(joint)):
        return
    for name in joint.states:
        outcome = joint.module.report(joint.item.args, name, joint.states)
        joint.results[name] = result_of(outcome, joint.made.get(name, []))
    left = joint.module.plan(joint.item.args, joint.states) if plan else ()
    for part in left:
        msg = f"still not as described after the change: {part.change}"
        joint.results[part.host] = failed(msg)


def _look(joint: Joint) -> Steps[bool]:
    """Probe all members at once; false where one cannot be read, or none be reached."""
    scripts = {
        name: prepare_script(joint.item, joint.module.probe(joint.item.args, name))
        for name in joint.members
        if name not in joint.lost
    }
    joint.states.clear()
    answers = yield from _exchange(joint, {name: (NOTHING, s) for name, s in scripts.items()})
    for name, answer in answers.items():
        if isinstance(answer, BaseException):
            joint.lost[name] = unanswered(answer)
            continue
        try:
            joint.states[name] = joint.module.parse(joint.item.args, name, answer.probes[0])
        except (Refused, DeployError) as error:
            joint.results[name] = failed(str(error))
    _blame_others(joint, "not looked at any further")
    return bool(joint.states) and not joint.results


def _make(joint: Joint, plan: Sequence[ClusterChange]) -> Steps[bool]:
    """Make the changes, one round after the other; false where one fails."""
    replies: dict[str, Reply] = {}
    for number in sorted({part.round for part in plan}):
        mine: dict[str, list[ClusterChange]] = {}
        for part in plan:
            if part.round == number:
                mine.setdefault(part.host, []).append(part)
        scripts = {name: (_script(joint, parts, replies), NOTHING) for name, parts in mine.items()}
        answers = yield from _exchange(joint, scripts)
        for name, answer in answers.items():
            if isinstance(answer, BaseException):
                joint.results[name] = unanswered(answer)
                continue
            assert answer.apply is not None
            _note(joint, name, mine[name], answer.apply, replies)
        if joint.results:
            _blame_others(joint, "stopped because another host failed")
            return False
    return True


def _script(joint: Joint, parts: Sequence[ClusterChange], replies: Mapping[str, Reply]) -> Script:
    whole = NOTHING
    for part in parts:
        whole = whole + part.script(replies)
    return prepare_script(joint.item, whole)


def _note(
    joint: Joint,
    name: str,
    parts: Sequence[ClusterChange],
    reply: Reply,
    replies: dict[str, Reply],
) -> None:
    """Keep what a round has done on a host. Of several changes the last gives the reply's name."""
    if reply.ok:
        joint.made.setdefault(name, []).extend(part.change for part in parts)
        replies.update({part.name: reply for part in parts if part.name})
    else:
        outcome = failure(reply, str(parts[-1].change))
        joint.results[name] = result_of(outcome, joint.made.get(name, []))


def _exchange(
    joint: Joint, scripts: Mapping[str, tuple[Script, Script]]
) -> Steps[dict[str, Replies | BaseException]]:
    """(apply, probe) to each host, all at once."""
    task = joint.run.number(joint.step)
    exchanges = []
    for name, (change, probe) in scripts.items():
        batch = Batch(apply=change or None, probes=(probe,) if probe else ())
        exchanges.append(Exchange(name, joint.targets[name], batch, step=task))
    try:
        answers = yield Together(tuple(exchanges))
    finally:
        joint.run.scopes.changes += any(exchange.changes for exchange in exchanges)
    return dict(zip(scripts, answers, strict=True))


def _blame_others(joint: Joint, why: str) -> None:
    if not joint.results:
        return
    bad = ", ".join(joint.results)
    for name in joint.members:
        if name not in joint.results and name not in joint.lost:
            joint.results[name] = failed(f"{why} ({bad})")


def _settled(
    run: Runtime, hosts: Sequence[HostRun], step: Step, result: Result
) -> dict[str, Result]:
    return _settle_each(run, hosts, step, {host.name: result for host in hosts})


def _settle_each(
    run: Runtime, hosts: Sequence[HostRun], step: Step, results: Mapping[str, Result]
) -> dict[str, Result]:
    """Every host of the group gets its result; a host that is no member has nothing to do."""
    settled = {}
    for host in hosts:
        prepared = host.prepared.get(step)
        result = results.get(host.name, Result())
        settled[host.name] = settle(run, host, step, result, prepared)
        host.forget(step)
    return settled
