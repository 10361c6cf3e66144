"""`docker_swarm`: start, join, change and leave a swarm, one host at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from deployer.docker.cli import DockerArgs, docker_failure, read_blocks
from deployer.docker.joining import Addresses, join_script
from deployer.docker.nodes import label_texts
from deployer.docker.settings import SETTINGS, Start, differing, start_script, update_script
from deployer.docker.settling import FORGET, LEAVE, NODE_STATE
from deployer.docker.swarm import FACTS, INFO_FORMAT, SwarmView, read_view, view_of
from deployer.docker.troubles import Trouble
from deployer.model.values import dataclass
from deployer.sdk import (
    ArgumentError,
    Change,
    Outcome,
    Refused,
    Reply,
    Resource,
    Script,
    Secret,
    Value,
    arg,
)
from deployer.sdk.kinds import Manual


@dataclass(frozen=True, slots=True)
class Args(DockerArgs):
    state: Literal["present", "join", "absent", "remove", "inspect"] = arg(
        "present", doc="present starts or changes one, absent leaves, remove forgets a node."
    )
    advertise_addr: str = arg("", doc="Address or interface that others reach this host at.")
    listen_addr: str = arg("0.0.0.0:2377", doc="Where managers listen.")
    data_path_addr: str = arg("", doc="Address or interface of the containers' traffic.")
    data_path_port: int | None = arg(None, doc="Its port; only used at the start.")
    default_addr_pool: list[str] = arg(list, doc="Pools of networks; only used at the start.")
    subnet_size: int | None = arg(None, doc="Size of their subnets; only used at the start.")
    remote_addrs: list[str] = arg(list, doc="Managers to join by, as HOST:PORT.")
    join_token: str | None = arg(None, doc="Token to join with.", secret=True)
    node_id: str | None = arg(None, doc="The node to remove.")
    force: bool = arg(False, doc="present: a new swarm of this node alone; absent: as a manager.")
    name: str | None = arg(None, doc="Name of the swarm (Docker allows `default` only).")
    labels: dict[str, Value] | None = arg(None, doc="Labels of the swarm; others are removed.")
    task_history_retention_limit: int | None = arg(None, doc="Old tasks that are kept.")
    snapshot_interval: int | None = arg(None, doc="Log entries between snapshots.")
    keep_old_snapshots: int | None = arg(None, doc="Old snapshots that are kept.")
    log_entries_for_slow_followers: int | None = arg(None, doc="Log entries kept for them.")
    heartbeat_tick: int | None = arg(None, doc="Ticks between heartbeats.")
    election_tick: int | None = arg(None, doc="Ticks without a leader before an election.")
    dispatcher_heartbeat_period: int | None = arg(None, doc="Nanoseconds between heartbeats.")
    node_cert_expiry: int | None = arg(None, doc="Nanoseconds that certificates are valid.")
    signing_ca_cert: str | None = arg(None, doc="Certificate of the CA, PEM.")
    signing_ca_key: str | None = arg(None, doc="Key of the CA, PEM.", secret=True)
    ca_force_rotate: int | None = arg(None, doc="A number whose change renews the CA.")
    autolock_managers: bool | None = arg(None, doc="Lock managers until they are unlocked.")
    rotate_worker_token: bool = arg(False, doc="Make a new token for workers.")
    rotate_manager_token: bool = arg(False, doc="Make a new token for managers.")

    def __post_init__(self) -> None:
        DockerArgs.__post_init__(self)
        needed = {"join": ("remote_addrs", "join_token"), "remove": ("node_id",)}
        for name in needed.get(self.state, ()):
            if not getattr(self, name):
                raise ArgumentError(f"`{name}` is needed for `state: {self.state}`", name)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that are given; labels as texts."""
        given = {name: getattr(self, name) for name in SETTINGS}
        if self.labels is not None:
            given["labels"] = label_texts(self.labels)
        return {name: value for name, value in given.items() if value is not None}


def probe(args: Args) -> Script:
    script = FACTS(INFO_FORMAT, "", env=args.env, timeout=args.seconds)
    if args.state == "remove":
        script += NODE_STATE(args.node_id or "", env=args.env, timeout=args.seconds)
    return script


def parse(_args: Args, reply: Reply) -> SwarmView:
    return read_view(reply)


def diff(args: Args, view: SwarmView) -> Sequence[Change]:
    plans = {"present": _present, "join": _join, "absent": _absent, "remove": _remove}
    if args.state == "inspect":
        return []
    return plans[args.state](args, view)


def _present(args: Args, view: SwarmView) -> list[Change]:
    if view.manages and not args.force:
        return _update(args, view)
    if view.active and not view.manages and not args.force:
        raise Refused(
            f"this host is part of a swarm already (state {view.state}, no manager): let it leave "
            "that first (`state: absent`), or promote it on a manager"
        )
    start = Start(
        args.advertise_addr,
        args.listen_addr,
        args.data_path_addr,
        args.data_path_port,
        args.default_addr_pool,
        args.subnet_size,
        args.force and view.active,
    )
    cause = view.problem.cause if view.problem else "`force`" if view.active else "inactive"
    script = start_script(start, args.settings, args.env)
    return [Change("initialise", "swarm", cause, script)]


