"""`pause`: wait some time, or for an answer of the user."""

from __future__ import annotations

from deployer.model.values import dataclass
from deployer.sdk import Directed, Directive, Outcome, Pause, Refused, Situation, arg
from deployer.sdk.kinds import Manual

PROMPT = "Press enter to continue, Ctrl+C to interrupt"


@dataclass(frozen=True, slots=True)
class Args:
    seconds: float | None = arg(None, doc="How long to wait, in seconds.")
    minutes: float | None = arg(None, doc="How long to wait, in minutes.")
    prompt: str | None = arg(None, doc="What to show; without a time, wait for an answer.")
    echo: bool = arg(True, doc="Show what the user types.")


def run(args: Args, _situation: Situation) -> Directed:
    """One wait for all hosts of the batch; a time under one second is one, as in Ansible."""
    if args.seconds is not None and args.minutes is not None:
        raise Refused("`seconds` and `minutes` exclude each other")
    seconds = args.minutes * 60 if args.minutes is not None else args.seconds
    if seconds is not None and seconds < 0:
        raise Refused("a pause cannot have a negative length")
    values = {"rc": 0, "stderr": "", "stdout": "", "echo": args.echo, "user_input": ""}
    outcome = Outcome(changed=False, values=values)
    if seconds is None:
        return Directed(outcome, (Pause(None, args.prompt or PROMPT, args.echo),))
    return Directed(outcome, (Pause(max(seconds, 1.0), args.prompt or "", args.echo),))


MODULE = Directive(
    name="pause",
    args=Args,
    run=run,
    manual=Manual(
        summary="Wait some time, or for an answer of the user; once for all hosts.",
        returns={
            "user_input": "What the user typed.",
            "start": "When the pause began.",
            "stop": "When it ended.",
            "delta": "How long it was, in seconds.",
            "stdout": "Its length in words.",
            "echo": "Whether the input was shown.",
        },
        example="""
- pause:
    seconds: 20
- pause:
    prompt: Type the release to deploy
  register: answer
""",
    ),
)
