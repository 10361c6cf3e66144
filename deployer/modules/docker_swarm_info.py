"""`docker_swarm_info`: the swarm, its nodes, services and tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deployer.docker.cli import DockerArgs, Record
from deployer.docker.swarm import FACTS, FACTS_LIB, INFO_FORMAT, SwarmView, read_view
from deployer.model.values import dataclass
from deployer.sdk import Change, Outcome, Refused, Reply, Resource, Script, Value, arg, sh
from deployer.sdk.kinds import Manual

#: $1 node or service, $2 the block's name, the rest filters (`--filter`, `KEY=VALUE`).
LIST = sh(
    """
echo "@$2"
kind=$1
shift 2
if ids=$(docker "$kind" ls -q "$@" 2>&1); then
    # shellcheck disable=SC2086  # one word for each id
    [ -z "$ids" ] || ask "$kind" inspect --format '{{json .}}' $ids
else
    printf '!%s %s\\n' "$?" "$ids"
fi
""",
    uses=(FACTS_LIB,),
)

#: All tasks of all services ($1 empty) or of one; the rest filters. Nodes' names come along.
TASKS = sh(
    """
echo @tasks
service=$1
shift
[ -n "$service" ] || service=$(docker service ls -q 2>/dev/null)
# shellcheck disable=SC2086
if [ -z "$service" ]; then
    :
elif ids=$(docker service ps -q --no-trunc "$@" $service 2>&1); then
    # shellcheck disable=SC2086
    [ -z "$ids" ] || ask inspect --type task --format '{{json .}}' $ids
else
    printf '!%s %s\\n' "$?" "$ids"
fi
echo @names
docker node ls --format '{"ID":{{json .ID}},"Hostname":{{json .Hostname}}}' 2>/dev/null || :
""",
    uses=(FACTS_LIB,),
)


@dataclass(frozen=True, slots=True)
class Args(DockerArgs):
    nodes: bool = arg(False, doc="List the nodes.")
    nodes_filters: dict[str, Value] = arg(dict, doc="Filters of `docker node ls`.")
    services: bool = arg(False, doc="List the services.")
    services_filters: dict[str, Value] = arg(dict, doc="Filters of `docker service ls`.")
    tasks: bool = arg(False, doc="List the tasks.")
    tasks_filters: dict[str, Value] = arg(
        dict, doc="Filters of `docker service ps`, and `service`."
    )
    unlock_key: bool = arg(False, doc="Tell the key that unlocks managers.")
    verbose_output: bool = arg(False, doc="Everything that inspect says of each object.")


def probe(args: Args) -> Script:
    unlock = "unlock" if args.unlock_key else ""
    script = FACTS(INFO_FORMAT, unlock, env=args.env, timeout=args.seconds)
    for kind, wanted, filters in (
        ("node", args.nodes, args.nodes_filters),
        ("service", args.services, args.services_filters),
    ):
        if wanted:
            flags = _flags(filters)
            script += LIST(kind, f"{kind}s", *flags, env=args.env, timeout=args.seconds)
    if args.tasks:
        filters = dict(args.tasks_filters)
        service = str(filters.pop("service", ""))
        script += TASKS(service, *_flags(filters), env=args.env, timeout=args.seconds)
    return script


def _flags(filters: Mapping[str, Value]) -> list[str]:
    """Filters as the CLI takes them; a list gives one each, a bool is true or false."""
    words = []
    for key, value in filters.items():
        for item in value if isinstance(value, list) else [value]:
            text = str(item).lower() if isinstance(item, bool) else str(item)
            words += ["--filter", f"{key}={text}"]
    return words


def parse(_args: Args, reply: Reply) -> SwarmView:
    return read_view(reply)


def flags_of(view: SwarmView) -> dict[str, bool]:
    """What is told on success and on failure alike."""
    return {
        "can_talk_to_docker": view.problem is None,
        "docker_swarm_active": view.active,
        "docker_swarm_manager": view.manages,
    }


def diff(_args: Args, view: SwarmView) -> Sequence[Change]:
    """Nothing to change; fails where the host is no manager, as Ansible's module does."""
    problem = view.why_no_manager
    if problem is None:
        problem = next((each.problem for each in (view.more or {}).values() if each.problem), None)
    if problem is not None:
        raise Refused(str(problem), flags_of(view))
    return []


