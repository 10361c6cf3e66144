"""Lookahead: what is asked ahead of its turn, and which changes go together.

The window behind a step holds the coming items that can be rendered now and that act as the same
user on the same host. It ends at a name that is not known yet, at a barrier, or after so many
steps. What stands in it is only ever looked at; a change voids it (see the design).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from deployer.engine.outcomes import notifies
from deployer.engine.prepared import Item
from deployer.engine.program import Flush, Step
from deployer.engine.runtime import Runtime
from deployer.engine.settings import PROBES
from deployer.engine.settling import find_handlers
from deployer.engine.state import HostRun, note_role, ran_before
from deployer.model.errors import DeployError
from deployer.model.script import NOTHING, Call, Guarded, Reply, Script, guard
from deployer.model.values import dataclass
from deployer.sdk.kinds import Cluster, Command, Directive, Refused, Resource
from deployer.transport.session import Target

#: Directives that cannot end or redirect the run, nor change what others see.
_QUIET = frozenset({"debug", "set_fact"})
#: Modules that change what plays and variables are made of, or give the world time to change.
_BARRIERS = frozenset({"meta", "add_host", "group_by", "include_vars", "pause", "reboot"})


@dataclass(frozen=True, slots=True)
class Place:
    """An item of a step, as the window meets it."""

    step: Step
    item: Item


def coming(run: Runtime, host: HostRun, step: Step, item: Item) -> Iterator[Place | Flush]:
    """The items behind this one, in order, as far as the window reaches."""
    if run.settings.lookahead <= 1:
        return
    own = host.prepared.get(step)
    for other in own.items if own else ():
        if other.late:
            return
        if other.index > item.index:
            yield Place(step, other)
    if host.cursor.at is not step:
        return
    nodes = host.cursor.coming()
    next(nodes)
    host.pending, host.ahead = set(), True
    try:
        yield from _ahead(run, host, step, nodes)
    finally:
        host.pending, host.ahead = set(), False


def _ahead(
    run: Runtime, host: HostRun, step: Step, nodes: Iterator[Step | Flush]
) -> Iterator[Place | Flush]:
    left = min(run.settings.lookahead, host.reach) - 1
    previous, wakes, roles = step, notifies(step), dict(host.roles)
    note_role(roles, step)
    for node in nodes:
        if isinstance(node, Flush):
            told = _handlers_define(run)
            if host.notified - {step} or (wakes and told is None):
                return
            host.pending |= told or set()
            yield node
            continue
        if (node.handler and node not in host.notified) or ran_before(roles, node):
            if node.handler and wakes:
                return  # a handler before it may wake it
            continue
        defined = names_defined(previous)
        if defined is None or left <= 0 or is_barrier(node):
            return
        host.pending |= defined
        left, previous, wakes = left - 1, node, wakes or notifies(node)
        try:
            prepared = run.prepare(host, node)
        except DeployError:
            return
        if not prepared.is_skipped:
            note_role(roles, node)
        early = list(itertools.takewhile(lambda item: not item.late, prepared.items))
        yield from (Place(node, item) for item in early)
        if len(early) < len(prepared.items):
            return


def is_barrier(step: Step) -> bool:
    """Whether what comes behind this step cannot be known before it has run."""
    return step.task.include is not None or step.task.module in _BARRIERS


def names_defined(step: Step) -> set[str] | None:
    """The variables that a step may set; None where nobody can say."""
    task = step.task
    if is_barrier(step):
        return None
    names = {task.register} if task.register else set()
    if task.module == "set_fact":
        if task.args_template or any("{{" in key for key in task.args):
            return None
        names |= set(task.args)
    if task.module == "setup" or task.module.endswith("_facts"):
        names.add("ansible_facts")
    return names


def _handlers_define(run: Runtime) -> set[str] | None:
    """The variables that handlers may set at a flush; None where nobody can say."""
    names: set[str] = set()
    for handler in run.program.handlers:
        defined = names_defined(handler)
        if defined is None:
            return None
        names |= defined
    return names


def probe_of(item: Item) -> Script:
    """The read-only script that describes an item's subject; NOTHING where there is none."""
    module = item.module
    if item.result is not None or item.delegate:
        return NOTHING
    if isinstance(module, Resource) or (isinstance(module, Command) and module.probe):
        assert module.probe is not None
        return prepare_script(item, module.probe(item.args))
    return NOTHING


def prepare_script(item: Item, script: Script) -> Script:
    """A module's script with the task's environment and timeout."""
    if not item.env and item.timeout is None:
        return script
    return Script(tuple(_with(call, item) for call in script.calls))


