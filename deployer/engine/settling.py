"""What becomes of a result: variables, notifications, the recap, and the event."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from deployer.engine.outcomes import failed_by
from deployer.engine.prepared import Prepared
from deployer.engine.program import Step
from deployer.engine.runtime import Runtime, is_order
from deployer.engine.state import HostRun
from deployer.model.diagnostic import did_you_mean
from deployer.model.errors import DeployError, TemplateError
from deployer.model.events import Notified, TaskFinished
from deployer.model.result import Forecast, Result, Status
from deployer.model.source import Template, Value


def settle(
    run: Runtime,
    host: HostRun,
    step: Step,
    result: Result,
    prepared: Prepared | None = None,
    *,
    delegate: str = "",
    tasks: int = 1,
) -> Result:
    """Register, notify, count and tell. Gives the result as the strategy has to take it.

    `tasks` is what it counts for if it is well: an include in a loop counts once per item.
    """
    loop = prepared is not None and prepared.loop
    if is_order(step) and not result.failed:
        return result
    if result.changed and not result.failed:
        result = _notified(run, host, step, result, prepared)
    result = _ignoring(run, host, step, result)
    _remember(run, host, step, result, delegate)
    count(run, host, result, tasks)
    shown = run.shown(host, step, prepared, result)
    number = run.number(step)
    run.emit(TaskFinished(time.time(), number, host.name, shown, delegate, loop))
    return result


def _ignoring(run: Runtime, host: HostRun, step: Step, result: Result) -> Result:
    """Marks a failure that the user wants ignored."""
    keyword = {
        Status.FAILED: step.keywords.ignore_errors,
        Status.UNREACHABLE: step.keywords.ignore_unreachable,
    }.get(result.status)
    if keyword is None:
        return result
    try:
        ignored = run.scopes.flag(keyword, run.scope(host, step), default=False)
    except (DeployError, ValueError):
        ignored = False
    return replace(result, ignored=ignored)


def _remember(run: Runtime, host: HostRun, step: Step, result: Result, delegate: str) -> None:
    store = run.store
    owner = host.name
    if delegate and run.facts_delegated(host, step):
        owner = delegate
    if result.facts:
        store.add_facts(owner, result.facts)
    if result.forecast is Forecast.DEFERRED:
        host.would_act = True  # nobody can say that it would not
        _unsettle(host, step, result.reason)
    else:
        register(run, host, step, result)


def register(run: Runtime, host: HostRun, step: Step, result: Result) -> None:
    """Keep the result under the name that the task gives; a guess of a dry run is not settled."""
    name = step.task.register
    if not name:
        return
    run.store.register(host.name, name, result.as_variable())
    host.unsettled.pop(name, None)
    if result.doubtful:
        host.unsettled[name] = f"registered at {step.position}, which {result.reason}"
    elif _is_guess(result):
        host.unsettled[name] = f"registered at {step.position}, which a dry run does not run"


def _is_guess(result: Result) -> bool:
    """Whether a dry run has left out what would have given the values."""
    rows = result.values.get("results")
    if isinstance(rows, list) and result.forecast in (Forecast.CHANGE, Forecast.MAYBE):
        return any("rc" not in row and row.get("skipped") is True for row in rows)
    return bool(result.forecast is not None and result.values.get("skipped") is True)


def _unsettle(host: HostRun, step: Step, reason: str) -> None:
    """What a deferred step would have defined is not known either."""
    names = [step.task.register] if step.task.register else []
    if step.task.module == "set_fact":
        names += [key for key in step.task.args if key != "cacheable"]
    for name in names:
        host.unsettled[name] = f"set at {step.position}, which {reason}"


def _notified(
    run: Runtime, host: HostRun, step: Step, result: Result, prepared: Prepared | None
) -> Result:
    """The result, with its handlers woken; a failure where one does not exist."""
    try:
        notify(run, host, step, overlays(prepared, result))
    except DeployError as error:
        wrong = failed_by(run.explain(error, step))
        return replace(result, status=Status.FAILED, msg=wrong.msg, position=wrong.position)
    return result


def overlays(prepared: Prepared | None, result: Result) -> list[Mapping[str, Value]]:
    """The variables of the items that ran: each of them notifies once one has changed."""
    rows = result.values.get("results")
    if prepared is None or not prepared.loop or not isinstance(rows, list):
        return [{}]
    ran = zip(prepared.items, rows, strict=False)  # a lost connection ends a loop early
    return [item.overlay for item, row in ran if not row.get("skipped")]


def notify(run: Runtime, host: HostRun, step: Step, items: Sequence[Mapping[str, Value]]) -> None:
    """Wake the handlers that a change calls for. Raises TemplateError for one that is not there,
    and for a name that cannot be rendered."""
    woken = []
    for raw in step.keywords.notify:
        for overlay in items if "{{" in raw else items[:1]:
            name = run.scopes.text(raw, run.scope(host, step, overlay))
            for handler in _wanted(run, host, name, raw):
                if handler not in host.notified:
                    host.notified.add(handler)
                    woken.append(name)
    if woken:
        run.emit(Notified(time.time(), run.number(step), host.name, tuple(woken)))


def _wanted(run: Runtime, host: HostRun, name: str, raw: Template) -> list[Step]:
    found = find_handlers(run, host, name)
    if not found:
        known = {name for handler in run.program.handlers for name in handler.names}
        fix = did_you_mean(name, known)
        raise TemplateError(f"no handler `{name}` is defined", raw.origin, fix)
    return found


def find_handlers(run: Runtime, host: HostRun, name: str) -> list[Step]:
    """The handlers of a name: of several with that name one, and all that listen to it.

    The list (of a role, of the play) that was read last is asked first; in it the first counts.
    """
    lists = [list(part) for _, part in itertools.groupby(run.program.handlers, _list_of)]
    known = [handler for part in reversed(lists) for handler in part]
    named = next(
        (each for each in known if each.task.name and name in _answers(run, host, each)), None
    )
    found = [named] if named else []
    titles = set()
    for handler in known:
        if name in (str(topic) for topic in getattr(handler.task, "listen", ())):
            title = str(handler.task.name or "")
            if handler is not named and not (title and title in titles):
                found.append(handler)
            titles.add(title)
    return found


def _list_of(handler: Step) -> tuple[int, int]:
    """Handlers with the same one stand in one list."""
    return id(handler.role), id(handler.chain[-1])


def _answers(run: Runtime, host: HostRun, handler: Step) -> tuple[str, ...]:
    """The handler's own names (not its topics), rendered where they are templates."""
    own = str(handler.task.name)
    if "{{" in own:
        try:
            own = run.scopes.text(handler.task.name, run.scope(host, handler))
        except DeployError:
            return ()
    role = handler.role.name if handler.role else ""
    return (own, f"{role} : {own}") if role else (own,)


def count(run: Runtime, host: HostRun, result: Result, tasks: int = 1) -> None:
    """One task more in the host's line of the recap."""
    tally = run.tallies.count
    if result.status is Status.UNREACHABLE:
        if result.ignored:
            tally(host.name, ok=1, ignored=1)
        else:
            tally(host.name, unreachable=1)
    elif result.status is Status.FAILED:
        if result.ignored:
            tally(host.name, ok=1, ignored=1, changed=int(result.changed))
        else:
            tally(host.name, failed=1)
    elif result.status is Status.SKIPPED:
        tally(host.name, skipped=1)
    else:
        tally(host.name, ok=tasks, changed=int(result.changed))
