"""What the steps of a run share: settings, variables, templates, events, and the recap."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field, replace
from typing import Any, TypeVar

from deployer.engine.outcomes import failed, failed_by
from deployer.engine.prepared import Item, Prepared
from deployer.engine.preparing import Preparer
from deployer.engine.program import Node, Program, Section, Step
from deployer.engine.scoping import Scopes
from deployer.engine.settings import Settings
from deployer.engine.state import HostRun, Judged, Look, Tallies
from deployer.model.diagnostic import Diagnostic
from deployer.model.errors import DeployError, PendingName, ProbeError
from deployer.model.events import Event, Listener, TaskStarted, Warned
from deployer.model.result import Result
from deployer.model.secret import mask, mask_value
from deployer.model.source import Template, Value, Variables
from deployer.model.values import dataclass
from deployer.sdk.kinds import Refused, Resource, Situation
from deployer.templating import Scope
from deployer.transport.session import Target
from deployer.variables import VariableStore

T = TypeVar("T")


@dataclass(slots=True)
class Telling:
    """Events on their way out: masked, in order, each warning once, each step with a number."""

    listeners: Sequence[Listener] = ()
    numbers: dict[Step, int] = field(default_factory=dict)
    begun: set[int] = field(default_factory=set)
    warned: set[tuple[str, str]] = field(default_factory=set)
    last: int = 0

    def emit(self, event: Event) -> None:
        """Tell every listener."""
        for listener in self.listeners:
            listener.on_event(event)

    def warn(self, diagnostic: Diagnostic) -> None:
        """Tell of something that the user should look at, once."""
        key = (diagnostic.summary, str(diagnostic.position))
        if key not in self.warned:
            self.warned.add(key)
            self.emit(Warned(time.time(), diagnostic))

    def count(self, nodes: Iterable[Node]) -> None:
        """Give numbers to steps in the order of the program, whatever will be asked about first
        (with lookahead, a later one): runs with and without lookahead tell the same."""
        for node in nodes:
            if isinstance(node, Section):
                self.count((*node.block, *node.rescue, *node.always))
            elif isinstance(node, Step) and not is_order(node):
                self.number(node)

    def number(self, step: Step) -> int:
        """The step's number in this batch; given when it is first asked for."""
        if step not in self.numbers:
            self.last += 1
            self.numbers[step] = self.last
        return self.numbers[step]


