"""Making a step ready for a host: conditions, loop, arguments, identity.

Raises PendingName where a name is not known yet; everything else that is wrong is an error at the
step's turn. What is prepared ahead is kept until the step is through, so that nothing is rendered
twice, unless variables or files of the controller may be others by then.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from deployer import modules
from deployer.engine.arguments import ArgumentMaker
from deployer.engine.identity import Identities
from deployer.engine.outcomes import failed, failed_by, skipped
from deployer.engine.prepared import Item, Prepared
from deployer.engine.program import Step
from deployer.engine.scoping import Scopes
from deployer.engine.settings import FRESH, Settings
from deployer.engine.state import HostRun
from deployer.model.diagnostic import did_you_mean
from deployer.model.errors import ArgumentError, PendingName, TemplateError, UndefinedError
from deployer.model.result import Result
from deployer.model.source import Value
from deployer.model.values import dataclass
from deployer.sdk.kinds import Module, Refused
from deployer.templating import OMIT, Scope


@dataclass(slots=True)
class Preparer:
    """Prepares steps; one for the whole run."""

    scopes: Scopes
    settings: Settings
    arguments: ArgumentMaker
    identities: Identities

    def prepare(self, host: HostRun, step: Step) -> Prepared:
        """The step made ready, out of what is kept or anew."""
        kept = host.prepared.get(step)
        if kept is None:
            kept = host.prepared[step] = self._anew(host, step)
        elif not host.ahead and self._is_outdated(kept) and not host.is_made(step):
            anew = self._anew(host, step)
            if anew.items != kept.items:
                host.forget(step)  # what was seen for it answers another question
            kept = host.prepared[step] = anew
        return kept

    def _anew(self, host: HostRun, step: Step) -> Prepared:
        self.scopes.current, host.reads = host, False
        generation, now = self.scopes.generation, (self.scopes.changes, time.monotonic())
        made = self._prepare(host, step)
        return replace(made, generation=generation, read=now if host.reads else None)

    def _is_outdated(self, kept: Prepared) -> bool:
        if kept.generation != self.scopes.generation:
            return True
        if kept.read is None:
            return False
        changes, when = kept.read
        return changes != self.scopes.changes or time.monotonic() - when > FRESH

    def _prepare(self, host: HostRun, step: Step) -> Prepared:
        scope = self.scopes.of(host, step)
        hidden = self.scopes.flag(step.keywords.no_log, scope, False)
        if step.task.loop is None:
            return Prepared((self._item(host, step, scope, Item()),), hidden=hidden)
        try:
            values = self.loop_values(step, scope)
        except UndefinedError:
            # A condition that does not need the item may say that there is nothing to loop over.
            if (stop := self._unmet(step, scope)) is None:
                raise
            return Prepared((Item(result=stop),), hidden=hidden)
        control = step.task.loop_control
        loop_var = str((control.loop_var if control else None) or "item")
        items = tuple(
            self._first_or_later(host, step, loop_var, index, values)
            for index in range(len(values))
        )
        return Prepared(items, loop=True, hidden=hidden, loop_var=loop_var)

    def _first_or_later(
        self, host: HostRun, step: Step, loop_var: str, index: int, values: list[Value]
    ) -> Item:
        """An item; late where it needs what an item before it may define."""
        own = defined_by(step) if index and step.task.include is None else frozenset()
        if own is None:
            return self._late(step, loop_var, index, values)
        before = set(host.pending)
        host.pending |= own
        try:
            return self._loop_item(host, step, loop_var, index, values)
        except PendingName as missing:
            if missing.name not in own or missing.name in before:
                raise
            return self._late(step, loop_var, index, values)
        finally:
            host.pending = before

    @staticmethod
    def _late(step: Step, loop_var: str, index: int, values: list[Value]) -> Item:
        overlay = loop_variables(step, loop_var, index, values)
        label = str(values[index])
        return Item(index=index, value=values[index], label=label, overlay=overlay, late=True)

    def ready(self, host: HostRun, step: Step, item: Item) -> Item:
        """A late item at its turn, with what those before it have defined."""
        if not item.late:
            return item
        self.scopes.current = host
        scope = self.scopes.of(host, step, item.overlay)
        made = self._item(host, step, scope, replace(item, late=False))
        return replace(made, label=self._label(step, scope, item.value))

    def loop_values(self, step: Step, scope: Scope) -> list[Value]:
        """The items of a step's loop."""
        loop = step.task.loop
        assert loop is not None
        if loop.lookup:
            return self.scopes.renderer.loop_items(loop.lookup, loop.value, scope)
        values = self.scopes.renderer.render(loop.value, scope)
        if isinstance(values, list | tuple):
            return list(values)
        shown = type(values).__name__
        fix = "a mapping needs `| dict2items`" if isinstance(values, Mapping) else "give a list"
        raise TemplateError(f"`loop` is not a list but a {shown}", loop.origin, fix)

    def _loop_item(
        self, host: HostRun, step: Step, loop_var: str, index: int, values: list[Value]
    ) -> Item:
        overlay = loop_variables(step, loop_var, index, values)
        scope = self.scopes.of(host, step, overlay)
        value = values[index]
        made = Item(index=index, value=value, overlay=overlay)
        made = self._item(host, step, scope, made)
        return replace(made, label=self._label(step, scope, value))

    def _label(self, step: Step, scope: Scope, value: Value) -> str:
        control = step.task.loop_control
        if control is None or control.label is None:
            return str(value)
        try:
            return str(self.scopes.renderer.render(control.label, scope))
        except PendingName:
            raise
        except TemplateError:
            return str(value)

    def _item(self, host: HostRun, step: Step, scope: Scope, item: Item) -> Item:
        """One item: its conditions first, so that what is skipped is never rendered."""
        stop = self._unmet(step, scope)
        if stop is not None:
            return replace(item, result=stop)
        if step.task.include is not None:
            return item
        module = find_module(step.task.module)
        if isinstance(module, Result):
            return replace(item, result=module)
        try:
            return self._ready(host, step, scope, item, module)
        except PendingName:
            raise
        except (TemplateError, ArgumentError) as error:
            return replace(item, result=failed_by(self.arguments.located(error, step)))
        except Refused as refusal:
            return replace(item, result=failed(refusal.msg, **refusal.values))

    def _ready(self, host: HostRun, step: Step, scope: Scope, item: Item, module: Module) -> Item:
        keywords, flag = step.keywords, self.scopes.flag
        check = flag(keywords.check_mode, scope, self.settings.check)
        diff = flag(keywords.diff, scope, self.settings.diff)
        delegate = self.scopes.text(keywords.delegate_to, scope)
        timeout = self.scopes.renderer.render(keywords.timeout, scope)
        return replace(
            item,
            module=module,
            args=self.arguments.make(step, scope, module, check=check, diff=diff),
            delegate="" if delegate == host.name else delegate,
            target=self.identities.target(step, scope, delegate or host.name),
            env=self._environment(step, scope),
            check=check,
            diff=diff,
            timeout=float(timeout) if timeout else None,
        )

    def _unmet(self, step: Step, scope: Scope) -> Result | None:
        """The skip that a condition asks for; conditions are evaluated up to the first unmet."""
        for condition in step.keywords.when:
            if isinstance(condition, bool):
                holds = condition
            else:
                holds = bool(self.scopes.renderer.conditional(condition, scope))
            if not holds:
                return skipped("Conditional result was False", condition)
        return None

    def _environment(self, step: Step, scope: Scope) -> tuple[tuple[str, str], ...]:
        merged: dict[str, str] = {}
        for part in step.keywords.environment:
            given = self.scopes.renderer.render(part, scope)
            for name, value in (given if isinstance(given, Mapping) else {}).items():
                if value is not None and value is not OMIT:
                    merged[str(name)] = value if isinstance(value, str) else str(value)
        return tuple(merged.items())


