"""The inventory while it is being read: mutable, one for all sources, frozen at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field

from deployer.inventory.documents import Decrypt
from deployer.inventory.model import Group, Host, Inventory
from deployer.inventory.names import group_problem, host_problem
from deployer.model.diagnostic import Diagnostic, Severity
from deployer.model.errors import LoadError
from deployer.model.source import Position, Value
from deployer.model.values import dataclass

PRIORITY = "ansible_group_priority"


@dataclass(slots=True)
class _Group:
    vars: dict[str, Value] = field(default_factory=dict)
    hosts: dict[str, None] = field(default_factory=dict)
    children: dict[str, None] = field(default_factory=dict)
    priority: int = 1


@dataclass(slots=True)
class _Host:
    vars: dict[str, Value] = field(default_factory=dict)
    source: str = ""


def _nothing() -> None:
    """Nobody has anything to do meanwhile."""


class Draft:
    """Collects hosts and groups; a name or a relation that cannot be raises LoadError at once."""

    def __init__(self) -> None:
        self._groups: dict[str, _Group] = {"all": _Group(), "ungrouped": _Group()}
        self._groups["all"].children["ungrouped"] = None
        self._hosts: dict[str, _Host] = {}
        self.sources: list[str] = []
        self.warnings: list[Diagnostic] = []
        #: The file being read now: `inventory_file` of the hosts that it names first.
        self.reading = ""
        #: Opens what is encrypted as a whole.
        self.decrypt: Decrypt | None = None
        self.on_wait: Callable[[], None] = _nothing

    @classmethod
    def of(cls, inventory: Inventory) -> Draft:
        """A draft that freezes into an equal inventory."""
        draft = cls()
        for group in inventory.groups.values():
            listed = dict.fromkeys(group.hosts) if group.name != "ungrouped" else {}
            children = dict.fromkeys(group.children)
            draft._groups[group.name] = _Group(dict(group.vars), listed, children, group.priority)
        for host in inventory.hosts.values():
            draft._hosts[host.name] = _Host(dict(host.vars), host.source)
        draft.sources = list(inventory.sources)
        draft.warnings = list(inventory.warnings)
        return draft

    def warn(self, summary: str, position: Position | None = None, help: str = "") -> None:
        """Remember a problem that does not stop the reading."""
        self.warnings.append(Diagnostic(summary, position, help, Severity.WARNING))

    def add_host(self, name: str, position: Position | None = None) -> None:
        """Make sure that the host exists."""
        if name not in self._hosts:
            _refuse(host_problem(name), position)
            self._hosts[name] = _Host(source=self.reading)

    def add_group(self, name: str, position: Position | None = None) -> None:
        """Make sure that the group exists."""
        if name not in self._groups:
            _refuse(group_problem(name), position)
            self._groups[name] = _Group()

    def add_member(self, group: str, host: str, position: Position | None = None) -> None:
        """Put a host into a group; both come into being if need be."""
        self.add_group(group, position)
        self.add_host(host, position)
        self._groups[group].hosts[host] = None

    def add_child(self, parent: str, child: str, position: Position | None = None) -> None:
        """Put a group below another; refuses circles, naming the chain."""
        self.add_group(parent, position)
        self.add_group(child, position)
        chain = self._way(child, parent)
        if chain:
            shown = " > ".join([parent, *chain])
            _refuse(f"groups are children of each other: {shown}", position)
        self._groups[parent].children[child] = None

    def host_vars(self, name: str) -> dict[str, Value]:
        """The variables of a host, to be written to."""
        return self._hosts[name].vars

    def set_group_var(
        self, group: str, key: str, value: Value, position: Position | None = None
    ) -> None:
        """Set a variable of a group; `ansible_group_priority` is a property of the group."""
        if key != PRIORITY:
            self._groups[group].vars[key] = value
            return
        try:
            self._groups[group].priority = int(value)
        except (TypeError, ValueError):
            _refuse(f"`{PRIORITY}` must be a number, not `{value}`", position)

    def knows_group(self, name: str) -> bool:
        return name in self._groups

    def knows_host(self, name: str) -> bool:
        return name in self._hosts

    def group_names(self) -> list[str]:
        return list(self._groups)

    def freeze(self) -> Inventory:
        """The inventory as read: `all` and `ungrouped` completed, ancestors and depths computed."""
        self._complete()
        parents = self._parents()
        depths = self._depths(parents)
        groups = {
            name: Group(
                name,
                dict(raw.vars),
                tuple(raw.hosts),
                tuple(raw.children),
                tuple(parents[name]),
                tuple(self._members(name)),
                depths[name],
                raw.priority,
            )
            for name, raw in self._groups.items()
        }
        hosts = self._frozen_hosts(parents, groups)
        return Inventory(hosts, groups, tuple(self.sources), tuple(self.warnings))

    def _complete(self) -> None:
        """Orphaned groups hang below `all`, hosts without a group in `ungrouped`."""
        below = {child for group in self._groups.values() for child in group.children}
        for name in self._groups:
            if name != "all" and name not in below:
                self._groups["all"].children[name] = None
        real = {name: raw for name, raw in self._groups.items() if name not in _BUILT_IN}
        grouped = {host for raw in real.values() for host in raw.hosts}
        self._groups["ungrouped"].hosts = {
            host: None for host in self._hosts if host not in grouped
        }

    def _parents(self) -> dict[str, list[str]]:
        parents: dict[str, list[str]] = {name: [] for name in self._groups}
        for name, raw in self._groups.items():
            for child in raw.children:
                parents[child].append(name)
        return parents

    def _depths(self, parents: dict[str, list[str]]) -> dict[str, int]:
        """The longest way from `all`; there are no circles, so this ends."""
        depths: dict[str, int] = {"all": 0}

        def depth(name: str) -> int:
            if name not in depths:
                depths[name] = 1 + max((depth(parent) for parent in parents[name]), default=0)
            return depths[name]

        return {name: depth(name) for name in self._groups}

    def _members(self, name: str) -> Iterator[str]:
        """Hosts of a group and of all below it, breadth first, each once."""
        seen_groups, seen_hosts = {name}, set()
        level = [name]
        while level:
            following: list[str] = []
            for group in level:
                for host in self._groups[group].hosts:
                    if host not in seen_hosts:
                        seen_hosts.add(host)
                        yield host
                fresh = [
                    child for child in self._groups[group].children if child not in seen_groups
                ]
                seen_groups.update(fresh)
                following += fresh
            level = following

    def _frozen_hosts(
        self, parents: dict[str, list[str]], groups: dict[str, Group]
    ) -> dict[str, Host]:
        direct: dict[str, list[str]] = {host: [] for host in self._hosts}
        for name, raw in self._groups.items():
            for host in raw.hosts:
                direct[host].append(name)
        above: dict[str, frozenset[str]] = {}

        def closure(name: str) -> frozenset[str]:
            if name not in above:
                above[name] = frozenset([name]).union(*(closure(up) for up in parents[name]))
            return above[name]

        def rank(name: str) -> tuple[int, int, str]:
            return (groups[name].depth, groups[name].priority, name)

        ordered: dict[tuple[str, ...], tuple[str, ...]] = {}
        hosts = {}
        for host, raw_host in self._hosts.items():
            key = tuple(direct[host])
            if key not in ordered:
                names = frozenset(["all"]).union(*(closure(name) for name in key))
                ordered[key] = tuple(sorted(names, key=rank))
            hosts[host] = Host(host, dict(raw_host.vars), key, ordered[key], raw_host.source)
        return hosts

    def _way(self, start: str, goal: str) -> list[str]:
        """The chain of children from `start` down to `goal`, or an empty list."""
        if start == goal:
            return [start]
        trail: dict[str, str] = {start: ""}
        waiting = [start]
        while waiting:
            name = waiting.pop()
            for child in self._groups[name].children:
                if child not in trail:
                    trail[child] = name
                    waiting.append(child)
        if goal not in trail:
            return []
        chain = [goal]
        while chain[-1] != start:
            chain.append(trail[chain[-1]])
        return chain[::-1]


_BUILT_IN = ("all", "ungrouped")


def _refuse(problem: str, position: Position | None) -> None:
    if problem:
        raise LoadError([Diagnostic(problem, position)])
