"""`docker_network`: networks, and the containers that are connected to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from deployer.docker.cli import (
    PRELUDE,
    DockerArgs,
    Record,
    docker_failure,
    failed_probe,
    last_record,
    read_blocks,
)
from deployer.docker.networks import Network, differences, pool_of
from deployer.docker.nodes import label_texts
from deployer.docker.troubles import Problem, Trouble
from deployer.model.values import dataclass
from deployer.sdk import Change, Diff, Outcome, Reply, Resource, Script, Value, arg, sh
from deployer.sdk.kinds import Manual

#: $1 the network, the rest containers that shall be connected.
LOOK = sh(
    """
echo @network
ask network inspect --format '{{json .}}' -- "$1"
shift
if [ $# -gt 0 ]; then
    echo @containers
    docker container inspect --format \\
        '{"Id":{{json .Id}},"Name":{{json .Name}},"Networks":{{json .NetworkSettings.Networks}}}' \\
        -- "$@" 2>/dev/null
fi
:
""",
    uses=(PRELUDE,),
)

#: $1 the name, the rest flags.
CREATE = sh(
    """
need_docker
name=$1
shift
docker network create "$@" -- "$name" >/dev/null
""",
    uses=(PRELUDE,),
)

#: Containers are disconnected only where they are what keeps the network; services are not.
#: A network of the swarm goes a moment after the answer.
REMOVE = sh(
    """
need_docker
remove() {
    said=$(docker network rm -- "$name" 2>&1)
}
gone() {
    ! docker network inspect -- "$name" >/dev/null 2>&1
}
name=$1
if ! remove; then
    case $said in
    *'active endpoints'* | *'in use by task'*)
        docker network inspect --format '{{range .Containers}}{{println .Name}}{{end}}' \\
            -- "$name" |
            while IFS= read -r container; do
                [ -z "$container" ] ||
                    docker network disconnect --force -- "$name" "$container" || exit
            done || exit
        retry 20 remove
        ;;
    *) false ;;
    esac || {
        printf '%s\\n' "$said" >&2
        exit 1
    }
fi
retry 30 gone && exit
echo "network $name is still there 30 seconds after its removal" >&2
exit 1
""",
    uses=(PRELUDE,),
)

#: $1 connect or disconnect, $2 the network, $3 the container.
WIRE = sh("""
force=
[ "$1" = connect ] || force=--force
docker network "$1" $force -- "$2" "$3"
""")

INSPECT = sh("""
docker network inspect --format '{{json .}}' -- "$1"
""")


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
    """`record` is what inspect says; `containers` the wanted ones that exist, by id."""

    record: Record | None = None
    problem: Problem | None = None
    containers: tuple[Record, ...] = ()


def probe(args: Args) -> Script:
    connected = args.connected if args.state == "present" else []
    return LOOK(args.name, *connected, env=args.env, timeout=args.seconds)


def parse(args: Args, reply: Reply) -> State:
    if reply.code:
        return State(problem=failed_probe(reply))
    blocks = read_blocks(reply.out)
    answer = blocks["network"]
    containers = blocks["containers"].records if "containers" in blocks else ()
    # An id's beginning finds a network as well: only the name counts.
    named = [record for record in answer.records if record["Name"] == args.name]
    if named:
        return State(named[0], None, containers)
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
    if state.record is None:
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
    changes = []
    present = {} if fresh or state.record is None else state.record.get("Containers") or {}
    wanted_ids = {record["Id"] for record in state.containers}
    for record in state.containers:
        name = record["Name"].lstrip("/")
        if fresh or args.name not in (record.get("Networks") or {}):
            changes.append(_wire(args, "connect", name, "not connected"))
    if args.connected and not args.appends:
        for identity, endpoint in sorted(present.items()):
            if identity not in wanted_ids:
                name = endpoint.get("Name") or identity
                changes.append(_wire(args, "disconnect", name, "not in `connected`"))
    return changes


def _wire(args: Args, verb: Literal["connect", "disconnect"], name: str, cause: str) -> Change:
    script = WIRE(verb, args.name, name, env=args.env, timeout=args.seconds)
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
            "while services use it. Only options that are given are compared.",
        ),
    ),
)
