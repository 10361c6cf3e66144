"""`docker_stack_info`: the stacks of a swarm."""

from __future__ import annotations

from collections.abc import Sequence

from deployer.docker.cli import PRELUDE, Answer, DockerArgs, read_answer
from deployer.model.values import dataclass
from deployer.sdk import ArgumentError, Change, Outcome, Refused, Reply, Resource, Script, arg, sh
from deployer.sdk.kinds import Manual

LOOK = sh("ask stack ls --format '{{json .}}'", uses=(PRELUDE,))


@dataclass(frozen=True, slots=True)
class Args(DockerArgs):
    docker_cli: str | None = arg(None, doc="Not supported yet: path of the docker CLI.")
    cli_context: str | None = arg(None, doc="Not supported yet: context of the docker CLI.")

    def __post_init__(self) -> None:
        DockerArgs.__post_init__(self)
        for name in ("docker_cli", "cli_context"):
            if getattr(self, name):
                raise ArgumentError(f"`{name}` is not supported yet", name)


def probe(args: Args) -> Script:
    return LOOK(env=args.env, timeout=args.seconds)


def parse(_args: Args, reply: Reply) -> Answer:
    return read_answer(reply)


def diff(_args: Args, answer: Answer) -> Sequence[Change]:
    if answer.problem is not None:
        raise Refused(str(answer.problem))
    return []


def report(_args: Args, answer: Answer) -> Outcome:
    """Each stack with docker's keys (what Ansible's module gives) and those of its documentation.

    `Orchestrator` is gone from newer versions of docker: it is `Swarm` everywhere.
    """
    stacks = []
    for record in answer.records:
        whole = {"Orchestrator": "Swarm", **record}
        stacks.append({**whole, **{key.lower(): value for key, value in whole.items()}})
    stacks.sort(key=lambda stack: str(stack.get("name", "")))
    return Outcome(changed=False, values={"results": stacks})


MODULE = Resource(
    name="docker_stack_info",
    informs=True,
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    collection="community.docker",
    manual=Manual(
        summary="List the stacks of a swarm. Runs on a manager.",
        returns={"results": "A list of stacks: name, services (how many), orchestrator."},
        example="""
- docker_stack_info:
  register: stacks
""",
    ),
)
