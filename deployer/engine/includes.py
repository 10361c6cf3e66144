"""`include_tasks` and `include_role`: what they bring is compiled when they are reached."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import field, replace

from deployer.engine.compile import Compiler
from deployer.engine.outcomes import failed_by, of_loop
from deployer.engine.prepared import Item
from deployer.engine.program import Node, RoleFrame, Section, Step
from deployer.engine.runtime import Runtime
from deployer.engine.settling import settle
from deployer.engine.state import HostRun
from deployer.language.playbook import Include, Role, RoleUse, Scope
from deployer.language.playbook import Step as Written
from deployer.model.errors import DeployError, PendingName, UndefinedError
from deployer.model.events import Included
from deployer.model.result import Forecast, Result, Status
from deployer.model.source import Value
from deployer.model.values import dataclass

#: Includes inside one another; what goes deeper does not end (a file that includes itself).
DEEPEST = 1000
#: Loads the steps of a task file for a task: (path as rendered, the step) -> steps.
LoadTasks = Callable[[str, Step], tuple[Written, ...]]
#: Loads a role: (name, entry points, the step) -> role.
LoadRole = Callable[[str, Include, dict[str, str], Step], Role]


@dataclass(slots=True)
class Includer:
    """Compiles includes, each once for all hosts that include the same thing."""

    load_tasks: LoadTasks
    load_role: LoadRole
    compiler: Compiler
    _made: dict[tuple[object, ...], tuple[Node, ...]] = field(default_factory=dict)
    _depths: dict[Step, int] = field(default_factory=dict)

    def include(self, run: Runtime, host: HostRun, step: Step) -> tuple[Result, tuple[Node, ...]]:
        """The settled result of the include on a host, and the nodes to run there next."""
        try:
            prepared = run.prepare(host, step)
            rows: list[tuple[Item, Result]] = []
            nodes: list[Node] = []
            for item in prepared.items:
                brought = self._bring(run, host, step, item)
                rows.append((item, item.result or Result()))
                nodes += brought
        except PendingName as missing:
            result = Result(forecast=Forecast.DEFERRED, reason=f"needs `{missing.name}`")
            return settle(run, host, step, result), ()
        except (UndefinedError, DeployError) as error:
            return settle(run, host, step, failed_by(run.explain(error, step))), ()
        host.forget(step)
        result = of_loop(prepared, rows) if prepared.loop else rows[0][1]
        if result.status is not Status.SKIPPED and run.settings.check:
            result = replace(result, forecast=Forecast.NO_CHANGE)
        done = sum(row.status is not Status.SKIPPED for _, row in rows)
        return settle(run, host, step, result, prepared, tasks=max(1, done)), tuple(nodes)

    def _bring(self, run: Runtime, host: HostRun, step: Step, item: Item) -> tuple[Node, ...]:
        if item.result is not None:
            return ()
        include = step.task.include
        assert include is not None
        scope = run.scope(host, step, item.overlay)
        what = run.scopes.text(include.file or include.role, scope)
        run.emit(Included(time.time(), run.number(step), host.name, what))
        names = ("tasks_from", "vars_from", "defaults_from", "handlers_from")
        entry = {
            name: run.scopes.text(value, scope)
            for name in names
            if (value := getattr(include, name)) is not None
        }
        params = self._params(step, item)
        key = (step, what, tuple(entry.items()), repr(sorted(params.items(), key=str)))
        if key not in self._made:
            depth = self._depth_below(step, what)
            if include.file is not None:
                self._made[key] = self._tasks(step, include, what, params)
            else:
                self._made[key] = self._role(run, step, include, what, entry, params)
            self._depths.update(dict.fromkeys(_includes(self._made[key]), depth))
        return self._made[key]

    def _depth_below(self, step: Step, what: str) -> int:
        depth = self._depths.get(step, 0) + 1
        if depth > DEEPEST:
            text = f"{DEEPEST} includes inside one another: does `{what}` include itself?"
            raise DeployError(text)
        return depth

    @staticmethod
    def _params(step: Step, item: Item) -> dict[str, Value]:
        """What the included tasks see beside their own: the include's vars, the loop's item."""
        return {**item.overlay, **step.task.vars}

    def _compiler(self, step: Step, params: dict[str, Value]) -> Compiler:
        layers = (*((params,) if params else ()), *step.variables.include_params)
        return replace(self.compiler, include_params=layers)

    def _tasks(
        self, step: Step, include: Include, what: str, params: dict[str, Value]
    ) -> tuple[Node, ...]:
        written = self.load_tasks(what, step)
        chain = self._chain(step, include)
        return tuple(self._compiler(step, params).steps(written, chain, step.role))

    def _role(
        self,
        run: Runtime,
        step: Step,
        include: Include,
        what: str,
        entry: dict[str, str],
        params: dict[str, Value],
    ) -> tuple[Node, ...]:
        role = self.load_role(what, include, entry, step)
        compiler = self._compiler(step, params)
        compiler.handlers, compiler.frames = [], []
        again = include.allow_duplicates is not False
        use = RoleUse(origin=step.position, role=role, allow_duplicates=again)
        chain, given = self._chain(step, include), step.task.vars
        nodes = tuple(compiler.role(use, chain, step.role, brought=given))
        known = {handler.task for handler in run.program.handlers}
        fresh = tuple(each for each in compiler.handlers if each.task not in known)
        run.program = replace(
            run.program,
            handlers=(*run.program.handlers, *fresh),
            roles=(*run.program.roles, *compiler.frames),
        )
        if include.public is True:
            self._publish(run, compiler.frames)
        return nodes

    @staticmethod
    def _publish(run: Runtime, frames: list[RoleFrame]) -> None:
        """`public`: the role's variables are seen by the rest of the play."""
        play = run.scopes.play
        defaults = tuple(frame.role.defaults for frame in reversed(frames))
        strong = tuple(frame.role.vars for frame in reversed(frames))
        run.scopes.use(
            replace(
                play,
                role_defaults=(*defaults, *play.role_defaults),
                role_vars=(*strong, *play.role_vars),
            )
        )

    @staticmethod
    def _chain(step: Step, include: Include) -> tuple[Scope, ...]:
        """What the included tasks inherit: from all that is around the include, and from `apply`;
        not the keywords of the include itself."""
        return (*step.chain, *([include.apply] if include.apply else []))


def _includes(nodes: tuple[Node, ...]) -> Iterator[Step]:
    for node in nodes:
        if isinstance(node, Step) and node.task.include is not None:
            yield node
        elif isinstance(node, Section):
            yield from _includes((*node.block, *node.rescue, *node.always))
