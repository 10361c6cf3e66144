"""`swarm_cluster`: one task describes the whole swarm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from deployer.docker.formation import Wish
from deployer.docker.forming import form
from deployer.docker.joining import Addresses
from deployer.docker.looking import Seen, look, read_look
from deployer.docker.nodes import Node, label_texts
from deployer.docker.rounds import Terms, rounds
from deployer.model.source import Template
from deployer.model.values import dataclass
from deployer.sdk import (
    Cluster,
    ClusterChange,
    Outcome,
    Refused,
    Reply,
    Script,
    Situation,
    Value,
    arg,
)
from deployer.sdk.kinds import Manual


@dataclass(frozen=True, slots=True)
class Args:
    managers: list[str] = arg(
        Template("{{ groups['managers'] }}"), doc="Hosts that are managers; default: the group."
    )
    workers: list[str] = arg(
        Template("{{ groups['workers'] | default([]) }}"),
        doc="Hosts that are workers; default: the group of that name, if there is one.",
    )
    labels: Value = arg(
        Template("{{ swarm_labels | default(none) }}"),
        doc="Labels of a node; default: the host's variable `swarm_labels`.",
        kind="per_host",
    )
    labels_state: Literal["merge", "replace"] = arg(
        "merge", doc="`replace` removes the labels that are not given (of hosts that give any)."
    )
    availability: Value = arg(
        Template("{{ swarm_availability | default(none) }}"),
        doc="active, pause or drain; default: the host's variable `swarm_availability`.",
        kind="per_host",
    )
    advertise_addr: Value = arg(
        None, doc="Address (or interface) that others reach a host at.", kind="per_host"
    )
    advertise_interface: Value = arg(
        None, doc="Interface whose address is advertised, such as eth1.", kind="per_host"
    )
    data_path_addr: Value = arg(
        None, doc="Address or interface of the containers' traffic.", kind="per_host"
    )
    listen_addr: str = arg("0.0.0.0:2377", doc="Where managers listen.")
    data_path_port: int | None = arg(
        None, doc="Port of the containers' traffic; at the start only."
    )
    default_addr_pool: list[str] = arg(list, doc="Pools of overlay networks; at the start only.")
    subnet_size: int | None = arg(None, doc="Size of subnets out of the pools; at the start only.")
    task_history_limit: int | None = arg(None, doc="How many old tasks are kept.")
    autolock: bool = arg(False, doc="Not supported yet: lock managers until they are unlocked.")
    remove_dead: bool = arg(
        False, doc="Remove the entry of a replaced host: down, same host name, other id."
    )
    move_nodes: bool = arg(False, doc="Let a host leave another swarm that it is part of.")
    force_leave: bool = arg(False, doc="With `move_nodes`: even where it is a manager there.")
    prune_unlisted: bool = arg(
        False, doc="Drain and remove nodes that are no listed host's; else a warning names them."
    )
    timeout: int = arg(60, doc="Seconds for joining, and for nodes to become ready.")
    check_mode: bool = arg(False, doc="Set by the engine.", kind="check_mode")

    @property
    def names(self) -> tuple[list[str], list[str]]:
        """Managers and workers. A default that the engine has not rendered names nobody."""
        given: list[Value] = [self.managers, self.workers]
        managers, workers = ([] if isinstance(one, str) else one for one in given)
        return managers, workers

    @property
    def hosts(self) -> list[str]:
        """All of them, managers first."""
        managers, workers = self.names
        return [*managers, *workers]

    def of(self, name: str, host: str) -> Value:
        """The value of a per-host argument for one host; None where it has none."""
        value = getattr(self, name)
        return value.get(host) if isinstance(value, Mapping) else None

    def addresses(self, host: str) -> Addresses:
        """How a host shows itself when it starts or joins the swarm."""
        advertise = self.of("advertise_addr", host) or self.of("advertise_interface", host)
        data_path = self.of("data_path_addr", host)
        return Addresses(str(advertise or ""), self.listen_addr, str(data_path or ""))


def members(args: Args, _situation: Situation) -> Sequence[str]:
    return args.hosts


def probe(args: Args, _host: str) -> Script:
    return look(settings=args.task_history_limit is not None, seconds=float(args.timeout))


def parse(_args: Args, name: str, reply: Reply) -> Seen:
    return read_look(name, reply)


def wish_of(args: Args) -> Wish:
    """The cluster that the arguments describe; refuses values that cannot be meant."""
    if args.autolock:
        raise Refused("`autolock` is not supported yet")
    managers, workers = args.names
    hosts = args.hosts
    availability = {}
    for host in hosts:
        word = args.of("availability", host)
        if word not in (None, "", "active", "pause", "drain"):
            raise Refused(f"`availability` of {host}: {word!r} is none of active, pause, drain")
        availability[host] = str(word or "")
    labels = {host: args.of("labels", host) for host in hosts}
    return Wish(
        managers=tuple(managers),
        workers=tuple(workers),
        labels={
            host: label_texts(given, f"labels of {host}")
            for host, given in labels.items()
            if given is not None
        },
        labels_state=args.labels_state,
        availability=availability,
        remove_dead=args.remove_dead,
        move_nodes=args.move_nodes,
        force_leave=args.force_leave,
        prune_unlisted=args.prune_unlisted,
        check_mode=args.check_mode,
    )


def terms_of(args: Args, history_now: int | None) -> Terms:
    """How it is done: what only matters when a swarm starts, a host joins or something waits."""
    flags = [word for pool in args.default_addr_pool for word in ("--default-addr-pool", pool)]
    numbers = {
        "--default-addr-pool-mask-length": args.subnet_size,
        "--data-path-port": args.data_path_port,
    }
    for flag, number in numbers.items():
        flags += [flag, str(number)] if number is not None else []
    wanted = args.task_history_limit
    return Terms(
        timeout=args.timeout,
        addresses={host: args.addresses(host) for host in args.hosts},
        init_flags=tuple(flags),
        history=wanted if wanted != history_now else None,
        history_now=history_now,
    )


def plan(args: Args, states: Mapping[str, Seen]) -> Sequence[ClusterChange]:
    formation = form(wish_of(args), {name: seen.host for name, seen in states.items()})
    return rounds(formation, terms_of(args, states[formation.speaker].history))


def report(args: Args, name: str, states: Mapping[str, Seen]) -> Outcome:
    """The host's own node and the list of all, as its managers see them."""
    wish = wish_of(args)
    seen = states.get(name)
    if seen is None:
        return Outcome()
    if seen.host.blind and not args.check_mode:
        return Outcome(failed=True, msg=str(seen.host.problem))
    nodes: Sequence[Node] = ()
    for other in states.values():
        if seen.host.node_id and seen.host.node_id in {node.id for node in other.host.nodes}:
            nodes = other.host.nodes
            break
    names = {other.host.node_id: host for host, other in states.items() if other.host.node_id}
    listed = [_shown(node, names.get(node.id, "")) for node in nodes]
    own = next((entry for entry in listed if entry["id"] == seen.host.node_id), {})
    values = {
        "node": own,
        "nodes": listed,
        "managers": [entry["id"] for entry in listed if entry["role"] == "manager"],
        "workers": [entry["id"] for entry in listed if entry["role"] == "worker"],
    }
    return Outcome(values=values, warnings=_warnings(wish, name, states))


