"""`docker_network`: networks, and the containers that are connected to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from deployer.docker.cli import (
    DockerArgs,
    Record,
    docker_failure,
    failed_probe,
    last_record,
    read_blocks,
)
from deployer.docker.network_scripts import CREATE, GONE, INSPECT, LOOK, REMOVE, WIRE
from deployer.docker.networks import Network, differences, pool_of, rejoin_flags
from deployer.docker.nodes import label_texts
from deployer.docker.troubles import Problem, Trouble
from deployer.model.values import dataclass
from deployer.sdk import Change, Diff, Outcome, Reply, Resource, Script, Value, arg
from deployer.sdk.kinds import Manual


@dataclass(frozen=True, slots=True)
class Args(DockerArgs):
    name: str = arg(doc="Name of the network.", aliases=("network_name",))
    state: Literal["present", "absent"] = arg("present", doc="Whether it shall exist.")
    driver: str = arg("bridge", doc="bridge, overlay, macvlan, or a plugin's.")
    driver_options: dict[str, Value] = arg(dict, doc="Options of the driver.")
    attachable: bool | None = arg(None, doc="Let containers join an overlay network.")
    internal: bool | None = arg(None, doc="No way out of the network.")
    scope: Literal["local", "global", "swarm"] | None = arg(None, doc="Scope of the network.")
    ingress: bool | None = arg(None, doc="The routing mesh of the swarm.")
    enable_ipv4: bool | None = arg(None, doc="IPv4 (Docker 27 and later can turn it off).")
    enable_ipv6: bool | None = arg(None, doc="IPv6.")
    ipam_driver: str | None = arg(None, doc="Driver of the address management.")
    ipam_driver_options: dict[str, Value] | None = arg(None, doc="Its options.")
    ipam_config: list[dict[str, Value]] = arg(
        list, doc="Pools: each with subnet, and iprange, gateway, aux_addresses."
    )
    labels: dict[str, Value] = arg(dict, doc="Labels; others that it has may stay.")
    config_only: bool | None = arg(None, doc="It only holds settings for others.")
    config_from: str | None = arg(None, doc="The network that its settings come from.")
    connected: list[str] = arg(
        list, doc="Containers that are connected; others are disconnected.", aliases=("containers",)
    )
    appends: bool = arg(False, doc="Leave other containers connected.", aliases=("incremental",))
    force: bool = arg(False, doc="Remove and create it again, whatever it is like.")


@dataclass(frozen=True, slots=True)
class State:
    """`record` is what inspect says; `containers` the wanted ones that exist, by id; `attached`
    those that are connected now. `ghost`: it was removed, and tasks of it still end here.
    """

    record: Record | None = None
    problem: Problem | None = None
    containers: tuple[Record, ...] = ()
    attached: tuple[Record, ...] = ()
    ghost: bool = False


def probe(args: Args) -> Script:
    connected = args.connected if args.state == "present" else []
    return LOOK(args.name, *connected, env=args.env, timeout=args.seconds)


def parse(args: Args, reply: Reply) -> State:
    if reply.code:
        return State(problem=failed_probe(reply))
    blocks = read_blocks(reply.out)
    answer = blocks["network"]
    containers, attached = (
        blocks[name].records if name in blocks else () for name in ("containers", "attached")
    )
    # An id's beginning finds a network as well: only the name counts.
    named = [record for record in answer.records if record["Name"] == args.name]
    if named and "ghost" in blocks:
        return State(None, None, containers, ghost=True)
    if named:
        return State(named[0], None, containers, attached)
    if answer.problem is None or answer.problem.trouble is Trouble.NOT_FOUND:
        return State(None, None, containers)
    return State(None, answer.problem, containers)


def described(args: Args) -> Network:
    """The network that the arguments describe; Refused for values that cannot be meant."""
    options = {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in args.driver_options.items()
    }
    ipam = args.ipam_driver_options
    return Network(
        driver=args.driver,
        options=options,
        labels=label_texts(args.labels),
        pools=tuple(pool_of(given) for given in args.ipam_config),
        ipam_driver=args.ipam_driver,
        ipam_options=None if ipam is None else {key: str(value) for key, value in ipam.items()},
        switches={
            "attachable": args.attachable,
            "internal": args.internal,
            "ingress": args.ingress,
            "enable_ipv4": args.enable_ipv4,
            "enable_ipv6": args.enable_ipv6,
            "config_only": args.config_only,
        },
        scope=args.scope,
        config_from=args.config_from,
    )


def diff(args: Args, state: State) -> Sequence[Change]:
    """Remove, create, create again, connect, disconnect."""
    if args.state == "absent":
        return _absent(args, state)
    wanted = described(args)
    create = CREATE(args.name, *wanted.flags, env=args.env, timeout=args.seconds + 30)
    changes: list[Change] = []
    if state.ghost:
        gone = GONE(args.name, str(args.timeout), env=args.env, timeout=args.seconds + 30)
        cause = "removed, and gone when its last tasks have ended"
        changes.append(Change("create", f"network {args.name}", cause, gone + create))
    elif state.record is None:
        cause = state.problem.cause if state.problem else "absent"
        changes.append(Change("create", f"network {args.name}", cause, create))
    else:
        found = differences(wanted, state.record)
        if found or args.force:
            script = _remove(args) + create
            shown = Diff(
                before="".join(f"{item.key}: {item.now}\n" for item in found),
                after="".join(f"{item.key}: {item.wanted}\n" for item in found),
            )
            cause = "; ".join(map(str, found)) or "`force`"
            changes.append(Change("recreate", f"network {args.name}", cause, script, shown))
    changes += _wiring(args, state, fresh=bool(changes))
    if changes:
        ask = INSPECT(args.name, env=args.env, timeout=args.seconds)
        changes[-1] = replace(changes[-1], script=changes[-1].script + ask)
    return changes


def _remove(args: Args) -> Script:
    return REMOVE(args.name, env=args.env, timeout=args.seconds + 60)


def _absent(args: Args, state: State) -> list[Change]:
    if state.record is None and (state.problem is None or _nothing_there(state.problem)):
        return []
    cause = state.problem.cause if state.problem else "present"
    return [Change("remove", f"network {args.name}", cause, _remove(args))]


def _nothing_there(problem: Problem) -> bool:
    """Without docker there is no network."""
    return problem.trouble is Trouble.NOT_INSTALLED


def _wiring(args: Args, state: State, *, fresh: bool) -> list[Change]:
    """Connections. `fresh`: the network is new, so nothing is connected yet."""
    if fresh:
        return _rewiring(args, state)
    present = {} if state.record is None else state.record.get("Containers") or {}
    wanted_ids = {record["Id"] for record in state.containers}
    changes = [
        _wire(args, "connect", _name(record), "not connected")
        for record in state.containers
        if args.name not in (record.get("Networks") or {})
    ]
    if args.connected and not args.appends:
        for identity, endpoint in sorted(present.items()):
            if identity not in wanted_ids:
                name = endpoint.get("Name") or identity
                changes.append(_wire(args, "disconnect", name, "not in `connected`", "--force"))
    return changes


def _rewiring(args: Args, state: State) -> list[Change]:
    """Of a network that is made (again): who was connected stays so, by the names it had there."""
    pools = described(args).pools
    causes = {record["Id"]: (record, "not connected") for record in state.containers}
    if args.appends or not args.connected:
        for record in state.attached:
            causes.setdefault(record["Id"], (record, "was connected"))
    placed = [
        (rejoin_flags(record, args.name, pools), _name(record), cause)
        for record, cause in causes.values()
    ]
    # An address of its own first: nobody else shall have got it meanwhile.
    placed.sort(key=lambda place: not {"--ip", "--ip6"} & set(place[0]))
    return [_wire(args, "connect", name, cause, *flags) for flags, name, cause in placed]


def _name(container: Record) -> str:
    return str(container["Name"]).lstrip("/")


def _wire(
    args: Args, verb: Literal["connect", "disconnect"], name: str, cause: str, *flags: str
) -> Change:
    script = WIRE(verb, args.name, name, *flags, env=args.env, timeout=args.seconds)
    return Change(verb, f"container {name} of network {args.name}", cause, script)


def report(args: Args, state: State) -> Outcome:
    """`network` is what inspect says; in a dry run, what is known of one that shall be."""
    if args.state == "absent":
        return Outcome()
    record = state.record or described(args).foreseen(args.name)
    return Outcome(values={"network": record}, warnings=_unknown(args, state))


def _unknown(args: Args, state: State) -> tuple[str, ...]:
    """A container that does not exist is left out, as in community.docker, but not in silence."""
    known = [name for record in state.containers for name in (record["Name"][1:], record["Id"])]
    missing = [name for name in args.connected if not any(text.startswith(name) for text in known)]
    return tuple(f"there is no container {name} to connect" for name in missing)


def conclude(args: Args, state: State, reply: Reply) -> Outcome:
    if not reply.ok:
        return docker_failure(reply, f"network {args.name}")
    if args.state == "absent":
        return Outcome()
    return Outcome(values={"network": last_record(reply)}, warnings=_unknown(args, state))


MODULE = Resource(
    name="docker_network",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    status_tells=True,
    cluster=True,
    collection="community.docker",
    manual=Manual(
        summary="Create, change and remove Docker networks, and connect containers to them.",
        returns={"network": "What `docker network inspect` says of it."},
        example="""
- docker_network:
    name: backend
    driver: overlay
    attachable: true
""",
        notes=(
            "A network cannot be changed: what differs is removed and created again, which fails "
            "while services use it. Containers that were connected are connected again, by their "
            "aliases; where `connected` is given without `appends`, only those. Only options that "
            "are given are compared.",
        ),
    ),
)