def _with(call: Call, item: Item) -> Call:
    limits = [limit for limit in (call.timeout, item.timeout) if limit is not None]
    return replace(call, env=(*item.env, *call.env), timeout=min(limits) if limits else None)


def to_probe(
    host: HostRun, places: Iterator[Place | Flush], target: Target
) -> list[tuple[Place, Script]]:
    """What of a window has to be asked now: same identity, and no snapshot that holds."""
    asked: list[tuple[Place, Script]] = []
    for place in places:
        if isinstance(place, Flush) or place.item.target != target:
            continue
        if host.known(place.step, place.item) is not None:
            continue
        try:
            script = probe_of(place.item)
        except (Refused, DeployError):
            break  # judged at its turn
        if script:
            asked.append((place, script))
        if len(asked) >= PROBES:
            break
    return asked


def chain_from(
    run: Runtime, host: HostRun, first: Place, *, across: bool
) -> list[tuple[Place, Guarded]]:
    """The run of changes that starts at `first`; `across` steps, or only in its own loop.

    Items that need no change are guarded as well: one at a time, they would be looked at after
    the changes before them.
    """
    links: list[tuple[Place, Guarded]] = []
    length = 0
    for place in _with_first(first, coming(run, host, first.step, first.item)):
        if isinstance(place, Flush):
            if any(notifies(done.step) for done, _ in links):
                break
            continue
        if place.step is not first.step and (not across or _reads_here(host, place)):
            break
        link = _link(run, host, place, first.item.target)
        if link is None:
            break
        links += [(place, part) for part in link]
        if link and link[0].apply:
            length = len(links)
            if _ends_chain(run, host, place):
                break
    return links[:length]


def _with_first(first: Place, rest: Iterator[Place | Flush]) -> Iterator[Place | Flush]:
    yield first
    yield from rest


def _reads_here(host: HostRun, place: Place) -> bool:
    """Whether the links before it may change the files of the controller that it has read."""
    target = place.item.target
    return target is not None and target.on_controller and bool(host.prepared[place.step].read)


def _ends_chain(run: Runtime, host: HostRun, place: Place) -> bool:
    """Whether the host must not go on to the next change by itself: only the controller can say if
    the step did well, when its next item may go, or whether to go on without an answer."""
    task, keywords, module = place.step.task, place.step.keywords, place.item.module
    assert isinstance(module, Resource | Command)
    hidden = module.conclude is not None and not module.status_tells
    judged = bool(task.failed_when or task.until) or any(
        not isinstance(word, bool) for word in task.changed_when
    )
    paused = task.loop_control is not None and task.loop_control.pause is not None
    calls = any("{{" in name or not find_handlers(run, host, name) for name in keywords.notify)
    return hidden or judged or paused or calls or keywords.ignore_unreachable is not None


def _link(
    run: Runtime, host: HostRun, place: Place, target: Target | None
) -> tuple[Guarded, ...] | None:
    """The link of an item: none where it has nothing to do, None where the chain must end."""
    item, module = place.item, place.item.module
    if item.result is not None:
        return () if not item.result.failed else None
    if isinstance(module, Directive):
        return () if module.name in _QUIET else None
    keywords = place.step.keywords
    if item.delegate or item.check or keywords.run_once or isinstance(module, Cluster):
        return None
    if item.target != target:
        return None  # another user's shell
    try:
        if host.known(place.step, item) is None and probe_of(item):
            return None
    except (Refused, DeployError):
        return None  # judged at its turn
    if isinstance(module, Command):
        return _command_link(host, place)
    return _resource_link(run, host, place)


def _command_link(host: HostRun, place: Place) -> tuple[Guarded, ...] | None:
    item, module = place.item, place.item.module
    assert isinstance(module, Command)
    probe, reply = probe_of(item), Reply(0)  # what asks nothing always says the same
    look = host.known(place.step, item)
    if probe and look is not None:
        reply = look.reply
        if module.skip is not None and module.skip(item.args, reply) is not None:
            return (guard(probe, reply, NOTHING),)
    try:
        script = module.script(item.args)
    except (Refused, DeployError):
        return None
    return (guard(probe, reply, prepare_script(item, script)),)


def _resource_link(run: Runtime, host: HostRun, place: Place) -> tuple[Guarded, ...] | None:
    look = host.known(place.step, place.item)
    if look is None:
        return None
    judged = run.judge(place.item, look)
    if judged.refused is not None:
        return None
    script = apply_script(place.item, judged.changes)
    return (guard(probe_of(place.item), look.reply, script),)


def apply_script(item: Item, changes: tuple[object, ...]) -> Script:
    """The scripts of all changes as one, in order."""
    whole = NOTHING
    for change in changes:
        whole = whole + change.script  # type: ignore[attr-defined]
    return prepare_script(item, whole)
