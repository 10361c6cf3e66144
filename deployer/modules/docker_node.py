"""`docker_node`: role, availability and labels of a node of the swarm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from deployer.docker.cli import (
    PRELUDE,
    DockerArgs,
    Record,
    docker_failure,
    last_record,
    read_answer,
)
from deployer.docker.nodes import LabelChange, label_change, label_texts, node_of
from deployer.docker.settling import DEMOTE, UPDATE, WAIT
from deployer.docker.troubles import Problem, Trouble
from deployer.model.values import dataclass
from deployer.sdk import Change, Outcome, Refused, Reply, Resource, Script, Value, arg, sh
from deployer.sdk.kinds import Manual

#: Seconds until a node has become a manager, or has ceased to be one. Promoted right after a
#: demotion, it takes SwarmKit 32 (two deadlines of 16 for the certificate).
ROLE_SECONDS = 60

LOOK = sh(
    """
ask node inspect --format '{{json .}}' -- "$1"
""",
    uses=(PRELUDE,),
)

INSPECT = sh("""
docker node inspect --format '{{json .}}' -- "$1"
""")


@dataclass(frozen=True, slots=True)
class Args(DockerArgs):
    hostname: str = arg(doc="Host name of the node as the swarm lists it, or its id.")
    labels: dict[str, Value] | None = arg(None, doc="Labels of the node.")
    labels_state: Literal["merge", "replace"] = arg(
        "merge", doc="`replace` removes all labels that are not given."
    )
    labels_to_remove: list[str] = arg(list, doc="Labels to remove, by their names.")
    availability: Literal["active", "pause", "drain"] | None = arg(
        None, doc="Whether it gets tasks; drain moves those that it has."
    )
    role: Literal["manager", "worker"] | None = arg(None, doc="manager or worker.")


@dataclass(frozen=True, slots=True)
class State:
    """`record` is the node; without it there is the problem."""

    record: Record | None = None
    problem: Problem | None = None


def probe(args: Args) -> Script:
    return LOOK(args.hostname, env=args.env, timeout=args.seconds)


def parse(_args: Args, reply: Reply) -> State:
    answer = read_answer(reply)
    return State(answer.records[0] if answer.records else None, answer.problem)


def diff(args: Args, state: State) -> Sequence[Change]:
    if state.problem is not None and "ambiguous" in state.problem.text:
        raise Refused(f"{state.problem.text}: give the id of the node as `hostname`")
    wanted = label_texts(args.labels)
    if state.record is None:
        cause = _unknown_cause(state.problem)
        labels = label_change({}, wanted)
        script = UPDATE(
            args.hostname, *_flags(args, labels, "", ""), env=args.env, timeout=args.seconds
        )
        return [Change("update", f"node {args.hostname}", cause, script)]
    node = node_of(state.record)
    labels = label_change(node.labels, wanted, args.labels_state, args.labels_to_remove)
    flags = _flags(args, labels, node.availability, node.role)
    if not flags:
        return []
    causes = labels.causes(node.labels)
    if args.availability and args.availability != node.availability:
        causes.append(f"availability is {node.availability}, wanted {args.availability}")
    script = UPDATE(node.id, *flags, env=args.env, timeout=args.seconds)
    if args.role and args.role != node.role:
        if node.state != "ready":
            raise Refused(f"node {node} is {node.state}: its role cannot be changed")
        causes.append(f"role is {node.role}, wanted {args.role}")
        script += _role_script(args, node.id)
    script += INSPECT(node.id, env=args.env, timeout=args.seconds)
    return [Change("update", f"node {args.hostname}", "; ".join(causes), script)]


def _unknown_cause(problem: Problem | None) -> str:
    if problem is None or problem.trouble is Trouble.NOT_FOUND:
        return "not part of the swarm (so far)"
    return problem.cause


def _flags(args: Args, labels: LabelChange, availability: str, role: str) -> list[str]:
    """The words for `docker node update`; a demotion is a step of its own."""
    flags = list(labels.flags)
    if args.availability and args.availability != availability:
        flags += ["--availability", args.availability]
    if args.role and args.role != role:
        flags += ["--role", args.role]
    return flags


def _role_script(args: Args, node_id: str) -> Script:
    """Wait until the new role is true: what follows (a `leave`, a next demotion) relies on it."""
    seconds, limit = str(ROLE_SECONDS), ROLE_SECONDS + args.seconds
    if args.role == "worker":
        return DEMOTE(node_id, seconds, env=args.env, timeout=limit)
    return WAIT(seconds, f"manager:{node_id}", env=args.env, timeout=limit)


def report(_args: Args, state: State) -> Outcome:
    return Outcome(values={"node": state.record})


def conclude(args: Args, _state: State, reply: Reply) -> Outcome:
    if not reply.ok:
        return docker_failure(reply, f"node {args.hostname}")
    return Outcome(values={"node": last_record(reply)})


MODULE = Resource(
    name="docker_node",
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
        summary="Set role, availability and labels of a node. Runs on a manager.",
        returns={"node": "What `docker node inspect` says of it."},
        example="""
- docker_node:
    hostname: worker-3
    labels: {disk: ssd}
    availability: active
  delegate_to: "{{ groups['managers'][0] }}"
""",
        notes=(
            "A change of role waits until the managers agree on it (60 seconds at most).",
            "`swarm_cluster` does this for all nodes at once, and minds the quorum.",
        ),
    ),
)
