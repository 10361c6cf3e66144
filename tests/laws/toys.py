"""Toy modules whose tasks are entangled: what one writes, another one reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from deployer.model.script import Reply, Stdin
from deployer.sdk import Change, Command, Outcome, Resource, Script, arg, sh
from deployer.sdk.kinds import Manual

MANUAL = Manual(summary="A toy.")
READ = sh("toy_read")
COPY = sh("toy_copy")
BUMP = sh("toy_bump")


def read(state: dict[str, str], args: tuple[str, ...], _stdin: Stdin) -> Reply:
    lines = [f"{key}={state.get(key, '')}" for key in args]
    return Reply(0, ("\n".join(lines) + "\n").encode())


def copy(state: dict[str, str], args: tuple[str, ...], _stdin: Stdin) -> Reply:
    key, value = args
    if value == "broken":
        return Reply(1, b"", b"it broke\n")
    state[key] = value
    return Reply(0)


def bump(state: dict[str, str], args: tuple[str, ...], _stdin: Stdin) -> Reply:
    key, source = args
    state[key] = (state.get(source, "") + "+")[-4:]
    return Reply(0, state[key].encode())


BEHAVIOURS = {READ: read, COPY: copy, BUMP: bump}


@dataclass(frozen=True, slots=True)
class SetArgs:
    key: str = arg(doc="What to write.")
    value: str = arg("", doc="Its value …")
    source: str = arg("", doc="… followed by the value of this key at that time.")


def _state(args: SetArgs, reply: Reply) -> dict[str, str]:
    return dict(line.split("=", 1) for line in reply.out.splitlines())


def _diff(args: SetArgs, state: dict[str, str]) -> list[Change]:
    wanted = (args.value + state.get(args.source, ""))[:6]
    if state[args.key] == wanted:
        return []
    return [Change("set", args.key, f"was {state[args.key]!r}", COPY(args.key, wanted))]


SET = Resource(
    name="toy_set",
    args=SetArgs,
    probe=lambda args: READ(args.key, *([args.source] if args.source else [])),
    parse=_state,
    diff=_diff,
    report=lambda args, state: Outcome(values={"seen": state[args.key]}),
    manual=MANUAL,
)


@dataclass(frozen=True, slots=True)
class BumpArgs:
    key: str = arg(doc="What to write.")
    source: str = arg(doc="What to read.")
    unless: str = arg("", doc="Do nothing where this key has a value.")
    mode: Literal["always", "once"] = arg("always", doc="For the plan only.")


def _skip(args: BumpArgs, reply: Reply) -> Outcome | None:
    return Outcome(changed=False) if reply.out.strip().endswith(tuple("+abc0123")) else None


BUMP_MODULE = Command(
    name="toy_bump",
    args=BumpArgs,
    script=lambda args: BUMP(args.key, args.source),
    conclude=lambda args, reply: Outcome(changed=True, values={"stdout": reply.out, "rc": 0}),
    probe=lambda args: READ(args.unless) if args.unless else Script(),
    skip=_skip,
    status_tells=True,
    manual=MANUAL,
)


def _judge(_args: BumpArgs, reply: Reply) -> Outcome:
    """As of a web request: whether it went well stands in the answer, not in the status."""
    bad = len(reply.out) % 2 == 0
    return Outcome(changed=not bad, failed=bad, values={"stdout": reply.out, "rc": 0})


JUDGE = Command(
    name="toy_judge",
    args=BumpArgs,
    script=lambda args: BUMP(args.key, args.source),
    conclude=_judge,
    manual=MANUAL,
)

TOYS = {"toy_set": SET, "toy_bump": BUMP_MODULE, "toy_judge": JUDGE}
