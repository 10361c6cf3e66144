"""What `up` decided, as stored in lab.json."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from lab.errors import LabError
from lab.layout import Layout

DOCKER = "docker"
BUSYBOX = "busybox"
SYSTEMD = "systemd"
CONTROLLER_PART, GATEWAY_PART, FIRST_NODE_PART = 1, 254, 11
BUSYBOX_PART, SYSTEMD_PART = 200, 201
MOST_NODES = 9


@dataclass(frozen=True)
class Node:
    """One host."""

    name: str
    kind: str
    address: str

    @property
    def has_docker(self) -> bool:
        """Whether dockerd runs there."""
        return self.kind != BUSYBOX


@dataclass(frozen=True)
class State:
    """One lab.  `network` is the first three parts of its addresses."""

    name: str
    checkout: str
    owner: int
    network: str
    nodes: tuple[Node, ...]

    @property
    def subnet(self) -> str:
        """The lab's addresses."""
        return f"{self.network}.0/24"

    @property
    def controller(self) -> str:
        """The machine's own address in the lab."""
        return f"{self.network}.{CONTROLLER_PART}"

    @property
    def gateway(self) -> str:
        """The hosts' default route: answers 'unreachable' to all beyond the lab."""
        return f"{self.network}.{GATEWAY_PART}"

    def of_kind(self, kind: str) -> tuple[Node, ...]:
        """The hosts of one kind, in order."""
        return tuple(node for node in self.nodes if node.kind == kind)

    def node(self, name: str) -> Node:
        """The host of that name."""
        for node in self.nodes:
            if node.name == name:
                return node
        names = ", ".join(node.name for node in self.nodes)
        raise LabError(f"lab {self.name} has no host {name!r}; it has {names}")


def wanted_nodes(network: str, count: int, systemd: bool) -> tuple[Node, ...]:
    """node1 to nodeN, the one with the busybox userland, and perhaps one with systemd."""
    if not 1 <= count <= MOST_NODES:
        raise LabError(f"a lab has 1 to {MOST_NODES} nodes, not {count}")
    nodes = [
        Node(f"node{number}", DOCKER, f"{network}.{FIRST_NODE_PART + number - 1}")
        for number in range(1, count + 1)
    ]
    nodes.append(Node("busy", BUSYBOX, f"{network}.{BUSYBOX_PART}"))
    if systemd:
        nodes.append(Node("sysd", SYSTEMD, f"{network}.{SYSTEMD_PART}"))
    return tuple(nodes)


def load(layout: Layout) -> State | None:
    """The stored state, or None if the lab is down."""
    try:
        stored = json.loads(layout.state_file.read_text())
    except FileNotFoundError:
        return None
    nodes = tuple(Node(**node) for node in stored.pop("nodes"))
    return State(**stored, nodes=nodes)


def loaded(layout: Layout) -> State:
    """The stored state; an error if the lab is down."""
    state = load(layout)
    if state is None:
        raise LabError(f"lab {layout.name} is not up: run `scripts/lab up`")
    return state


def save(layout: Layout, state: State) -> None:
    """Store atomically: readers see the old state or the new one."""
    replace_file(layout.state_file, json.dumps(asdict(state), indent=2) + "\n", 0o644)


def replace_file(path: Path, text: str, mode: int) -> None:
    """Write a file so that no reader ever sees half of it."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text)
    new.chmod(mode)
    new.replace(path)
