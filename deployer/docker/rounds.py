"""The steps of a formation as rounds of changes on the hosts.

0 leave, 1 start the swarm or open its door, 2 join, 3 settle, 4 demote and remove where the
manager that speaks is among the demoted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from deployer.docker.formation import Formation, Join, Removal, Update
from deployer.docker.joining import INIT, KEYS, Addresses, join_script, node_id, read_keys
from deployer.docker.nodes import Node
from deployer.docker.settling import DEMOTE, LEAVE, REMOVE, UPDATE, WAIT
from deployer.model.values import dataclass
from deployer.sdk import Change, ClusterChange, Reply, Script, sh

SETTINGS = sh("""
docker swarm update "$@" >/dev/null
""")


@dataclass(frozen=True, slots=True)
class Terms:
    """How it is done: seconds to wait, addresses by host, flags of a new swarm.

    `history` is the wanted task history limit where it is not the present one (`history_now`).
    """

    timeout: int = 60
    addresses: Mapping[str, Addresses] = field(default_factory=dict)
    init_flags: tuple[str, ...] = ()
    history: int | None = None
    history_now: int | None = None


def rounds(formation: Formation, terms: Terms) -> list[ClusterChange]:
    """The changes, in the order in which they are shown."""
    changes = [_leave(leave.host, leave.cause) for leave in formation.leave]
    changes += _settings(formation, terms)
    changes += _open(formation, terms)
    changes += [_join(formation, join, terms) for join in formation.join]
    changes += [_update(formation, update) for update in formation.update]
    changes += [_label(formation, join) for join in formation.join if join.labels]
    changes += _wait(formation, terms)
    changes += _depart(formation, terms)
    return changes


def _leave(host: str, cause: str) -> ClusterChange:
    script = LEAVE("force", timeout=60.0)
    return ClusterChange(host, 0, Change("leave", f"swarm of {host}", cause, script))


def _open(formation: Formation, terms: Terms) -> list[ClusterChange]:
    """The new swarm, or the old one's keys, and dead entries out of the way first."""
    speaker = formation.speaker
    if formation.initialise:
        cause = formation.initialise
        change = Change("initialise", f"swarm on {speaker}", cause, _init_script(terms, speaker))
        return [ClusterChange(speaker, 1, change, name="keys")]
    changes = [ClusterChange(speaker, 1, _removal(terms, removal)) for removal in formation.dead]
    if formation.join:
        ask = Change("read", "join tokens", "", KEYS(timeout=60.0, hushed=True), counts=False)
        changes.append(ClusterChange(speaker, 1, ask, name="keys"))
    return changes


def _init_script(terms: Terms, host: str) -> Script:
    flags = [*terms.addresses.get(host, Addresses()).flags, *terms.init_flags]
    if terms.history is not None:
        flags += ["--task-history-limit", str(terms.history)]
    return INIT(*flags, timeout=terms.timeout + 60.0, hushed=True)


def _settings(formation: Formation, terms: Terms) -> list[ClusterChange]:
    if formation.initialise or terms.history is None:
        return []
    script = SETTINGS("--task-history-limit", str(terms.history), timeout=60.0)
    subject = f"task history limit {terms.history}"
    change = Change("set", subject, f"is {terms.history_now}", script)
    return [ClusterChange(formation.speaker, 1, change)]


def _join(formation: Formation, join: Join, terms: Terms) -> ClusterChange:
    others = [node.manager_address for node in formation.members.values() if node.reachable]

    def script(replies: Mapping[str, Reply]) -> Script:
        keys = read_keys(replies["keys"])
        remotes = list(dict.fromkeys([keys.address, *others]))
        addresses = terms.addresses.get(join.host, Addresses())
        return join_script(
            keys.token(join.role), remotes, addresses, join.availability, terms.timeout
        )

    change = Change("join", f"{join.host} as {join.role}", join.cause)
    return ClusterChange(join.host, 2, change, name=f"join {join.host}", script_from=script)


