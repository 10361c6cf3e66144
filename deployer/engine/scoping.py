"""The names that a step sees on a host, and which of them are not known yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from deployer.engine.program import Step
from deployer.engine.state import HostRun
from deployer.model.diagnostic import Diagnostic
from deployer.model.errors import PendingName
from deployer.model.source import Template, Value, Variables
from deployer.model.values import dataclass
from deployer.sdk.coercion import to_bool
from deployer.templating import Impurity, Renderer, Scope
from deployer.variables import PlayVariables, VariableStore


@dataclass(frozen=True, slots=True)
class NotYet:
    """The pending names of a host, as templating asks for them.

    Facts that are still to be gathered make every `ansible_…` name pending that they may set.
    """

    host: HostRun
    facts: Mapping[str, Value]
    variables: Variables

    def __contains__(self, name: object) -> bool:
        host = self.host
        if name in host.pending or name in host.unsettled:
            return True
        if "ansible_facts" not in host.pending or not isinstance(name, str):
            return False
        if not name.startswith("ansible_"):
            return False
        return name in self.facts or name not in self.variables

    @property
    def names(self) -> set[str]:
        """Those that are pending by name."""
        return self.host.pending | self.host.unsettled.keys()

    def __bool__(self) -> bool:
        return bool(self.host.pending or self.host.unsettled)


@dataclass(slots=True)
class Scopes:
    """Makes scopes, and reads keywords in them."""

    store: VariableStore
    renderer: Renderer
    warn: Callable[[Diagnostic], None]
    strict: bool = False
    play: PlayVariables = field(default_factory=PlayVariables)
    #: Rises when variables change in a way that no pending name announces: those of a play, those
    #: that say how hosts are reached.
    generation: int = 0
    #: Rises with every change on any host: it may have changed files of the controller as well.
    changes: int = 0
    #: In a dry run: whether a command on the controller was left out.
    left_out_here: bool = False
    #: The host whose step is being prepared: what is pending for it is so in `hostvars` too.
    current: HostRun | None = None
    runs: Mapping[str, HostRun] = field(default_factory=dict)

    def use(self, play: PlayVariables) -> None:
        """From now on these are the variables of the play."""
        self.play = play
        self.store.begin_play(play)
        self.generation += 1

    def of(self, host: HostRun, step: Step, overlay: Variables | None = None) -> Scope:
        """The scope of a step on a host; `overlay` are the variables of a loop."""
        variables = self.store.assemble(host.name, self.play, step.variables, overlay)
        facts = self.store.state(host.name).facts.variables
        return Scope(
            variables=variables,
            pending=NotYet(host, facts, variables),
            search=step.search,
            on_impure=lambda name, kind: self._on_impure(host, name, kind),
            on_warning=self.warn,
            strict=self.strict,
        )

    def plain_step(self, host: str, step: Step) -> Scope:
        """The scope of a step on a host that is not in the play (a member, a delegate)."""
        variables = self.store.assemble(host, self.play, step.variables)
        return Scope(variables, search=step.search, on_warning=self.warn, strict=self.strict)

    def plain(self, host: str, search: tuple[str, ...] = ()) -> Scope:
        """A scope outside any step: names of the play and the host."""
        variables = self.store.assemble(host, self.play)
        return Scope(variables, search=search, on_warning=self.warn, strict=self.strict)

    def _on_impure(self, host: HostRun, name: str, kind: Impurity) -> None:
        if kind is Impurity.READS:
            host.reads = True  # read again at its turn if need be
        elif host.ahead:
            raise PendingName(name)
        if kind is Impurity.ACTS:
            self.changes += 1

    def watch(self, host: str, name: str) -> None:
        """For `hostvars`: a name that steps before this one define is not known there either."""
        current, other = self.current, self.runs.get(host)
        if current is not None and name in current.pending:
            raise PendingName(name)
        if current is not None and current.ahead and other is not None and _apart(current, other):
            raise PendingName(name)
        if other is not None and name in other.unsettled:
            raise PendingName(name)

    def flag(self, value: bool | Template | None, scope: Scope, default: bool) -> bool:
        """A keyword that is yes or no."""
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        return to_bool(self.renderer.render(value, scope))

    def text(self, value: Value, scope: Scope) -> str:
        """A keyword that is text; empty where it is not given."""
        if value is None:
            return ""
        made = self.renderer.render(value, scope)
        return "" if made is None else str.__str__(made) if isinstance(made, str) else str(made)


def _apart(host: HostRun, other: HostRun) -> bool:
    """Whether the other may do something else (an include) before it comes where this host is."""
    return other.active and not other.cursor.is_beside(host.cursor)
