"""`setup`: gather facts about the host."""

from __future__ import annotations

from deployer.model.values import dataclass
from deployer.sdk import (
    ArgumentError,
    Change,
    Outcome,
    Refused,
    Reply,
    Resource,
    Script,
    Value,
    arg,
)
from deployer.sdk.facts import FACTS_D, Subset, facts, look, subset_of
from deployer.sdk.kinds import Manual


@dataclass(frozen=True, slots=True)
class Args:
    gather_subset: list[str] = arg(
        ("all",), doc="Which facts: all, min, hardware, network, virtual; `!` leaves one out."
    )
    gather_timeout: int = arg(10, doc="Seconds that gathering may take.")
    filter: list[str] = arg(list, doc="Wildcards; only facts whose name fits are returned.")
    fact_path: str = arg(FACTS_D, doc="Directory of the host's own facts (`*.fact`).")

    @property
    def subset(self) -> Subset:
        try:
            return subset_of(self.gather_subset)
        except ArgumentError as error:
            hint = f"; {error.help}" if error.help else ""
            raise Refused(f"{error.message}{hint}") from None


def probe(args: Args) -> Script:
    return look(args.subset, args.fact_path, timeout=float(args.gather_timeout))


def parse(args: Args, reply: Reply) -> dict[str, Value]:
    return facts(reply, args.subset, args.filter)


def diff(_args: Args, _found: dict[str, Value]) -> list[Change]:
    """Looking changes nothing."""
    return []


def report(_args: Args, found: dict[str, Value]) -> Outcome:
    return Outcome(changed=False, facts=found)


MODULE = Resource(
    name="setup",
    informs=True,
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    manual=Manual(
        summary="Gather facts about the host: what a play does first by itself.",
        returns={"ansible_facts": "The facts; each is a variable too."},
        example="""
- setup:
    gather_subset: [network, "!hardware"]
    filter: ansible_default_ipv4
""",
        notes=("Facts that need Python or facter on the host are not there.",),
    ),
)
