"""From what is there to what is wished: the decisions about a swarm.

`form` looks at what every listed host says of itself and at the list of nodes of one manager,
and decides; it builds no script. Hosts are recognised by the node id that they have themselves,
never by a name: the name of a node and its name in the inventory may differ.
"""

from __future__ import annotations

from collections.abc import Mapping

from deployer.docker import quorum
from deployer.docker.departing import dead_entries, unlisted_entries
from deployer.docker.formation import (
    Formation,
    Host,
    Join,
    Leave,
    Update,
    Wish,
    check_quorum,
)
from deployer.docker.nodes import LabelChange, Node, label_change
from deployer.docker.troubles import Trouble
from deployer.sdk import Refused


def form(wish: Wish, hosts: Mapping[str, Host]) -> Formation:
    """The steps that make the cluster as wished; raises Refused, with the reason and the fix.

    `hosts` holds what was seen; a listed host that is not in it could not be reached.
    """
    _check_wish(wish)
    speaker = find_speaker(wish, hosts)
    if speaker is None:
        return _start(wish, hosts)
    nodes = {node.id: node for node in hosts[speaker].nodes}
    members = {
        name: nodes[hosts[name].node_id]
        for name in wish.hosts
        if name in hosts and hosts[name].node_id in nodes
    }
    dead, lost = dead_entries(wish, hosts, nodes.values(), members)
    prune, strange = unlisted_entries(wish, hosts, tuple(nodes.values()), members)
    formation = Formation(
        speaker=speaker,
        leave=_leaving(wish, hosts, members, speaker),
        dead=dead,
        join=_joining(wish, hosts, members),
        update=_updates(wish, members),
        demote=_demotions(wish, members, speaker),
        prune=prune,
        successor=_successor(wish, hosts, members, speaker),
        unsettled=_unsettled(wish, members),
        members=members,
        warnings=lost + strange + _advice(wish),
    )
    check_quorum(formation, nodes.values())
    return formation


def _check_wish(wish: Wish) -> None:
    if not wish.managers:
        raise Refused("`managers` is empty: a swarm needs at least one")
    seen = set()
    for name in wish.hosts:
        if name in seen:
            raise Refused(f"{name} is listed twice among `managers` and `workers`")
        seen.add(name)


def _advice(wish: Wish) -> tuple[str, ...]:
    text = quorum.advice(len(wish.managers))
    return (text,) if text else ()


def find_speaker(wish: Wish, hosts: Mapping[str, Host]) -> str | None:
    """The manager that speaks for the cluster: of the swarm with most of the listed hosts.

    A listed manager comes before a listed worker (which is going to be demoted).
    """
    best, most = None, 0
    for name in wish.hosts:
        if name not in hosts or not hosts[name].nodes:
            continue
        ids = {node.id for node in hosts[name].nodes}
        count = sum(1 for other in wish.hosts if other in hosts and hosts[other].node_id in ids)
        if count > most:
            best, most = name, count
    return best


def _start(wish: Wish, hosts: Mapping[str, Host]) -> Formation:
    """A new swarm, unless one may exist that nobody can see."""
    missing = [name for name in wish.managers if name not in hosts]
    if missing:
        raise Refused(
            f"cannot tell whether there is a swarm already: {', '.join(missing)} not reached"
        )
    for name in wish.hosts:
        host = hosts.get(name)
        if host is None:
            continue
        if host.manages or host.state == "locked":
            why = host.problem or f"its state is {host.state}"
            raise Refused(f"{name} is a manager that cannot speak for its swarm: {why}")
        if host.blind and not wish.check_mode and not _surely_alone(host):
            raise Refused(f"cannot tell whether {name} is part of a swarm: {host.problem}")
    first = wish.managers[0]
    leave = tuple(
        _leave(wish, hosts[name], "none of the swarm's managers is listed")
        for name in wish.hosts
        if name in hosts and _foreign(hosts[name])
    )
    joins = _joining(wish, {k: v for k, v in hosts.items() if k != first}, {})
    update = Update(
        first,
        Node("", hostname=first, role="manager"),
        availability=_wanted_availability(wish, first),
        labels=label_change({}, wish.labels.get(first, {})),
    )
    return Formation(
        speaker=first,
        initialise=_state_words(hosts[first]),
        leave=leave,
        join=joins,
        update=(update,) if update.labels or update.availability else (),
        warnings=_advice(wish),
    )


