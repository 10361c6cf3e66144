"""A run: plays one after the other, each in its batches, with the rules about failures."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import field, replace
from pathlib import Path

from deployer.engine.compile import Compiler
from deployer.engine.conductor import Conductor
from deployer.engine.cursor import Cursor
from deployer.engine.includes import Includer, LoadRole, LoadTasks
from deployer.engine.playroles import dependent_names, roles_of
from deployer.engine.playvars import PlayFiles
from deployer.engine.program import Program, Step
from deployer.engine.progress import handlers
from deployer.engine.runtime import Runtime
from deployer.engine.serial import batches
from deployer.engine.state import HostRun
from deployer.engine.strategies import Strategy
from deployer.inventory import Selection, select
from deployer.language.loader import Loader
from deployer.language.playbook import Include as IncludeOptions
from deployer.language.playbook import Play, Role
from deployer.language.playbook import Step as Written
from deployer.model.diagnostic import Diagnostic, did_you_mean
from deployer.model.errors import LoadError
from deployer.model.events import PlayFinished, PlaySkipped, PlayStarted
from deployer.model.values import dataclass
from deployer.variables import PlayVariables


@dataclass(slots=True)
class PlayRunner:
    """Runs plays. `failed` and `unreachable` are the hosts that later plays leave out."""

    run: Runtime
    conductor: Conductor
    loader: Loader
    files: PlayFiles
    limit: Sequence[str] | None = None

    failed: set[str] = field(default_factory=set)
    unreachable: set[str] = field(default_factory=set)
    stopped: bool = False
    #: `--start-at-task` as long as that task has not been met.
    looking_for: str = ""
    passed: list[str] = field(default_factory=list)

    def play(self, play: Play) -> None:
        """One play in all its batches."""
        name = self._title(play)
        hosts = self._hosts(play)
        if not hosts:
            left_out = self._chosen(play, "inventory").hosts
            reason = "no hosts left" if left_out else "no hosts matched"
            self.run.emit(PlaySkipped(time.time(), name, reason, play.origin))
            return
        variables = self._variables(play, name, hosts)
        compiler = Compiler(play, self._folder(play), self.run.settings.tags)
        compiler.render = lambda tag, step: self.files.tag(play, tag, step)
        program = compiler.program(gather=self._gathers(play, hosts[0]))
        program = self._from_start(program)
        self.run.free = self._text(play.strategy, hosts[0]) in ("free", "host_pinned")
        self.run.play_ended = False
        parts = batches(hosts, self._serial(play, hosts[0]))
        for number, batch in enumerate(parts, 1):
            alive = [host for host in batch if not self._is_out(host)]
            if not alive:
                continue
            self.run.emit(
                PlayStarted(time.time(), name, play.origin, tuple(alive), number, len(parts))
            )
            self._batch(play, program, compiler, variables, alive)
            if self.stopped or self.run.play_ended:
                break
        self.run.emit(PlayFinished(time.time(), name))

    def _is_out(self, host: str) -> bool:
        return host in self.failed or host in self.unreachable

    def _hosts(self, play: Play) -> list[str]:
        """The play's hosts, in its order, without those that have failed before."""
        scope = self.files.scope_without_host(play)
        order = str(self.run.scopes.renderer.render(play.order, scope) or "inventory")
        chosen = self._chosen(play, order)
        for warning in chosen.warnings:
            self.run.telling.warn(warning)
        return [host for host in chosen.hosts if not self._is_out(host)]

    def _chosen(self, play: Play, order: str) -> Selection:
        """All hosts that the play's patterns and the limit leave."""
        scope = self.files.scope_without_host(play)
        patterns = [str(self.run.scopes.renderer.render(word, scope)) for word in play.hosts]
        return select(self.run.store.inventory, patterns, limit=self.limit, order=order)

    def _title(self, play: Play) -> str:
        if play.name is None:
            return ", ".join(str(word) for word in play.hosts)
        scope = self.files.scope_without_host(play)
        return str(self.run.scopes.renderer.render(play.name, scope))

    def _variables(self, play: Play, name: str, hosts: Sequence[str]) -> PlayVariables:
        roles = list(roles_of(play))
        made = PlayVariables(
            name=name,
            playbook_dir=self._folder(play),
            vars=play.vars,
            prompted=self.files.prompted(play),
            role_defaults=tuple(role.defaults for role in reversed(roles)),
            role_vars=tuple(role.vars for role in reversed(roles)),
            role_names=tuple(use.role.name for use in play.roles),
            dependent_role_names=dependent_names(play),
            hosts_all=tuple(self._chosen(play, "inventory").hosts),
            hosts=tuple(hosts),
            batch=tuple(hosts),
        )
        self.run.scopes.use(made)
        return self.files.with_files(play, made, hosts)

    def _use_alive(self, variables: PlayVariables) -> None:
        """Use these variables with the hosts that have neither failed nor left the batch so far."""
        runs = self.run.scopes.runs
        alive = [
            name
            for name in variables.hosts_all
            if not self._is_out(name)
            and not (name in runs and (runs[name].is_out or runs[name].left))
        ]
        batch = tuple(name for name in variables.batch if name in alive)
        self.run.scopes.use(replace(variables, hosts=tuple(alive), batch=batch))

    @staticmethod
    def _folder(play: Play) -> str:
        return str(Path(play.origin.file).absolute().parent)

    def _gathers(self, play: Play, host: str) -> bool:
        scope = self.run.scopes.plain(host)
        return self.run.scopes.flag(play.gather_facts, scope, default=True)

    def _text(self, value: object, host: str) -> str:
        return self.run.scopes.text(value, self.run.scopes.plain(host))

    def _serial(self, play: Play, host: str) -> list[int | str]:
        scope = self.run.scopes.plain(host)
        made = self.run.scopes.renderer.render(list(play.serial), scope)
        flat = [part for item in made for part in (item if isinstance(item, list) else [item])]
        return [part if isinstance(part, int) else str(part) for part in flat]

    def _from_start(self, program: Program) -> Program:
        """`--start-at-task`: what comes before the first task of that name is left out."""
        if not self.looking_for:
            return program
        from deployer.engine.startat import names_in, starting_at

        found = starting_at(program, self.looking_for)
        if found is None:
            self.passed += names_in(program.nodes)
            return replace(program, nodes=())
        self.looking_for = ""
        return found

    def _batch(
        self,
        play: Play,
        program: Program,
        compiler: Compiler,
        variables: PlayVariables,
        names: Sequence[str],
    ) -> None:
        run = self.run
        run.program, run.batch = program, tuple(names)
        run.telling.numbers.clear()
        run.telling.count((*program.nodes, *program.handlers))
        hosts = [HostRun(name, Cursor(program.nodes)) for name in names]
        run.scopes.runs = {host.name: host for host in hosts}
        self._use_alive(replace(variables, batch=tuple(names)))
        for name in names:
            run.tallies.start(name)
        includer = Includer(self._load_tasks(play), self._load_role(play), compiler)
        strategy = Strategy(run, self.conductor, includer, hosts)
        try:
            for _ in strategy.free() if run.free else strategy.linear():
                self._check_failures(play, hosts)
            self._forced_handlers(play, strategy, hosts)
        finally:
            self._note(hosts)

    def _check_failures(self, play: Play, hosts: Sequence[HostRun]) -> None:
        """`any_errors_fatal` and `max_fail_percentage` may end the batch for all."""
        bad = [host for host in hosts if host.is_out]
        gone = {host.name for host in hosts if host.is_out or host.left}
        if gone.intersection(self.run.scopes.play.hosts):
            self._use_alive(self.run.scopes.play)
        if not bad:
            return
        limit = self._percentage(play, hosts[0].name)
        over = limit is not None and len(bad) * 100 / len(hosts) > limit
        if over or any(host.fatal for host in bad):
            self.stopped = True
            for host in hosts:
                host.cursor.end()

    def _percentage(self, play: Play, host: str) -> float | None:
        if play.max_fail_percentage is None:
            return None
        scope = self.run.scopes.plain(host)
        return float(self.run.scopes.renderer.render(play.max_fail_percentage, scope))

    def _forced_handlers(self, play: Play, strategy: Strategy, hosts: Sequence[HostRun]) -> None:
        """`force_handlers`: hosts that failed still run the handlers that they were notified of."""
        forced = self.run.settings.force_handlers or play.force_handlers is True
        waiting = [host for host in hosts if host.failed and host.notified]
        if not forced or not waiting:
            return
        for host in waiting:
            host.cursor = Cursor(handlers(self.run))
        for _ in strategy.linear():
            pass

    def _note(self, hosts: Sequence[HostRun]) -> None:
        for host in hosts:
            if host.unreachable:
                self.unreachable.add(host.name)
            elif host.failed:
                self.failed.add(host.name)
        if hosts and all(self._is_out(host.name) for host in hosts):
            self.stopped = True

    def _load_tasks(self, play: Play) -> LoadTasks:
        folder = self._folder(play)

        def load(name: str, step: Step) -> tuple[Written, ...]:
            role = step.role.role if step.role else None
            made = self.loader.task_file(
                name,
                included_from=(step.position.file,),
                basedir=folder,
                role=role,
                handlers=step.handler,
                at=step.position,
            )
            self._tell()
            return made

        return load

    def _load_role(self, play: Play) -> LoadRole:
        folder = self._folder(play)

        def load(name: str, options: IncludeOptions, entry: dict[str, str], step: Step) -> Role:
            del options
            parent = step.role.role if step.role else None
            names = {key.removesuffix("_from"): value for key, value in entry.items()}
            made = self.loader.role(
                name, basedir=folder, parent=parent, entry=names, at=step.position
            )
            self._tell()
            return made

        return load

    def _tell(self) -> None:
        for warning in self.loader.new_warnings():
            self.run.telling.warn(warning)


def no_such_task(name: str, known: Sequence[str]) -> LoadError:
    told = f"no task is called `{name}` (--start-at-task)"
    return LoadError([Diagnostic(told, help=did_you_mean(name, known))])