def report(args: Args, view: SwarmView) -> Outcome:
    values: dict[str, Value] = {**flags_of(view), "swarm_facts": view.facts}
    blocks = view.more or {}
    names = {node["ID"]: node["Hostname"] for node in _records(blocks, "names")}
    for kind, wanted in (("nodes", args.nodes), ("services", args.services), ("tasks", args.tasks)):
        if wanted:
            found = _records(blocks, kind)
            values[kind] = list(found) if args.verbose_output else _short(kind, found, names)
    if args.unlock_key:
        values["swarm_unlock_key"] = view.unlock_key
    return Outcome(changed=False, values=values)


def _records(blocks: Mapping[str, Any], name: str) -> Sequence[Record]:
    return blocks[name].records if name in blocks else ()


def _short(kind: str, found: Sequence[Record], names: Mapping[str, str]) -> list[Record]:
    if kind == "nodes":
        return [_node(item) for item in found]
    if kind == "tasks":
        return [_task(item, names) for item in found]
    return [_service(item, len(found)) for item in found]


def _node(item: Record) -> Record:
    manager = item.get("ManagerStatus") or {}
    return {
        "ID": item["ID"],
        "Hostname": item["Description"]["Hostname"],
        "Status": item["Status"]["State"],
        "Availability": item["Spec"]["Availability"],
        "ManagerStatus": "Leader" if manager.get("Leader") else manager.get("Reachability"),
        "EngineVersion": item["Description"]["Engine"]["EngineVersion"],
    }


def _service(item: Record, services: int) -> Record:
    """A global service has, as in community.docker, the number of services as its replicas."""
    spec = item["Spec"]
    replicated = spec["Mode"].get("Replicated")
    return {
        "ID": item["ID"],
        "Name": spec["Name"],
        "Mode": "Replicated" if replicated is not None else "Global",
        "Replicas": replicated.get("Replicas") if replicated is not None else services,
        "Image": (spec["TaskTemplate"].get("ContainerSpec") or {}).get("Image"),
        "Ports": (spec.get("EndpointSpec") or {}).get("Ports") or [],
    }


def _task(item: Record, names: Mapping[str, str]) -> Record:
    status = item["Status"]
    return {
        "ID": item["ID"],
        "ContainerID": (status.get("ContainerStatus") or {}).get("ContainerID", ""),
        "Image": (item["Spec"].get("ContainerSpec") or {}).get("Image"),
        "Node": names.get(item.get("NodeID", ""), ""),
        "DesiredState": item["DesiredState"],
        "CurrentState": status["State"],
        "Error": status.get("Err"),
    }


MODULE = Resource(
    name="docker_swarm_info",
    informs=True,
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    collection="community.docker",
    manual=Manual(
        summary="Tell what a swarm is made of. Fails where the host is no manager.",
        returns={
            "can_talk_to_docker": "Whether dockerd answers; told on failure as well.",
            "docker_swarm_active": "Whether the host is part of a swarm; on failure as well.",
            "docker_swarm_manager": "Whether it is a manager; on failure as well.",
            "swarm_facts": "The swarm's settings; its join tokens are secrets.",
            "nodes": "The nodes, where asked for.",
            "services": "The services, where asked for.",
            "tasks": "The tasks of services, where asked for.",
            "swarm_unlock_key": "The key that unlocks managers, where asked for: a secret.",
        },
        example="""
- docker_swarm_info:
    nodes: true
  register: swarm
""",
    ),
)