def _surely_alone(host: Host) -> bool:
    """A host without docker is in no swarm."""
    return host.problem is not None and host.problem.trouble is Trouble.NOT_INSTALLED


def _foreign(host: Host) -> bool:
    """Part of some swarm (asked where it is not part of ours)."""
    return host.state in ("active", "error") or (host.state == "pending" and bool(host.node_id))


def _state_words(host: Host) -> str:
    if host.problem is not None and host.blind:
        return host.problem.cause
    return host.state


def _leave(wish: Wish, host: Host, why: str) -> Leave:
    """A host leaves another swarm, where the task allows it."""
    if not wish.move_nodes:
        raise Refused(
            f"{host.name} is part of another swarm (node id {host.node_id or 'unknown'}; {why}): "
            "set `move_nodes: true` to let it leave that one"
        )
    if host.manages and not wish.force_leave:
        raise Refused(
            f"{host.name} is a manager of another swarm ({len(host.nodes)} nodes), which may lose "
            "its quorum: set `force_leave: true` as well to let it leave"
        )
    return Leave(host.name, f"part of another swarm: {why}")


def _leaving(
    wish: Wish, hosts: Mapping[str, Host], members: Mapping[str, Node], speaker: str
) -> tuple[Leave, ...]:
    why = f"{speaker} does not list it as a node"
    strangers = [hosts[name] for name in wish.hosts if name in hosts and name not in members]
    locked = [host.name for host in strangers if host.state == "locked"]
    if locked:
        raise Refused(f"the swarm of {', '.join(locked)} is locked (`docker swarm unlock`)")
    return tuple(_leave(wish, host, why) for host in strangers if _foreign(host))


def _joining(
    wish: Wish, hosts: Mapping[str, Host], members: Mapping[str, Node]
) -> tuple[Join, ...]:
    """Every listed host that was seen and is no member; a blind one only in check mode."""
    joins = []
    for name in wish.hosts:
        host = hosts.get(name)
        if host is None or name in members or (host.blind and not wish.check_mode):
            continue
        joins.append(
            Join(
                name,
                "manager" if name in wish.managers else "worker",
                _state_words(host),
                wish.availability.get(name) or "active",
                label_change({}, wish.labels.get(name, {})),
            )
        )
    return tuple(joins)


def _wanted_availability(wish: Wish, name: str, present: str = "active") -> str:
    wanted = wish.availability.get(name) or present
    return wanted if wanted != present else ""


def _update(wish: Wish, name: str, node: Node, role: str) -> Update | None:
    """What is wrong with a member's node, apart from being a manager that shall be none."""
    labels = wish.labels.get(name)
    made = Update(
        name,
        node,
        role=role if role != node.role else "",
        availability=_wanted_availability(wish, name, node.availability),
        labels=LabelChange()
        if labels is None
        else label_change(node.labels, labels, wish.labels_state),
    )
    return made if made.role or made.availability or made.labels else None


def _updates(wish: Wish, members: Mapping[str, Node]) -> tuple[Update, ...]:
    found = []
    for name, node in members.items():
        role = "manager" if name in wish.managers else node.role
        if role != node.role and node.state != "ready":
            raise Refused(f"{name} cannot be promoted while its node is {node.state}")
        found.append(_update(wish, name, node, role))
    return tuple(update for update in found if update is not None)


def _demotions(wish: Wish, members: Mapping[str, Node], speaker: str) -> tuple[Update, ...]:
    """Unreachable ones first, the speaker last."""
    found = [
        Update(name, node, role="worker")
        for name, node in members.items()
        if node.is_manager and name in wish.workers
    ]
    return tuple(sorted(found, key=lambda item: (item.host == speaker, item.node.reachable)))


def _unsettled(wish: Wish, members: Mapping[str, Node]) -> tuple[Node, ...]:
    """Members to wait for; not those that cease to be managers."""
    return tuple(
        node
        for name, node in members.items()
        if not node.settled and not (node.is_manager and name in wish.workers)
    )


def _successor(
    wish: Wish, hosts: Mapping[str, Host], members: Mapping[str, Node], speaker: str
) -> str:
    """Who demotes the speaker: a listed manager, best one that is a manager already."""
    if speaker in wish.managers:
        return ""
    ready = [name for name in wish.managers if name in members and members[name].settled]
    ready.sort(key=lambda name: not members[name].is_manager)
    candidates = ready or [name for name in wish.managers if name in hosts]
    if not candidates:
        raise Refused(f"{speaker} cannot be demoted: none of `managers` is there to take its place")
    return candidates[0]
