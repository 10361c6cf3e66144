"""The way in: playbooks, an inventory and settings become a run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import field

from deployer.engine.arguments import ArgumentMaker
from deployer.engine.conductor import Conductor
from deployer.engine.identity import Identities
from deployer.engine.materials import Materials
from deployer.engine.plays import PlayRunner, no_such_task
from deployer.engine.playvars import PlayFiles
from deployer.engine.pool import Heard, Pool
from deployer.engine.preparing import Preparer
from deployer.engine.requests import Ask, Exchange
from deployer.engine.runtime import Runtime, Telling
from deployer.engine.scoping import Scopes
from deployer.engine.settings import Settings
from deployer.inventory import Inventory
from deployer.language.loader import Loader
from deployer.language.playbook import Play
from deployer.model.diagnostic import Diagnostic, Severity
from deployer.model.errors import Interrupted
from deployer.model.events import HostStarted, Listener, Output, RunFinished, RunStarted
from deployer.model.secret import mask
from deployer.model.source import Position, Value, Variables
from deployer.model.values import dataclass
from deployer.templating import OMIT, Renderer, Scope
from deployer.transport.session import Connector
from deployer.variables import RunSettings, VariableStore
from deployer.variables.connection import ConnectionOptions
from deployer.variables.vault import Vault

OK, FAILED, UNREACHABLE, INTERRUPTED = 0, 2, 4, 130


@dataclass(frozen=True, slots=True)
class Order:
    """What to run. `plays` come from `loader`, which also loads what plays include."""

    plays: Sequence[Play]
    loader: Loader
    inventory: Inventory
    connector: Connector
    settings: Settings = field(default_factory=Settings)
    options: ConnectionOptions = field(default_factory=ConnectionOptions)
    magic: RunSettings = field(default_factory=RunSettings)
    limit: Sequence[str] | None = None
    playbooks: tuple[str, ...] = ()
    vault: Vault | None = None


def run(
    order: Order,
    listeners: Sequence[Listener],
    ask: Callable[[Ask], str],
    on_ready: Callable[[Callable[[], None]], None] = lambda _interrupt: None,
) -> int:
    """Run the plays and tell the listeners; gives the exit code (0, 2, 4 or 130).

    `on_ready` is given what a signal handler of this thread has to call when the user interrupts.
    Raises LoadError for what is found wrong only on the way (a file of variables), and whatever
    is a bug of ours; the events end with RunFinished in any case.
    """
    running = _Running(order, listeners, ask)
    on_ready(running.conductor.interrupt)
    return running.go()


class _Running:
    """The parts of one run, wired together."""

    def __init__(
        self, order: Order, listeners: Sequence[Listener], ask: Callable[[Ask], str]
    ) -> None:
        self.order = order
        settings = order.settings
        self.telling = Telling(listeners)
        self.pool = Pool(order.connector, max(1, settings.forks))
        self.renderer = Renderer(lambda text, path: store.vault.text(text, Position(str(path))))
        store = VariableStore(
            order.inventory,
            extra_vars=settings.extra_vars,
            settings=order.magic,
            vault=order.vault,
            render=self._render,
            watch=self._watch,
        )
        self.scopes = Scopes(store, self.renderer, self.telling.warn, settings.strict)
        maker = ArgumentMaker(self.scopes, Materials(self.renderer, store.vault))
        identities = Identities(self.scopes, order.options)
        preparer = Preparer(self.scopes, settings, maker, identities)
        self.runtime = Runtime(
            settings,
            self.scopes,
            preparer,
            self.telling,
            on_forget=self.pool.forget,
            on_expect=self.pool.expect,
        )
        self.conductor = Conductor(self.pool, self._sent, self._heard, self._noted, ask)
        files = PlayFiles(self.scopes, ask, order.vault)
        self.runner = PlayRunner(
            self.runtime,
            self.conductor,
            order.loader,
            files,
            order.limit,
            looking_for=settings.start_at,
        )

    def _render(self, value: Value, variables: Variables) -> Value:
        return self.renderer.render(value, Scope(variables, on_warning=self.telling.warn))

    def _watch(self, host: str, name: str) -> None:
        self.scopes.watch(host, name)

    def _sent(self, exchange: Exchange) -> None:
        if exchange.step:
            self.telling.emit(HostStarted(time.time(), exchange.step, exchange.host))

    def _heard(self, heard: Heard) -> None:
        text = mask(heard.text)
        self.telling.emit(Output(time.time(), heard.task, heard.host, heard.stream, text))

    def _noted(self, text: str) -> None:
        self.telling.warn(Diagnostic(mask(text), severity=Severity.WARNING))

    def go(self) -> int:
        started = time.time()
        order = self.order
        hosts = len(order.inventory.hosts)
        self.telling.emit(RunStarted(started, order.playbooks, hosts, order.settings.check))
        code = 70
        try:
            for play in order.plays:
                self.runner.play(play)
                if self.runner.stopped:
                    break
            if self.runner.looking_for:
                raise no_such_task(self.runner.looking_for, self.runner.passed)
            code = self._exit_code()
        except Interrupted:
            code = INTERRUPTED
        finally:
            self._finish(started, code)
        return code

    def _exit_code(self) -> int:
        if self.runner.failed:
            return FAILED
        return UNREACHABLE if self.runner.unreachable else OK

    def _finish(self, started: float, code: int) -> None:
        cost = self.pool.cost
        self.pool.close()
        now = time.time()
        lines = self.runtime.tallies.lines
        known = [name for name in self.order.inventory.hosts if name in lines]
        names = [*known, *(name for name in lines if name not in known)]
        recap = {name: lines[name] for name in names}
        interrupted = code == INTERRUPTED
        self.telling.emit(RunFinished(now, code, now - started, recap, cost, interrupted))


__all__ = ["OMIT", "Order", "run"]