def _warnings(wish: Wish, name: str, states: Mapping[str, Seen]) -> tuple[str, ...]:
    """Once for the whole cluster: with the first host that was seen."""
    if name != next((host for host in wish.hosts if host in states), None):
        return ()
    lost = tuple(
        f"{host} could not be reached: it stays as it is"
        for host in wish.hosts
        if host not in states
    )
    try:
        return lost + form(wish, {host: seen.host for host, seen in states.items()}).warnings
    except Refused:
        return lost


def _shown(node: Node, host: str) -> dict[str, Value]:
    return {
        "id": node.id,
        "host": host,
        "hostname": node.hostname,
        "role": node.role,
        "availability": node.availability,
        "state": node.state,
        "address": node.address,
        "labels": dict(node.labels),
        "leader": node.leader,
        "reachability": node.reachability,
    }


MODULE = Cluster(
    name="swarm_cluster",
    args=Args,
    members=members,
    probe=probe,
    parse=parse,
    plan=plan,
    report=report,
    manual=Manual(
        summary="Describe a whole swarm in one task: managers, workers, labels, availability.",
        returns={
            "node": "The host's own node: id, role, availability, state, address, labels.",
            "nodes": "All nodes; `host` is the name in the inventory where it is a listed one.",
            "managers": "Ids of the managers.",
            "workers": "Ids of the workers.",
        },
        example="""
- name: Form the swarm
  hosts: managers:workers
  tasks:
    - swarm_cluster:
        advertise_interface: eth1
        labels: "{{ {'zone': zone} }}"
        remove_dead: true
""",
        notes=(
            "Hosts are recognised by their node ids, so names may differ and may change.",
            "Every step is refused that would leave the managers without a majority.",
            "A join token goes to dockerd by `docker system dial-stdio`, on standard input: it "
            "stands in no command line.",
        ),
    ),
)
