"""`group_by`: put the host into a group named after what is known of it."""

from __future__ import annotations

from deployer.model.values import dataclass
from deployer.sdk import Directed, Directive, JoinGroup, Outcome, Refused, Situation, arg
from deployer.sdk.kinds import Manual


@dataclass(frozen=True, slots=True)
class Args:
    key: str = arg(doc="Name of the group; spaces become dashes.")
    parents: list[str] = arg(list, doc="Groups that it belongs to; `all` where none is given.")


def run(args: Args, _situation: Situation) -> Directed:
    """Whether that changes the inventory is for the engine to say, which has it."""
    group = args.key.replace(" ", "-")
    if not group:
        raise Refused("`key` is empty")
    parents = tuple(parent.replace(" ", "-") for parent in args.parents) or ("all",)
    values = {"add_group": group, "parent_groups": list(parents)}
    return Directed(Outcome(values=values), (JoinGroup(group, parents),))


MODULE = Directive(
    name="group_by",
    args=Args,
    run=run,
    manual=Manual(
        summary="Put the host into a group named after what is known of it.",
        returns={"add_group": "The group.", "parent_groups": "The groups it belongs to."},
        example="""
- group_by:
    key: "os_{{ ansible_distribution }}"
""",
    ),
)
