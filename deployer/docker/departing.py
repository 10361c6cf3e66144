"""Nodes that no listed host is: entries of replaced hosts, and nodes that nobody lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from deployer.docker.formation import Host, Removal, Wish
from deployer.docker.nodes import Node
from deployer.sdk import Refused


def dead_entries(
    wish: Wish,
    hosts: Mapping[str, Host],
    nodes: Iterable[Node],
    members: Mapping[str, Node],
) -> tuple[tuple[Removal, ...], tuple[str, ...]]:
    """Entries of hosts that were replaced: down, with a listed host's name but another id."""
    ours = {node.id for node in members.values()}
    names = {host.hostname: host.name for host in hosts.values() if host.hostname}
    found = [
        node
        for node in nodes
        if node.state == "down" and node.id not in ours and node.hostname in names
    ]
    if wish.remove_dead:
        return tuple(
            Removal(node, f"down, and {names[node.hostname]} has another id") for node in found
        ), ()
    return (), tuple(
        f"{node} is down and was replaced by {names[node.hostname]}: "
        "`remove_dead: true` removes the entry"
        for node in found
    )


def unlisted_entries(
    wish: Wish,
    hosts: Mapping[str, Host],
    nodes: Iterable[Node],
    members: Mapping[str, Node],
    dead: Sequence[Removal],
) -> tuple[Removal, ...]:
    """Nodes that belong to no listed host; refused while some host may be one of them."""
    if not wish.prune_unlisted:
        return ()
    unseen = [name for name in wish.hosts if name not in hosts or hosts[name].blind]
    kept = {node.id for node in members.values()} | {removal.node.id for removal in dead}
    extra = [node for node in nodes if node.id not in kept]
    if extra and unseen:
        raise Refused(
            f"cannot tell whether {', '.join(map(str, extra))} belongs to {', '.join(unseen)}, "
            "which could not be asked: nothing is pruned"
        )
    return tuple(Removal(node, "not listed", drain=node.state == "ready") for node in extra)
