"""The arguments of a task for a host: rendered, made into what the module asks for, coerced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from deployer.engine.materials import Materials, Reading
from deployer.engine.program import Step
from deployer.engine.scoping import Scopes
from deployer.model.errors import (
    ArgumentError,
    DeployError,
    PendingName,
    TemplateError,
    UndefinedError,
)
from deployer.model.secret import Secret, reveal
from deployer.model.source import Position, SourceMap, Template, Value, origin_of
from deployer.model.values import dataclass
from deployer.sdk.arguments import (
    Argument,
    argument_named,
    arguments_of,
    coerce,
    template_defaults,
)
from deployer.sdk.coercion import to_bool
from deployer.sdk.inputs import Evaluated, Verdict
from deployer.sdk.kinds import Module
from deployer.templating import OMIT, FileOptions, Scope

#: Kinds of argument that are rendered like any template.
PLAIN = ("value", "rest")
_FILE_OPTIONS = frozenset(FileOptions.__dataclass_fields__)


@dataclass(slots=True)
class ArgumentMaker:
    """Renders and coerces. `materials` reads files of the controller."""

    scopes: Scopes
    materials: Materials

    def make(self, step: Step, scope: Scope, module: Module, *, check: bool, diff: bool) -> Any:
        """The module's dataclass. Raises ArgumentError, TemplateError (PendingName)."""
        cls = module.args
        given = self._given(step, scope, cls)
        ready = SourceMap(origin=step.task.args.origin or step.position)
        plain: dict[str, Value] = {}
        for written, value in given.items():
            argument = argument_named(cls, written)
            place = given.at(written)
            free = argument is None or argument.name != written
            key = self._key(written, place, scope) if free else written
            if place is not None:
                ready.keys_at[key] = place
            if argument is None or argument.kind in PLAIN:
                made = self.scopes.renderer.render(value, scope)
                if made is OMIT:
                    continue
                plain[key] = made
                hide = argument is not None and argument.secret and isinstance(made, str)
                ready[key] = Secret(made) if hide else made
        self._prepare_kinds(cls, given, plain, ready, scope, diff)
        args = coerce(cls, module.name, ready)
        return _with_modes(cls, args, check=check, diff=diff)

    def _key(self, written: str, place: Position | None, scope: Scope) -> str:
        """The name of what is no argument (a variable of `set_fact`): it may be a template."""
        if "{{" not in written:
            return written
        return str(self.scopes.renderer.render(Template(written, place), scope))

    def _given(self, step: Step, scope: Scope, cls: Any) -> SourceMap:
        """What the task gives, as one mapping with places."""
        task = step.task
        given = SourceMap(origin=task.args.origin or task.origin)
        if task.args_template is not None:
            defaults = self.scopes.renderer.render(task.args_template, scope)
            if not isinstance(defaults, Mapping):
                raise ArgumentError("`args` is not a mapping", "args", task.args_template.origin)
            given.update(defaults)
        if task.free_form is not None:
            name = next((arg.name for arg in arguments_of(cls) if arg.free_form), None)
            if name is None:
                fix = "give its arguments as a mapping"
                message = f"`{task.module}` takes no free text"
                raise ArgumentError(message, "", task.free_form.origin, fix)
            given[name] = task.free_form
            if task.free_form.origin is not None:
                given.keys_at[name] = task.free_form.origin
        given.update(self.scopes.store.vault.opened(task.args))
        given.keys_at.update(task.args.keys_at)
        _add_template_defaults(cls, given)
        return given

    def _prepare_kinds(
        self,
        cls: Any,
        given: SourceMap,
        plain: Mapping[str, Value],
        ready: SourceMap,
        scope: Scope,
        diff: bool,
    ) -> None:
        """Arguments that are more than a value: files, templates, expressions."""
        for key, value in given.items():
            argument = argument_named(cls, key)
            if argument is None or argument.kind in PLAIN:
                continue
            made = self._of_kind(argument, value, plain, scope, diff)
            if made is not OMIT and made is not None:
                ready[key] = made

    def _of_kind(
        self,
        argument: Argument,
        value: Value,
        plain: Mapping[str, Value],
        scope: Scope,
        diff: bool,
    ) -> Any:
        kind = argument.kind
        if kind in ("raw", "per_host"):
            return value
        if kind == "conditions":
            return tuple(self._verdicts(value, scope))
        if kind == "variable":
            return self._evaluated(value, scope)
        path = self.scopes.renderer.render(value, scope)
        if path is OMIT or path is None:
            return OMIT
        if kind == "file":
            if to_bool(plain.get("remote_src", False)):
                return str(path)
            reading = Reading(
                preview=diff,
                decrypt=to_bool(plain.get("decrypt", True)),
                follow=to_bool(plain.get("local_follow", True)),
            )
            return self.materials.file(str(path), scope, origin_of(value), reading)
        if kind == "script":
            decrypt = to_bool(plain.get("decrypt", True))
            return self.materials.script(str(path), scope, origin_of(value), decrypt=decrypt)
        if kind == "template":
            options = {name: plain[name] for name in _FILE_OPTIONS & set(plain)}
            return self.materials.template(str(path), scope, origin_of(value), options)
        return self.materials.tree(str(path), scope, origin_of(value), preview=diff)

    def _verdicts(self, value: Value, scope: Scope) -> list[Verdict]:
        conditions = value if isinstance(value, list | tuple) else [value]
        made = []
        for condition in conditions:
            if isinstance(condition, bool):
                holds = condition
            else:
                holds = bool(self.scopes.renderer.conditional(condition, scope))
            made.append(Verdict(str(condition), holds, origin_of(condition)))
        return made

    def _evaluated(self, value: Value, scope: Scope) -> Evaluated:
        name = reveal(value) if isinstance(value, str) else str(value)
        try:
            return Evaluated(name, self.scopes.renderer.evaluate(value, scope))
        except PendingName:
            raise
        except UndefinedError:
            return Evaluated(name, None, defined=False)

    @staticmethod
    def located(error: DeployError, step: Step) -> DeployError:
        """The error with a place: its own, or the task's."""
        if isinstance(error, TemplateError | ArgumentError) and error.position is None:
            error.position = step.position
        return error


def _add_template_defaults(cls: Any, given: SourceMap) -> None:
    """Defaults that are templates stand in for what the task does not give."""
    defaults = template_defaults(cls)
    if not defaults:
        return
    named = {arg.name for key in given if (arg := argument_named(cls, key)) is not None}
    given.update({name: text for name, text in defaults if name not in named})


def _with_modes(cls: Any, args: Any, *, check: bool, diff: bool) -> Any:
    """Set what only the engine knows."""
    modes = {"check_mode": check, "diff_mode": diff}
    wanted = {arg.name: modes[arg.kind] for arg in arguments_of(cls) if arg.kind in modes}
    return replace(args, **wanted) if wanted else args
