"""`ping`: whether the host can be reached and has a shell that works."""

from __future__ import annotations

from deployer.model.values import dataclass
from deployer.sdk import Change, Outcome, ProbeError, Refused, Reply, Resource, Script, arg, sh
from deployer.sdk.kinds import Manual

PONG = sh("echo pong")


@dataclass(frozen=True, slots=True)
class Args:
    data: str = arg("pong", doc="What to return; `crash` fails on purpose, as in Ansible.")


def probe(_args: Args) -> Script:
    return PONG()


def parse(_args: Args, reply: Reply) -> bool:
    """Always true; a shell that does not say `pong` is a ProbeError."""
    if reply.out.strip() != "pong":
        raise ProbeError(f"the host's shell does not work: {(reply.err or reply.out).strip()}")
    return True


def diff(args: Args, _alive: bool) -> list[Change]:
    if args.data == "crash":
        raise Refused("boom")
    return []


def report(args: Args, _alive: bool) -> Outcome:
    return Outcome(changed=False, values={"ping": args.data})


MODULE = Resource(
    name="ping",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    manual=Manual(
        summary="Whether the host can be reached and has a shell that works.",
        returns={"ping": "`pong`, or what `data` says."},
        example="""
- ping:
""",
    ),
)
