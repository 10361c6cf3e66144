"""Where a host goes after a step: on, to a rescue, to its handlers, or out of the play."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from deployer.engine.program import Node, Step
from deployer.engine.runtime import Runtime
from deployer.engine.state import HostRun, note_role
from deployer.model.result import Result, Status


def after(run: Runtime, host: HostRun, step: Step, result: Result, *, ran: bool = True) -> None:
    """Move the host's cursor by the result of its step; `ran`: not on another host for it."""
    _note_role(host, step, result)
    if result.failed and not result.ignored:
        # Fewer hosts are in the play, and a rescue may define names: what was prepared is old.
        run.scopes.generation += 1
    if result.status is Status.UNREACHABLE and not result.ignored:
        host.unreachable = True
        host.fatal = run.free and run.flag_of(host, step, step.keywords.any_errors_fatal)
        return
    if not _is_fall(result):
        if "flush_handlers" in host.orders and host.notified:
            host.cursor.insert(handlers(run))
        else:
            host.cursor.advance()
        _see_if_lost(host)
        return
    _note_failure(run, host, step, result)
    where = host.cursor.fail()
    if where.rescued and ran:
        run.tallies.count(host.name, rescued=1, failed=-1)
    elif not where.rescued:
        host.fatal = run.free and run.flag_of(host, step, step.keywords.any_errors_fatal)
    _see_if_lost(host)


def fail_others(
    run: Runtime, hosts: Sequence[HostRun], step: Step, results: Mapping[str, Result]
) -> None:
    """`any_errors_fatal`: where one host has failed, all go where that leads (rescue, always)."""
    bad = [host for host in hosts if host.name in results and _is_fall(results[host.name])]
    if not bad or not run.flag_of(bad[0], step, step.keywords.any_errors_fatal):
        return
    for host in hosts:
        if host.active and host not in bad:
            host.cursor.fail()
            _see_if_lost(host)


def _is_fall(result: Result) -> bool:
    return result.failed and not result.ignored


def _note_failure(run: Runtime, host: HostRun, step: Step, result: Result) -> None:
    """The variables that a rescue may read."""
    run.store.set_facts(
        host.name,
        {
            "ansible_failed_result": result.as_variable(),
            "ansible_failed_task": {
                "name": run.title(step) if step.task.name else "",
                "action": step.task.action,
            },
        },
    )


def _see_if_lost(host: HostRun) -> None:
    if host.cursor.fatal:
        host.failed = True


def flush(run: Runtime, host: HostRun) -> None:
    """At a flush: the handlers come next, those not notified are passed over."""
    if host.notified:
        host.cursor.insert(handlers(run))
    else:
        host.cursor.advance()
    _see_if_lost(host)


def handlers(run: Runtime) -> tuple[Node, ...]:
    """All handlers, once: one that a later handler notifies waits for the next flush."""
    return run.program.handlers


def pass_over(hosts: Sequence[HostRun], step: Step) -> list[HostRun]:
    """The hosts that this step is for; the others go on: a handler runs where it was called (and
    has heard that now), a role that has run does not run again."""
    takers = []
    for host in hosts:
        if step in host.notified if step.handler else not host.has_run(step):
            host.notified.discard(step)
            takers.append(host)
        else:
            host.cursor.advance()
            _see_if_lost(host)
    return takers


def _note_role(host: HostRun, step: Step, result: Result) -> None:
    """Remember that something of the step's role has run; forget it where the role has failed."""
    if _is_fall(result) and step.role is not None:
        host.roles.pop(step.role.key, None)
    elif result.status is not Status.SKIPPED:
        note_role(host.roles, step)


def mirror(run: Runtime, host: HostRun, step: Step, first: Result) -> Result:
    """What `run_once` means for the hosts that did not run: the same result, not counted."""
    if step.task.register:
        run.store.register(host.name, step.task.register, first.as_variable())
    if first.facts:
        run.store.add_facts(host.name, first.facts)
    given = first.values.get("ansible_facts")
    if isinstance(given, Mapping) and step.task.module == "set_fact":
        run.store.set_facts(host.name, given, cacheable=False)
    elif isinstance(given, Mapping) and step.task.module == "include_vars":
        run.store.include(host.name, given)
    return first


def obey(run: Runtime, host: HostRun, step: Step, hosts: Sequence[HostRun]) -> None:
    """Do what a `meta` task has asked for."""
    orders, host.orders = host.orders, []
    for order in orders:
        if order == "end_host":
            host.left = True
            host.cursor.end()
        elif order == "end_role" and step.role is not None:
            host.cursor.leave_role(step.role)
        elif order in ("end_play", "end_batch"):
            run.play_ended = run.play_ended or order == "end_play"
            for each in hosts:
                each.cursor.end()
        elif order == "clear_facts":
            run.store.clear_facts(host.name)
        elif order == "clear_host_errors":
            for each in hosts:
                each.failed = each.unreachable = False
        elif order == "reset_connection":
            run.forget(host)
