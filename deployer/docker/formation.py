"""What a swarm is made of, what it shall be made of, and the steps from the one to the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Literal

from deployer.docker import quorum
from deployer.docker.nodes import LabelChange, Node
from deployer.docker.troubles import Problem
from deployer.model.values import dataclass
from deployer.sdk import Refused


@dataclass(frozen=True, slots=True)
class Host:
    """What a host says of itself.

    `state` is docker's LocalNodeState (inactive, pending, active, error, locked) or "unknown"
    with the `problem`. `nodes` is not empty where the host is a manager that can speak for its
    swarm; `manages` where it is a manager at all.
    """

    name: str
    state: str = "inactive"
    node_id: str = ""
    hostname: str = ""
    nodes: tuple[Node, ...] = ()
    manages: bool = False
    problem: Problem | None = None

    @property
    def blind(self) -> bool:
        """Nobody knows whether it is part of a swarm."""
        return self.state == "unknown"


@dataclass(frozen=True, slots=True)
class Wish:
    """The cluster as the task describes it. Mappings are by the inventory's host names."""

    managers: tuple[str, ...]
    workers: tuple[str, ...] = ()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    labels_state: Literal["merge", "replace"] = "merge"
    availability: Mapping[str, str] = field(default_factory=dict)
    remove_dead: bool = False
    move_nodes: bool = False
    force_leave: bool = False
    prune_unlisted: bool = False
    check_mode: bool = False

    @property
    def hosts(self) -> tuple[str, ...]:
        return self.managers + self.workers


@dataclass(frozen=True, slots=True)
class Leave:
    """A host leaves the swarm that it is in. `cause` says why."""

    host: str
    cause: str


@dataclass(frozen=True, slots=True)
class Join:
    """A host joins; `cause` is what it is now."""

    host: str
    role: Literal["manager", "worker"]
    cause: str
    availability: str = "active"
    labels: LabelChange = field(default_factory=LabelChange)


@dataclass(frozen=True, slots=True)
class Update:
    """A node of a listed host is not as described. Empty `role`, `availability`: stays."""

    host: str
    node: Node
    role: str = ""
    availability: str = ""
    labels: LabelChange = field(default_factory=LabelChange)

    @property
    def causes(self) -> list[str]:
        found = self.labels.causes(self.node.labels)
        if self.availability:
            found.insert(0, f"availability {self.node.availability}")
        if self.role:
            found.insert(0, f"role {self.node.role}")
        return found


@dataclass(frozen=True, slots=True)
class Removal:
    """A node is removed from the list of nodes; `drain` where it still runs."""

    node: Node
    cause: str
    drain: bool = False


@dataclass(frozen=True, slots=True)
class Formation:
    """The steps, in the order of their fields; `speaker` is the manager that is told.

    `initialise`: the speaker starts a new swarm first. `successor` does the demotions where the
    speaker itself is among them. `unsettled` are members that are not ready now.
    """

    speaker: str
    initialise: str = ""
    leave: tuple[Leave, ...] = ()
    dead: tuple[Removal, ...] = ()
    join: tuple[Join, ...] = ()
    update: tuple[Update, ...] = ()
    demote: tuple[Update, ...] = ()
    prune: tuple[Removal, ...] = ()
    successor: str = ""
    unsettled: tuple[Node, ...] = ()
    members: Mapping[str, Node] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Nothing to change (waiting apart)."""
        steps = (self.initialise, self.leave, self.dead, self.join, self.update, self.demote)
        return not any(steps) and not self.prune


def check_quorum(formation: Formation, nodes: Iterable[Node]) -> None:
    """Walk all changes of membership in their order; raises Refused."""
    managers = [node for node in nodes if node.is_manager]
    start = quorum.Raft(len(managers), sum(1 for node in managers if node.reachable))
    steps = [
        quorum.Step(f"removing {removal.node}", adds=False, reachable=removal.node.reachable)
        for removal in formation.dead
        if removal.node.is_manager
    ]
    steps += [
        quorum.Step(f"joining {join.host}", adds=True)
        for join in formation.join
        if join.role == "manager"
    ]
    steps += [
        quorum.Step(f"promoting {update.host}", adds=True, reachable=update.node.state == "ready")
        for update in formation.update
        if update.role == "manager"
    ]
    steps += [
        quorum.Step(f"demoting {update.host}", adds=False, reachable=update.node.reachable)
        for update in formation.demote
    ]
    steps += [
        quorum.Step(f"removing {removal.node}", adds=False, reachable=removal.node.reachable)
        for removal in formation.prune
        if removal.node.is_manager
    ]
    try:
        quorum.walk(start, steps)
    except quorum.QuorumLost as lost:
        raise Refused(str(lost)) from None
