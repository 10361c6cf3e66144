"""`add_host`: add a host to the inventory of this run."""

from __future__ import annotations

from deployer.model.values import dataclass
from deployer.sdk import AddHost, Directed, Directive, Outcome, Refused, Situation, Value, arg
from deployer.sdk.kinds import Manual


@dataclass(frozen=True, slots=True)
class Args:
    name: str = arg(doc="The host; `name:2222` gives its port.", aliases=("host", "hostname"))
    groups: list[str] = arg(list, doc="Groups to put it in.", aliases=("group", "groupname"))
    variables: dict[str, Value] = arg(dict, doc="Its variables: every other key.", kind="rest")


def run(args: Args, _situation: Situation) -> Directed:
    """Whether that changes the inventory is for the engine to say, which has it."""
    name, variables = _split_port(args.name.strip(), dict(args.variables))
    if not name:
        raise Refused("`name` is empty")
    groups = tuple(group for group in args.groups if group)
    told = {"host_name": name, "groups": list(groups), "host_vars": variables}
    return Directed(Outcome(values={"add_host": told}), (AddHost(name, groups, variables),))


def _split_port(name: str, variables: dict[str, Value]) -> tuple[str, dict[str, Value]]:
    """`web:2222` and `[::1]:2222` carry a port; a bare IPv6 address does not."""
    head, colon, port = name.rpartition(":")
    bracketed = head.startswith("[") and head.endswith("]")
    if not colon or not port.isdigit() or (":" in head and not bracketed):
        return name, variables
    variables.setdefault("ansible_port", int(port))
    return head.strip("[]"), variables


MODULE = Directive(
    name="add_host",
    args=Args,
    run=run,
    manual=Manual(
        summary="Add a host to the inventory of this run; once for all hosts.",
        returns={"add_host": "Its name, groups and variables."},
        example="""
- add_host:
    name: "{{ new_machine.address }}"
    groups: [workers]
    ansible_user: root
""",
    ),
)
