"""`assert`: fail unless every condition holds."""  # noqa: N999  (the name of the module)

from __future__ import annotations

from deployer.model.values import dataclass
from deployer.sdk import Directed, Directive, Outcome, ShowMessage, Situation, Verdict, arg
from deployer.sdk.kinds import Manual


@dataclass(frozen=True, slots=True)
class Args:
    that: tuple[Verdict, ...] = arg(doc="Conditions that must all hold.", kind="conditions")
    fail_msg: str = arg("", doc="What to say where one does not.", aliases=("msg",))
    success_msg: str = arg("All assertions passed", doc="What to say where all hold.")
    quiet: bool = arg(False, doc="Say nothing where all hold.")


def run(args: Args, _situation: Situation) -> Directed:
    """The first condition that does not hold is the one that is told, as in Ansible."""
    for verdict in args.that:
        if not verdict.holds:
            return Directed(_broken(args, verdict))
    show = () if args.quiet else (ShowMessage(),)
    return Directed(Outcome(changed=False, msg=args.success_msg), show)


def _broken(args: Args, verdict: Verdict) -> Outcome:
    where = f" ({verdict.position})" if verdict.position else ""
    msg = args.fail_msg or f"Assertion failed: {verdict.expression}{where}"
    values = {"evaluated_to": False, "assertion": verdict.expression}
    return Outcome(changed=False, failed=True, msg=msg, values=values)


MODULE = Directive(
    name="assert",
    args=Args,
    run=run,
    manual=Manual(
        summary="Fail unless every condition holds.",
        returns={
            "assertion": "The condition that does not hold.",
            "evaluated_to": "What it gave (false).",
        },
        example="""
- assert:
    that:
      - app_version is version('2.0', '>=')
      - groups['managers'] | length in [1, 3, 5]
    fail_msg: This playbook needs version 2 and an odd number of managers
""",
    ),
)
