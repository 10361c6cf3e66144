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
    names = _names(wish, hosts)
    found = _replaced(nodes, members, names)
    if wish.remove_dead:
        return tuple(
            Removal(node, f"down, and {names[node.hostname]} has another id") for node in found
        ), ()
    return (), tuple(
        f"{node} is down and was replaced by {names[node.hostname]}: "
        "`remove_dead: true` removes the entry"
        for node in found
    )


def _names(wish: Wish, hosts: Mapping[str, Host]) -> dict[str, str]:
    """The inventory's name of a listed host by its host name."""
    listed = (hosts[name] for name in wish.hosts if name in hosts)
    return {host.hostname: host.name for host in listed if host.hostname}


def _replaced(
    nodes: Iterable[Node], members: Mapping[str, Node], names: Mapping[str, str]
) -> list[Node]:
    ours = {node.id for node in members.values()}
    down = [node for node in nodes if node.state == "down" and node.id not in ours]
    return [node for node in down if node.hostname in names]


def unlisted_entries(
    wish: Wish, hosts: Mapping[str, Host], nodes: Sequence[Node], members: Mapping[str, Node]
) -> tuple[tuple[Removal, ...], tuple[str, ...]]:
    """Nodes that belong to no listed host; refused while some host may be one of them."""
    unseen = [name for name in wish.hosts if name not in hosts or hosts[name].blind]
    kept = {node.id for node in members.values()}
    if wish.remove_dead or not wish.prune_unlisted:
        kept |= {node.id for node in _replaced(nodes, members, _names(wish, hosts))}
    extra = [node for node in nodes if node.id not in kept]
    if not wish.prune_unlisted:
        # As many as cannot be asked may be theirs.
        strangers = extra if len(extra) > len(unseen) else []
        return (), tuple(_stranger(node, _names(wish, hosts), unseen) for node in strangers)
    if extra and unseen:
        raise Refused(
            f"cannot tell whether {', '.join(map(str, extra))} belongs to {', '.join(unseen)}, "
            "which could not be asked: nothing is pruned"
        )
    return tuple(Removal(node, "not listed", drain=node.state == "ready") for node in extra), ()


def _stranger(node: Node, names: Mapping[str, str], unseen: Sequence[str]) -> str:
    """What is said of a node that nobody lists and that stays."""
    if node.hostname in names:
        return (
            f"{node} is {node.state} and has the host name of {names[node.hostname]}, which has "
            "another id: `remove_dead: true` removes the entry once it is down"
        )
    unless = f" (unless it is {' or '.join(unseen)}, not reached)" if unseen else ""
    return (
        f"{node} is a {node.role} of the swarm ({node.state}) and no listed host{unless}: it "
        "stays; `prune_unlisted: true` drains and removes it"
    )