def _update(args: Args, view: SwarmView) -> list[Change]:
    """Settings that differ. `name` and the like are told, keys are not."""
    wanted = differing(args.settings, view.cluster or {})
    rotate = (args.rotate_worker_token, args.rotate_manager_token)
    if not wanted and not any(rotate):
        return []
    causes = [f"{name} differs" for name in wanted]
    roles = ("worker", "manager")
    causes += [f"rotate {role} token" for role, yes in zip(roles, rotate, strict=True) if yes]
    script = update_script(view.cluster or {}, wanted, rotate, args.env)
    return [Change("change", "swarm", ", ".join(causes), script)]


def _join(args: Args, view: SwarmView) -> list[Change]:
    if view.active:
        return []
    addresses = Addresses(args.advertise_addr, args.listen_addr, args.data_path_addr)
    token = Secret(args.join_token or "")
    script = join_script(token, args.remote_addrs, addresses, seconds=args.timeout, env=args.env)
    cause = view.problem.cause if view.problem else view.state
    return [Change("join", f"swarm of {', '.join(args.remote_addrs)}", cause, script)]


def _absent(args: Args, view: SwarmView) -> list[Change]:
    if view.problem is not None and view.problem.trouble is Trouble.NOT_INSTALLED:
        return []
    if not view.active and view.problem is None:
        return []
    script = LEAVE("force" if args.force else "", env=args.env, timeout=args.seconds + 30)
    cause = view.problem.cause if view.problem else f"node {view.node_id} is {view.state}"
    return [Change("leave", "swarm", cause, script)]


def _remove(args: Args, view: SwarmView) -> list[Change]:
    script = FORGET(
        args.node_id or "", "force" if args.force else "", env=args.env, timeout=args.seconds + 60
    )
    subject = f"node {args.node_id}"
    problem = view.why_no_manager
    if problem is not None:
        return [Change("remove", subject, problem.cause, script)]
    node = (view.more or {})["node"]
    if node.problem is not None and node.problem.trouble is Trouble.NOT_FOUND:
        return []
    state = node.records[0]["State"] if node.records else "unknown"
    return [Change("remove", subject, f"its state is {state}", script)]


def _facts(view: SwarmView) -> dict[str, Value]:
    return {**view.facts, "UnlockKey": view.unlock_key}


#: In a dry run, so that the tasks that join by these tokens can be planned.
_LATER = Secret("not known before the swarm is there")
_FORESEEN: dict[str, Value] = {
    "JoinTokens": {"Worker": _LATER, "Manager": _LATER},
    "UnlockKey": None,
}
_VERBS = {
    "present": "cannot start or change the",
    "join": "cannot join the",
    "absent": "cannot leave the",
    "remove": "cannot remove the node from the",
}
_DONE = {
    "present": "Swarm cluster updated",
    "join": "New node is added to swarm cluster",
    "absent": "Node has left the swarm cluster",
    "remove": "Node is removed from swarm cluster.",
}
_SAME = {
    "present": "No modification",
    "join": "This node is already part of a swarm.",
    "absent": "This node is not part of a swarm.",
}


def report(args: Args, view: SwarmView) -> Outcome:
    values: dict[str, Value] = {"actions": [_SAME[args.state]] if args.state in _SAME else []}
    if args.state in ("present", "inspect") and view.manages:
        values["swarm_facts"] = _facts(view)
    elif args.state == "present":
        values["swarm_facts"] = _FORESEEN
    return Outcome(values=values)


def conclude(args: Args, view: SwarmView, reply: Reply) -> Outcome:
    if not reply.ok:
        return docker_failure(reply, f"{_VERBS[args.state]} swarm")
    action = _DONE[args.state]
    values: dict[str, Value] = {}
    if args.state == "present":
        now = view_of(read_blocks(reply.out))
        values["swarm_facts"] = _facts(now)
        if args.force or not view.manages:
            action = f"New Swarm cluster created: {(now.cluster or {}).get('ID')}"
    return Outcome(values={**values, "actions": [action]})


MODULE = Resource(
    name="docker_swarm",
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
        summary="Start, join, change and leave a swarm. `swarm_cluster` does it for all hosts.",
        returns={
            "swarm_facts": "The swarm; `JoinTokens.Worker`, `JoinTokens.Manager` and `UnlockKey` "
            "are secrets: they can be used, but not be shown.",
            "actions": "What was done, in words.",
        },
        example="""
- docker_swarm:
    advertise_addr: eth1
  register: swarm
""",
        notes=(
            "Tokens and the key of a CA go to dockerd by `docker system dial-stdio`, on standard "
            "input: they stand in no command line.",
        ),
    ),
)
