"""Nodes of a swarm as managers list them, and the labels they carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, Literal

from deployer.docker.cli import Record
from deployer.docker.joining import dialable
from deployer.model.values import dataclass
from deployer.sdk import Refused

#: What a probe keeps of a node: the rest (plugins, TLS roots) is large and nobody compares it.
NODE_FORMAT = (
    '{"ID":{{json .ID}},"Hostname":{{json .Description.Hostname}},"Spec":{{json .Spec}},'
    '"Status":{{json .Status}},"ManagerStatus":{{json .ManagerStatus}}}'
)


@dataclass(frozen=True, slots=True)
class Node:
    """One node. `reachability` is the leader's view of a manager, empty for a worker."""

    id: str
    hostname: str = ""
    role: str = "worker"
    availability: str = "active"
    state: str = "ready"
    address: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    reachability: str = ""
    leader: bool = False
    manager_address: str = ""

    @property
    def is_manager(self) -> bool:
        return self.role == "manager"

    @property
    def reachable(self) -> bool:
        """Whether it counts for the quorum now."""
        return self.is_manager and self.reachability == "reachable"

    @property
    def settled(self) -> bool:
        """Ready, and as a manager part of the quorum."""
        return self.state == "ready" and (self.reachable or not self.is_manager)

    def __str__(self) -> str:
        return f"{self.hostname} ({self.id[:12]})"


def node_of(record: Record) -> Node:
    """A node out of `docker node inspect`, whole or in NODE_FORMAT."""
    spec, status = record.get("Spec") or {}, record.get("Status") or {}
    manager = record.get("ManagerStatus") or {}
    hostname = record.get("Hostname") or (record.get("Description") or {}).get("Hostname", "")
    return Node(
        id=record["ID"],
        hostname=hostname,
        role=spec.get("Role", "worker"),
        availability=spec.get("Availability", "active"),
        state=status.get("State", "unknown"),
        address=status.get("Addr", ""),
        labels=spec.get("Labels") or {},
        reachability=manager.get("Reachability", ""),
        leader=bool(manager.get("Leader", False)),
        manager_address=dialable(manager.get("Addr", ""), status.get("Addr", "")),
    )


@dataclass(frozen=True, slots=True)
class LabelChange:
    """Labels to set and to remove, both sorted by key."""

    add: tuple[tuple[str, str], ...] = ()
    remove: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.add or self.remove)

    @property
    def flags(self) -> list[str]:
        """The words for `docker node update`."""
        words = [word for key, value in self.add for word in ("--label-add", f"{key}={value}")]
        return words + [word for key in self.remove for word in ("--label-rm", key)]

    def causes(self, present: Mapping[str, str]) -> list[str]:
        """What is not as described, for a line of a plan."""
        found = []
        for key, value in self.add:
            was = present.get(key)
            found.append(f"label {key}={value}: " + ("absent" if was is None else f"is `{was}`"))
        return found + [f"label {key}: not wanted" for key in self.remove]


def label_change(
    present: Mapping[str, str],
    wanted: Mapping[str, str],
    state: Literal["merge", "replace"] = "merge",
    remove: Iterable[str] = (),
) -> LabelChange:
    """What makes `present` labels the `wanted` ones.

    merge keeps labels that are not mentioned, replace removes them. A label that is both wanted
    and to be removed stays, as in community.docker.
    """
    add = tuple(sorted(item for item in wanted.items() if present.get(item[0]) != item[1]))
    unwanted = set(present) if state == "replace" else set(remove) & set(present)
    return LabelChange(add, tuple(sorted(unwanted - set(wanted))))


def label_texts(labels: Mapping[str, Any] | None, what: str = "labels") -> dict[str, str]:
    """Labels as texts; refuses what YAML may have changed on the way (true, 1.10)."""
    texts = {}
    for key, value in (labels or {}).items():
        if isinstance(value, bool | float) or value is None or isinstance(value, dict | list):
            raise Refused(f"`{key}` of `{what}` is not text: put quotes around {value!r}")
        texts[str(key)] = str.__str__(value) if isinstance(value, str) else str(value)
    return texts
