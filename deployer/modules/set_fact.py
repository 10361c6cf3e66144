"""`set_fact`: set variables of the host for the rest of the run."""

from __future__ import annotations

import keyword

from deployer.model.values import dataclass
from deployer.sdk import Directed, Directive, Outcome, Refused, SetFacts, Situation, Value, arg
from deployer.sdk.kinds import Manual


@dataclass(frozen=True, slots=True)
class Args:
    cacheable: bool = arg(False, doc="Also store them as facts of the host.")
    facts: dict[str, Value] = arg(dict, doc="The variables: every other key.", kind="rest")


def run(args: Args, _situation: Situation) -> Directed:
    """Values are taken as they are: text stays text (ansible-core 2.19)."""
    if not args.facts:
        raise Refused("no variables given: at least one `name: value` is needed")
    for name in args.facts:
        if not name.isidentifier() or not name.isascii() or keyword.iskeyword(name):
            raise Refused(
                f"`{name}` cannot be the name of a variable: letters, digits and underscores, "
                "not beginning with a digit, and no word of Python's"
            )
    outcome = Outcome(changed=False, values={"ansible_facts": dict(args.facts)})
    return Directed(outcome, (SetFacts(dict(args.facts), args.cacheable),))


MODULE = Directive(
    name="set_fact",
    args=Args,
    run=run,
    manual=Manual(
        summary="Set variables of the host for the rest of the run.",
        returns={"ansible_facts": "The variables that were set."},
        example="""
- set_fact:
    release: "{{ version | default('1.0') }}"
    data_dir: /srv/data
""",
        notes=("Texts such as `yes` stay texts, as in ansible-core 2.19; use `| bool`.",),
    ),
)
