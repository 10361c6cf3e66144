"""`fail`: fail with a message."""

from __future__ import annotations

from deployer.model.values import dataclass
from deployer.sdk import Directed, Directive, Outcome, Situation, arg
from deployer.sdk.kinds import Manual


@dataclass(frozen=True, slots=True)
class Args:
    msg: str = arg("Failed as requested from task", doc="What to say.")


def run(args: Args, _situation: Situation) -> Directed:
    return Directed(Outcome(changed=False, failed=True, msg=args.msg))


MODULE = Directive(
    name="fail",
    args=Args,
    run=run,
    manual=Manual(
        summary="Fail with a message (usually under a `when`).",
        example="""
- fail:
    msg: "{{ inventory_hostname }} has no data disk"
  when: data_disk is not defined
""",
    ),
)
