"""The four kinds of module. Plain frozen dataclasses of functions; nothing to inherit from.

probe(args)        -> Script           read-only sh; its output describes what is there
parse(args, reply) -> State            ProbeError where the output cannot be read
diff(args, state)  -> [Change, ...]    Refused where it cannot be done
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, Generic, TypeAlias, TypeVar

from deployer.model.change import Change, Outcome
from deployer.model.script import NOTHING, Reply, Script
from deployer.model.source import Value
from deployer.model.values import dataclass
from deployer.sdk.effects import Effect

A = TypeVar("A")
S = TypeVar("S")


class Refused(Exception):
    """A look shows that it cannot or must not be done; becomes a failed result.

    `values` are return values to go with the failure.
    """

    def __init__(self, msg: str, values: Mapping[str, Value] | None = None) -> None:
        super().__init__(msg)
        self.msg = msg
        self.values = dict(values or {})


@dataclass(frozen=True, slots=True)
class Situation:
    """What a module may know beyond its arguments.

    `hosts` are those of the running batch, `groups` all groups with their hosts.
    """

    host: str = ""
    hosts: tuple[str, ...] = ()
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    check_mode: bool = False
    verbosity: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manual:
    """What the documentation says beyond the arguments (`deploy doc`, docs/).

    `returns` maps each return value to one line; `example` is a YAML list of tasks.
    """

    summary: str
    returns: Mapping[str, str] = field(default_factory=dict)
    example: str = ""
    notes: tuple[str, ...] = ()


def no_values(_args: Any, _state: Any) -> Outcome:
    """The report of a resource that returns nothing."""
    return Outcome()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource(Generic[A, S]):
    """Converges something on one host.

    `report` gives the return values out of what the probe saw: used where nothing changes, in
    check mode, and after a change where there is no `conclude`. `conclude` reads the reply of the
    changes' scripts (all of them joined in order, run up to the first failure); it is called for
    failures too and must say `failed` then (`sdk.failure`). Without it, a non-zero exit status is
    a failure. `status_tells`: `conclude` finds a failure exactly where the exit status is not 0, so
    that the host may go on to the next change by itself. `informs`: it only looks, and never plans
    a change. `cluster`: a change reaches beyond its host and voids what is known of all hosts.
    `live`: what the changes' scripts print is for people, and may be shown as it comes.
    """

    name: str
    args: type[A]
    probe: Callable[[A], Script]
    parse: Callable[[A, Reply], S]
    diff: Callable[[A, S], Sequence[Change]]
    manual: Manual
    report: Callable[[A, S], Outcome] = no_values
    conclude: Callable[[A, S, Reply], Outcome] | None = None
    status_tells: bool = False
    cluster: bool = False
    informs: bool = False
    live: bool = False
    collection: str = "ansible.builtin"


def never(_args: Any) -> bool:
    """The default of `Command.reads_only`."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Generic[A]):
    """Always runs. `probe` and `skip` together say whether there is anything to run.

    `skip` turns the probe's reply into the outcome that stands instead of a run, or None to run.
    `reads_only`: by its arguments this run cannot change anything (a GET, a ping), so it runs in
    check mode and voids nothing. `conclude` gets every reply, also of a non-zero exit status;
    `status_tells` as with a resource.
    `live`: what the script prints is for people, and may be shown as it comes.
    """

    name: str
    args: type[A]
    script: Callable[[A], Script]
    conclude: Callable[[A, Reply], Outcome]
    manual: Manual
    probe: Callable[[A], Script] | None = None
    skip: Callable[[A, Reply], Outcome | None] | None = None
    reads_only: Callable[[A], bool] = never
    status_tells: bool = False
    live: bool = False
    collection: str = "ansible.builtin"


@dataclass(frozen=True, slots=True)
class Directed:
    """What a directive returns: an outcome, and effects for the engine to carry out in order."""

    outcome: Outcome = field(default_factory=Outcome)
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive(Generic[A]):
    """Runs on the controller only."""

    name: str
    args: type[A]
    run: Callable[[A, Situation], Directed]
    manual: Manual
    collection: str = "ansible.builtin"


@dataclass(frozen=True, slots=True)
class ClusterChange:
    """One change on one member.

    Changes of one `round` run at the same time on different hosts (several on one host run in
    order, in one exchange); a round starts when the one before has succeeded. `name` makes its
    reply available to later rounds; `script_from` builds the script out of such replies
    (a join needs the token that init gave) and stands instead of `change.script`.
    """

    host: str
    round: int
    change: Change
    name: str = ""
    script_from: Callable[[Mapping[str, Reply]], Script] | None = None

    def script(self, replies: Mapping[str, Reply]) -> Script:
        return self.script_from(replies) if self.script_from else self.change.script


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster(Generic[A, S]):
    """Converges something that several hosts make up together, in one task.

    The engine probes all `members` in parallel, asks for the plan, runs it round by round, and
    probes once more to check it (an empty second plan) and to report. A member that could not be
    reached has no state: where the others cannot do without it, `plan` raises Refused. The results
    of the members are their own: a host is changed where a change was made on it.
    """

    name: str
    args: type[A]
    members: Callable[[A, Situation], Sequence[str]]
    probe: Callable[[A, str], Script]
    parse: Callable[[A, str, Reply], S]
    plan: Callable[[A, Mapping[str, S]], Sequence[ClusterChange]]
    report: Callable[[A, str, Mapping[str, S]], Outcome]
    manual: Manual
    collection: str = "deploy"


Module: TypeAlias = Resource[Any, Any] | Command[Any] | Directive[Any] | Cluster[Any, Any]

__all__ = [
    "NOTHING",
    "Cluster",
    "ClusterChange",
    "Command",
    "Directed",
    "Directive",
    "Manual",
    "Module",
    "Refused",
    "Resource",
    "Situation",
]
