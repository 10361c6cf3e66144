"""`group`: a group of the host's users."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from deployer.model.values import dataclass
from deployer.sdk import (
    Change,
    Outcome,
    ProbeError,
    Refused,
    Reply,
    Resource,
    Script,
    arg,
    failure,
    sh,
)
from deployer.sdk.accounts import GROUP_TOOLS, check_name
from deployer.sdk.kinds import Manual

# The members are left out: they are not what this module is about.
LOOK = sh("""
line=
if [ -z "$2" ] && command -v getent >/dev/null 2>&1; then
    line=$(getent group "$1")
else
    while IFS= read -r entry; do
        case $entry in "$1":*) line=$entry && break ;; esac
    done </etc/group
fi
case $line in "$1":*) ;; *) exit 0 ;; esac
line=${line#*:}
line=${line#*:}
echo "group ${line%%:*}"
""")

ADD = sh('groupadd "$@" >&2', uses=(GROUP_TOOLS,))
MODIFY = sh('groupmod "$@" >&2', uses=(GROUP_TOOLS,))
REMOVE = sh('groupdel "$@" >&2', uses=(GROUP_TOOLS,))


@dataclass(frozen=True, slots=True)
class Args:
    name: str = arg(doc="Name of the group.")
    state: Literal["present", "absent"] = arg("present", doc="Whether it should be there.")
    gid: int | None = arg(None, doc="Its number.")
    system: bool = arg(False, doc="A new group is a system group (a low number).")
    local: bool = arg(False, doc="Look at the files in /etc only, not at LDAP and the like.")
    non_unique: bool = arg(False, doc="The number may be another group's as well.")
    force: bool = arg(False, doc="Remove it even if it is the primary group of a user.")
    gid_min: int | None = arg(None, doc="Lowest number for a new group.")
    gid_max: int | None = arg(None, doc="Highest number for a new group.")


def probe(args: Args) -> Script:
    check_name("group", args.name)
    return LOOK(args.name, "local" if args.local else "")


def parse(_args: Args, reply: Reply) -> int | None:
    """The group's number, or None where there is no such group."""
    lines = [line for line in reply.out.splitlines() if line.startswith("group ")]
    if not reply.ok or (lines and not lines[-1][6:].isdigit()):
        raise ProbeError(f"cannot read the groups: {(reply.err or reply.out).strip()}")
    return int(lines[-1][6:]) if lines else None


def diff(args: Args, gid: int | None) -> list[Change]:
    if args.non_unique and args.gid is None:
        raise Refused("`non_unique` needs a `gid`")
    made = _change(args, gid)
    return [replace(made, script=made.script + probe(args))] if made else []


def _change(args: Args, gid: int | None) -> Change | None:
    subject = args.name
    if args.state == "absent":
        if gid is None:
            return None
        flags = ["-f"] if args.force else []
        return Change("remove group", subject, "present", REMOVE(*flags, args.name))
    number = ["-g", str(args.gid)] if args.gid is not None else []
    number += ["-o"] if args.non_unique else []
    if gid is None:
        return Change("create group", subject, "absent", ADD(*_flags(args), *number, args.name))
    if args.gid in (None, gid):
        return None
    cause = f"gid is {gid}, wanted {args.gid}"
    return Change("change group", subject, cause, MODIFY(*number, args.name))


def _flags(args: Args) -> list[str]:
    """Flags that only a new group gets."""
    flags = ["-r"] if args.system else []
    prefix = "SYS_" if args.system else ""
    if args.gid_min is not None:
        flags += ["-K", f"{prefix}GID_MIN={args.gid_min}"]
    if args.gid_max is not None:
        flags += ["-K", f"{prefix}GID_MAX={args.gid_max}"]
    return flags


def report(args: Args, gid: int | None) -> Outcome:
    """Before a group is there, its number is known only if it was asked for."""
    values: dict[str, object] = {"name": args.name, "state": args.state}
    if args.state == "present":
        number = gid if args.gid is None else args.gid
        values |= {"system": args.system} | ({} if number is None else {"gid": number})
    return Outcome(values=values)


def conclude(args: Args, _gid: int | None, reply: Reply) -> Outcome:
    """The last script was the probe once more: it says which number the host chose."""
    if not reply.ok:
        return failure(reply, f"group {args.name}")
    return report(args, parse(args, reply))


MODULE = Resource(
    name="group",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    status_tells=True,
    manual=Manual(
        summary="A group of the host's users.",
        returns={
            "name": "Its name.",
            "state": "Whether it is to be there.",
            "gid": "Its number.",
            "system": "Whether a system group was asked for.",
        },
        example="""
- group:
    name: app
    gid: 2000
""",
        notes=(
            "Uses groupadd and its kin; where they are missing (busybox), /etc/group is edited.",
        ),
    ),
)