def defined_by(step: Step) -> frozenset[str] | None:
    """The variables that an item of a step may set for the next; None where nobody can say."""
    task = step.task
    if task.module in ("include_vars", "add_host", "group_by"):
        return None
    names = {task.register} if task.register else set()
    if task.module == "set_fact":
        if task.args_template or any("{{" in key for key in task.args):
            return None
        names |= set(task.args)
    return frozenset(names)


def loop_variables(step: Step, loop_var: str, index: int, values: list[Value]) -> dict[str, Value]:
    """The variables of one item: the item, its index, `ansible_loop` where it is asked for."""
    control = step.task.loop_control
    made: dict[str, Value] = {loop_var: values[index], "ansible_loop_var": loop_var}
    if control is None:
        return made
    if control.index_var:
        made[str(control.index_var)] = index
        made["ansible_index_var"] = str(control.index_var)
    if control.extended:
        made["ansible_loop"] = _extended(index, values, control.extended_allitems is not False)
    return made


def _extended(index: int, values: list[Value], allitems: bool) -> dict[str, Any]:
    length = len(values)
    loop: dict[str, Any] = {
        "index": index + 1,
        "index0": index,
        "first": index == 0,
        "last": index + 1 == length,
        "length": length,
        "revindex": length - index,
        "revindex0": length - index - 1,
    }
    if allitems:
        loop["allitems"] = values
    if index + 1 < length:
        loop["nextitem"] = values[index + 1]
    if index > 0:
        loop["previtem"] = values[index - 1]
    return loop


def find_module(name: str) -> Module | Result:
    """The module of a task, or the failure of a task whose module does not exist."""
    try:
        return modules.load(name)
    except KeyError:
        fix = did_you_mean(name, modules.names())
        return failed(f"there is no module `{name}`" + (f"; {fix}" if fix else ""))
