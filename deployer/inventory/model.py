"""Hosts, groups and the inventory: immutable values; a change makes a new inventory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from deployer.model.diagnostic import Diagnostic
from deployer.model.source import Variables
from deployer.model.values import dataclass

#: Names under which this machine can be addressed without being in the inventory.
LOCALHOST = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Host:
    """A host and the variables that its inventory sources give it.

    `direct` are the groups that list it; `groups` all of them with their ancestors, in the order
    in which their variables are laid over each other (depth, `ansible_group_priority`, name).
    `source` is the file that named it first. An implicit host is this machine, not listed.
    """

    name: str
    vars: Variables = field(default_factory=dict)
    direct: tuple[str, ...] = ()
    groups: tuple[str, ...] = ("all",)
    source: str = ""
    implicit: bool = False

    @property
    def group_names(self) -> list[str]:
        """The magic variable: all groups but `all`, sorted."""
        return sorted(name for name in self.groups if name != "all")

    @property
    def short_name(self) -> str:
        """The name up to its first dot; addresses are not cut (as Ansible does cut them)."""
        return self.name.split(".")[0]


@dataclass(frozen=True, slots=True)
class Group:
    """A group. `hosts`, `children` and `parents` are what is listed, `members` every host below.

    `members` comes breadth first: own hosts, then those of the children, in the order written.
    `depth` is the longest way from `all` (0); `priority` is `ansible_group_priority`.
    """

    name: str
    vars: Variables = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    depth: int = 0
    priority: int = 1


@dataclass(frozen=True, slots=True)
class Inventory:
    """All hosts and groups, in the order of the sources.

    `sources` are the files and directories given (what `group_vars/` is looked for beside);
    `warnings` what was noticed while reading.
    """

    hosts: Mapping[str, Host] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()

    def host(self, name: str) -> Host | None:
        """The host of that name; this machine is found though it be listed nowhere.

        Where the inventory lists another of this machine's names, that host is meant.
        """
        found = self.hosts.get(name)
        if found is not None or name not in LOCALHOST:
            return found
        listed = next((self.hosts[other] for other in LOCALHOST if other in self.hosts), None)
        return listed or implicit_localhost(name)

    def members(self, group: str) -> tuple[str, ...]:
        """The names of all hosts in a group, its children's included; none if it is unknown."""
        found = self.groups.get(group)
        return found.members if found else ()


def implicit_localhost(name: str = "localhost") -> Host:
    """This machine, when the inventory does not list it: reached without SSH."""
    return Host(name, {"ansible_connection": "local"}, implicit=True)
