"""`docker_node_info`: what the swarm says of its nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deployer.docker.cli import PRELUDE, Answer, DockerArgs, Record, read_answer
from deployer.docker.joining import dialable
from deployer.docker.troubles import Trouble
from deployer.model.values import dataclass
from deployer.sdk import Change, Outcome, Refused, Reply, Resource, Script, arg, sh
from deployer.sdk.kinds import Manual

#: $1 "self", "all" or "some"; for "some", the nodes.
LOOK = sh(
    """
which=$1
shift
case $which in
self) set -- self ;;
all)
    if ids=$(docker node ls -q 2>&1); then
        # shellcheck disable=SC2086  # one word for each id
        set -- $ids
    else
        printf '!%s %s\\n' "$?" "$ids"
        exit 0
    fi
    ;;
esac
ask node inspect --format '{{json .}}' -- "$@"
""",
    uses=(PRELUDE,),
)


@dataclass(frozen=True, slots=True)
class Args(DockerArgs):
    name: list[str] = arg(list, doc="Host names or ids; default: all nodes.")
    self: bool = arg(False, doc="Only the node of this host; `name` is ignored.")


def probe(args: Args) -> Script:
    which = "self" if args.self else "some" if args.name else "all"
    names = args.name if which == "some" else []
    return LOOK(which, *names, env=args.env, timeout=args.seconds)


def parse(_args: Args, reply: Reply) -> Answer:
    return read_answer(reply)


def diff(_args: Args, answer: Answer) -> Sequence[Change]:
    if answer.problem is not None and answer.problem.trouble is not Trouble.NOT_FOUND:
        raise Refused(str(answer.problem))
    return []


def report(_args: Args, answer: Answer) -> Outcome:
    """Nodes that do not exist are left out."""
    return Outcome(changed=False, values={"nodes": [_addressed(node) for node in answer.records]})


def _addressed(record: Record) -> dict[str, Any]:
    """A leader may list itself as 0.0.0.0: then the address is the one it is dialled at."""
    manager, status = record.get("ManagerStatus") or {}, record.get("Status") or {}
    if not manager.get("Leader"):
        return record
    address = dialable(manager.get("Addr", ""), status.get("Addr", "")).rpartition(":")[0]
    return {**record, "Status": {**status, "Addr": address.strip("[]") or status.get("Addr", "")}}


MODULE = Resource(
    name="docker_node_info",
    informs=True,
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    collection="community.docker",
    manual=Manual(
        summary="Tell what the swarm says of its nodes. Runs on a manager.",
        returns={"nodes": "A list of what `docker node inspect` says of each."},
        example="""
- docker_node_info:
    self: true
  register: here
""",
    ),
)
