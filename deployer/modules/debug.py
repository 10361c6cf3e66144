"""`debug`: show a message or a variable."""

from __future__ import annotations

from deployer.model.values import dataclass
from deployer.sdk import Directed, Directive, Evaluated, Outcome, ShowMessage, Situation, Value, arg
from deployer.sdk.kinds import Manual


@dataclass(frozen=True, slots=True)
class Args:
    msg: Value = arg("Hello world!", doc="What to show.")
    var: Evaluated | None = arg(None, doc="A variable or expression to show.", kind="variable")
    verbosity: int = arg(0, doc="Show it only from this many -v on.")


def run(args: Args, situation: Situation) -> Directed:
    """The message is the result's; a hidden one is a skip, as in Ansible."""
    if situation.verbosity < args.verbosity:
        msg = f"Verbosity threshold not met (needs {args.verbosity} -v)"
        return Directed(Outcome(changed=False, skipped=True, msg=msg))
    show = (ShowMessage(args.verbosity),)
    if args.var is None:
        return Directed(Outcome(changed=False, values={"msg": args.msg}), show)
    value = args.var.value if args.var.defined else "VARIABLE IS NOT DEFINED!"
    return Directed(Outcome(changed=False, values={args.var.name: value}), show)


MODULE = Directive(
    name="debug",
    args=Args,
    run=run,
    manual=Manual(
        summary="Show a message or a variable.",
        example="""
- debug:
    msg: "{{ inventory_hostname }} runs {{ app_version }}"
""",
    ),
)
