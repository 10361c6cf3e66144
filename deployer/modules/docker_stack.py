"""`docker_stack`: deploy a stack to a swarm, and wait until it has converged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from deployer.docker.cli import DockerArgs
from deployer.docker.exposed import exposed, warned
from deployer.docker.stack import StackPlan, plan_stack
from deployer.docker.stack_changes import (
    Order,
    after_deploying,
    after_removing,
    deployments,
    removals,
    values_of,
)
from deployer.docker.stack_inputs import given
from deployer.docker.stack_looking import LEFT, LOOK, Seen, read_look
from deployer.model.values import dataclass
from deployer.sdk import ArgumentError, Change, Outcome, Reply, Resource, Script, Value, arg
from deployer.sdk.kinds import Manual


@dataclass(frozen=True, slots=True)
class Args(DockerArgs):
    name: str = arg(doc="Name of the stack.")
    state: Literal["present", "absent"] = arg("present", doc="Whether it shall be deployed.")
    compose: list[Value] = arg(
        list, doc="Stack files on the host, or one mapping with the content of one."
    )
    prune: bool = arg(False, doc="Remove services that the files do not have any more.")
    detach: bool = arg(True, doc="Accepted: `wait` says whether convergence is waited for.")
    resolve_image: Literal["always", "changed", "never"] = arg(
        "always", doc="Whether the registry is asked which image a tag means."
    )
    with_registry_auth: bool = arg(False, doc="Send the login of the registry to the swarm.")
    absent_retries: int = arg(0, doc="Accepted: removal is waited for, with `wait_timeout`.")
    absent_retries_interval: int = arg(1, doc="Accepted, as `absent_retries`.")
    wait: bool = arg(True, doc="Wait until every service has converged; else only deploy.")
    wait_timeout: int = arg(300, doc="Seconds to wait; what is not converged then has failed.")
    docker_cli: str | None = arg(None, doc="Not supported yet: path of the docker CLI.")
    cli_context: str | None = arg(None, doc="Not supported yet: context of the docker CLI.")

    def __post_init__(self) -> None:
        DockerArgs.__post_init__(self)
        for name in ("docker_cli", "cli_context"):
            if getattr(self, name):
                raise ArgumentError(f"`{name}` is not supported yet", name)
        if self.state == "present" and not self.compose:
            raise ArgumentError("`compose` is needed to deploy a stack", "compose")
        given(self.compose)

    @property
    def order(self) -> Order:
        """What is to be done, without the words of the playbook."""
        paths, inline = given(self.compose)
        return Order(
            stack=self.name,
            paths=paths,
            inline=inline,
            prune=self.prune,
            resolve_image=self.resolve_image,
            auth=self.with_registry_auth,
            wait=self.wait or not self.detach,
            seconds=self.wait_timeout,
            env=self.env,
        )


def probe(args: Args) -> Script:
    order = args.order
    paths = order.paths if args.state == "present" else ()
    asked = "registry" if order.resolve_image == "always" else ""
    look = LOOK(order.stack, asked, *paths, stdin=order.inline, env=order.env, timeout=args.seconds)
    if args.state == "absent":
        look += LEFT(order.stack, env=order.env, timeout=args.seconds)
    return look


def parse(_args: Args, reply: Reply) -> Seen:
    return read_look(reply)


def diff(args: Args, seen: Seen) -> Sequence[Change]:
    if args.state == "absent":
        return removals(args.order, seen)
    return deployments(args.order, seen, plan_of(args, seen))


def plan_of(args: Args, seen: Seen) -> StackPlan | None:
    """The comparison, or None where there is nothing to compare yet."""
    if seen.trouble is not None or seen.file is None:
        return None
    if not args.with_registry_auth:
        # Without a login docker gets no answer either, and takes the tag as it is.
        digests = {name: "none" if d == "denied" else d for name, d in seen.digests.items()}
        seen = replace(seen, digests=digests)
    return plan_stack(args.name, seen, args.resolve_image)


def report(args: Args, seen: Seen) -> Outcome:
    return _warned(args, seen, Outcome(values=values_of(seen.services, {})))


def conclude(args: Args, seen: Seen, reply: Reply) -> Outcome:
    if args.state == "absent":
        return after_removing(args.order, reply)
    return _warned(args, seen, after_deploying(args.order, seen, plan_of(args, seen), reply))


def _warned(args: Args, seen: Seen, outcome: Outcome) -> Outcome:
    services = (seen.file or {}).get("services") if args.state == "present" else None
    return warned(outcome, *exposed(services))


MODULE = Resource(
    name="docker_stack",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    cluster=True,
    collection="community.docker",
    manual=Manual(
        summary="Deploy a stack to a swarm and wait until it has converged. Runs on a manager.",
        returns={
            "stack_spec_diff": "What differs between the services before and after, by service.",
            "services": "The stack's services: name, image, replicas, state of the last update.",
        },
        example="""
- docker_stack:
    name: shop
    compose:
      - /opt/shop/stack.yml
    prune: true
    wait_timeout: 120
""",
        notes=(
            "Every service of the files is compared with the live one, field by field; what was "
            "changed by hand with `docker service update` is seen and set right.",
            "An update that docker paused or rolled back is a failure here, with the error and "
            "the last log lines of the task that did not start.",
            "What a secret made of a file holds cannot be asked, nor what a registry with a login "
            "says of a tag: such a stack is deployed each time, which a plan calls maybe, and is "
            "`changed` only where a service changed.",
            "A stack file on the host that an earlier task writes cannot be compared in a plan; "
            "one in `compose` itself can, for example `lookup('template', …) | from_yaml`.",
        ),
    ),
)