@dataclass(slots=True)
class Runtime:
    """Handed to everything that runs a step. `batch` are the hosts of the current batch."""

    settings: Settings
    scopes: Scopes
    preparer: Preparer
    telling: Telling
    tallies: Tallies = field(default_factory=Tallies)
    program: Program = field(default_factory=lambda: Program(()))
    batch: tuple[str, ...] = ()
    free: bool = False
    on_forget: Callable[[str], None] = lambda _host: None
    on_expect: Callable[[Target], None] = lambda _target: None
    #: Set by `end_play`: no further batch of the play is started.
    play_ended: bool = False

    @property
    def store(self) -> VariableStore:
        return self.scopes.store

    def emit(self, event: Event) -> None:
        self.telling.emit(event)

    def number(self, step: Step) -> int:
        return self.telling.number(step)

    def prepare(self, host: HostRun, step: Step) -> Prepared:
        return self.preparer.prepare(host, step)

    def scope(self, host: HostRun, step: Step, overlay: Variables | None = None) -> Scope:
        return self.scopes.of(host, step, overlay)

    def holds(self, condition: bool | Template, scope: Scope) -> bool:
        """A condition of the user's."""
        if isinstance(condition, bool):
            return condition
        return bool(self.scopes.renderer.conditional(condition, scope))

    def asker(
        self, host: HostRun, step: Step, overlay: Variables
    ) -> Callable[[Value, Callable[[Any], T], T | None], Any]:
        """A function that gives a keyword's value, as a type, or a default."""
        scope = self.scope(host, step, overlay)

        def ask(value: Value, kind: Callable[[Any], T], default: T | None) -> T | None:
            made = self.scopes.renderer.render(value, scope)
            return default if made is None else kind(made)

        return ask

    @staticmethod
    def explain(error: DeployError, step: Step) -> DeployError:
        """The error with the task's place where it has none of its own."""
        if getattr(error, "position", step) is None:
            error.position = step.position  # type: ignore[attr-defined]
        return error

    def situation(self, host: HostRun) -> Situation:
        """What modules may know."""
        groups = self.store.inventory.groups
        return Situation(
            host.name,
            self.batch,
            {name: group.members for name, group in groups.items()},
            self.settings.check,
            self.settings.verbosity,
        )

    def judge(self, item: Item, look: Look) -> Judged:
        """What a look means: the module's state and changes; computed once per snapshot."""
        if look.judged is None:
            look.judged = _judge(item, look)
        return look.judged

    def loop_pause(self, host: HostRun, step: Step) -> float:
        """Seconds between two items."""
        control = step.task.loop_control
        if control is None or control.pause is None:
            return 0.0
        return float(self.asker(host, step, {})(control.pause, float, 0.0))

    def flag_of(self, host: HostRun, step: Step, value: bool | Template | None) -> bool:
        """A keyword that is yes or no; a name that is not defined counts as no."""
        try:
            return self.scopes.flag(value, self.scope(host, step), default=False)
        except (DeployError, ValueError):
            return False

    def throttle_of(self, host: HostRun, step: Step) -> int:
        """How many hosts may run the step at once; 0: all."""
        if step.keywords.throttle is None:
            return 0
        return int(self.asker(host, step, {})(step.keywords.throttle, int, 0))

    def forget(self, host: HostRun) -> None:
        """Connect anew next time (`reset_connection`)."""
        self.on_forget(host.name)

    def facts_delegated(self, host: HostRun, step: Step) -> bool:
        """Whether facts of a delegated task belong to the host that it was delegated to."""
        keyword = step.keywords.delegate_facts
        return keyword is not None and self.scopes.flag(keyword, self.scope(host, step), False)

    @staticmethod
    def unchanged_by_users_word(step: Step) -> bool:
        """A command that the user says changes nothing."""
        never = [word is False or str(word).lower() == "false" for word in step.task.changed_when]
        return bool(never) and all(never)

    def reads_by_users_word(self, step: Step) -> bool:
        """A command that the user says changes nothing and may run in a dry run."""
        return self.unchanged_by_users_word(step) and step.keywords.check_mode is False

    @property
    def may_chain(self) -> bool:
        return self.settings.lookahead > 1

    @property
    def may_chain_across(self) -> bool:
        """Whether changes of several steps may go together: no order between hosts to keep."""
        return self.settings.lookahead > 1 and (self.free or len(self.batch) == 1)

    def is_hidden(self, host: HostRun, step: Step) -> bool:
        prepared = host.prepared.get(step)
        return prepared is None or prepared.hidden

    def shown(self, host: HostRun, step: Step, prepared: Prepared | None, result: Result) -> Result:
        """The result as listeners may see it."""
        hidden = self._says_no_log(host, step) if prepared is None else prepared.hidden
        return censored(result) if hidden else masked(result)

    def _says_no_log(self, host: HostRun, step: Step) -> bool:
        """`no_log` of a step that could not even be prepared; hidden where nobody can say."""
        try:
            return self.scopes.flag(step.keywords.no_log, self.scope(host, step), default=False)
        except (DeployError, ValueError):
            return True

    def begin(self, step: Step) -> None:
        """Tell that a task begins, once a batch. Orders to the engine are no tasks to tell of."""
        if is_order(step) or (number := self.number(step)) in self.telling.begun:
            return
        self.telling.begun.add(number)
        role = step.role.name if step.role else ""
        module, position = step.task.module, step.position
        self.emit(
            TaskStarted(
                time.time(),
                number,
                mask(self.title(step)),
                module,
                position,
                handler=step.handler,
                role=role,
            )
        )

    def title(self, step: Step) -> str:
        """The task's name, rendered as far as it can be for the first host."""
        name = step.task.name
        if name is None:
            return step.task.action or step.task.module
        if "{{" not in name or not self.batch:
            return str(name)
        try:
            return str(self.scopes.renderer.render(name, self._any_scope(step)))
        except DeployError:
            return str(name)

    def _any_scope(self, step: Step) -> Scope:
        host = self.scopes.runs.get(self.batch[0])
        assert host is not None
        return self.scope(host, step)


def is_order(step: Step) -> bool:
    """Whether a step is a `meta` task: neither shown nor counted, as in Ansible."""
    return step.task.module == "meta"


def _judge(item: Item, look: Look) -> Judged:
    module = item.module
    assert isinstance(module, Resource)
    try:
        state = module.parse(item.args, look.reply)
        return Judged(state, tuple(module.diff(item.args, state)))
    except PendingName:
        raise
    except Refused as refusal:
        return Judged(refused=failed(refusal.msg, **refusal.values))
    except (ProbeError, DeployError) as error:
        return Judged(refused=failed_by(error))


def masked(result: Result) -> Result:
    """A copy without known secrets."""
    return replace(
        result,
        msg=mask(result.msg),
        reason=mask(result.reason),
        values=mask_value(dict(result.values)),
        facts={},
        plan=tuple(mask(line) for line in result.plan),
        diffs=tuple(
            replace(diff, before=mask(diff.before), after=mask(diff.after)) for diff in result.diffs
        ),
        warnings=tuple(mask(text) for text in result.warnings),
    )


def censored(result: Result) -> Result:
    """What `no_log` leaves of a result: how it went."""
    note = "the output has been hidden due to the fact that 'no_log: true' was specified"
    return replace(
        result,
        msg=note if result.failed else "",
        position=None,
        values={"censored": note, **({"changed": True} if result.changed else {})},
        facts={},
        plan=(),
        diffs=(),
        warnings=(),
        hidden=True,
    )