def _update(formation: Formation, update: Update) -> ClusterChange:
    flags = list(update.labels.flags)
    flags += ["--availability", update.availability] if update.availability else []
    flags += ["--role", update.role] if update.role else []
    change = Change("update", f"node of {update.host}", ", ".join(update.causes))
    if update.node.id:
        change = replace(change, script=UPDATE(update.node.id, *flags, timeout=60.0))
        return ClusterChange(formation.speaker, 3, change)
    return ClusterChange(
        formation.speaker,
        3,
        change,
        script_from=lambda replies: UPDATE(
            read_keys(replies["keys"]).node_id, *flags, timeout=60.0
        ),
    )


def _label(formation: Formation, join: Join) -> ClusterChange:
    """Labels of a host that has just joined: its id is in the reply of its join."""
    cause = ", ".join(join.labels.causes({}))
    name = f"join {join.host}"
    return ClusterChange(
        formation.speaker,
        3,
        Change("update", f"node of {join.host}", cause),
        script_from=lambda replies: UPDATE(
            node_id(replies[name]), *join.labels.flags, timeout=60.0
        ),
    )


def _wait(formation: Formation, terms: Terms) -> list[ClusterChange]:
    """Until every listed node is ready; nothing to wait for where nothing changed."""
    promoted = {update.host for update in formation.update if update.role}
    if not (formation.join or promoted or formation.unsettled):
        return []
    leaving = {update.host for update in formation.demote}
    wanted = [
        f"{'manager' if node.is_manager or host in promoted else 'worker'}:{node.id}"
        for host, node in formation.members.items()
        if host not in leaving
    ]
    cause = ", ".join(f"{node} is {node.state}" for node in formation.unsettled)
    return [_waiting(formation, terms, (formation.speaker, 3), wanted, cause)]


def _waiting(
    formation: Formation, terms: Terms, place: tuple[str, int], wanted: list[str], cause: str = ""
) -> ClusterChange:
    """Wait for these (ROLE:ID) and for all that join in this run; `place` is host and round."""

    def script(replies: Mapping[str, Reply]) -> Script:
        fresh = [f"{join.role}:{node_id(replies[f'join {join.host}'])}" for join in formation.join]
        return WAIT(str(terms.timeout), *wanted, *fresh, timeout=terms.timeout + 30.0)

    change = Change("wait", "until the nodes are ready", cause, counts=False)
    return ClusterChange(*place, change, script_from=script)


def _depart(formation: Formation, terms: Terms) -> list[ClusterChange]:
    """Demotions one after the other, then the nodes that are to go.

    Where the leader goes, its successor knows of no node until each has called again.
    """
    place = formation.successor or formation.speaker, 4 if formation.successor else 3
    changes = []
    for update in formation.demote:
        script = DEMOTE(update.node.id, str(terms.timeout), timeout=terms.timeout + 60.0)
        change = Change("demote", f"node of {update.host}", "role manager", script)
        changes.append(ClusterChange(*place, change))
    if formation.demote:
        demoted = {update.host for update in formation.demote}
        promoted = {update.host for update in formation.update if update.role}
        wanted = [
            f"{_role(node, host in promoted, host in demoted)}:{node.id}"
            for host, node in formation.members.items()
            if node.state == "ready"
        ]
        changes.append(_waiting(formation, terms, place, wanted))
    changes += [ClusterChange(*place, _removal(terms, node)) for node in formation.prune]
    return changes


def _role(node: Node, promoted: bool, demoted: bool) -> str:
    """What a node is when all is done."""
    return "manager" if promoted or (node.is_manager and not demoted) else "worker"


def _removal(terms: Terms, removal: Removal) -> Change:
    drain = "drain" if removal.drain else ""
    seconds = str(terms.timeout)
    script = REMOVE(removal.node.id, seconds, drain, timeout=2 * terms.timeout + 60.0)
    return Change("remove", f"node {removal.node}", removal.cause, script)
