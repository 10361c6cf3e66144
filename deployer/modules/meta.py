"""`meta`: an order to the engine itself."""

from __future__ import annotations

from typing import Literal

from deployer.model.values import dataclass
from deployer.sdk import Directed, Directive, Meta, Outcome, Situation, arg
from deployer.sdk.kinds import Manual

Action = Literal[
    "noop",
    "flush_handlers",
    "end_play",
    "end_batch",
    "end_host",
    "end_role",
    "clear_facts",
    "clear_host_errors",
    "refresh_inventory",
    "reset_connection",
]


@dataclass(frozen=True, slots=True)
class Args:
    action: Action = arg(doc="What to do.", aliases=("free_form",), free_form=True)


def run(args: Args, _situation: Situation) -> Directed:
    return Directed(Outcome(changed=False), (Meta(args.action),))


MODULE = Directive(
    name="meta",
    args=Args,
    run=run,
    manual=Manual(
        summary="An order to the engine: run handlers now, end a play, forget facts.",
        example="""
- meta: flush_handlers
- meta: end_host
  when: already_deployed
""",
    ),
)
