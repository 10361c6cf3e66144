"""Access and modification times: the arguments of `file`, and comparing them.

Times are the host's local ones, as `touch -t` takes them; only the host knows its time zone.
"""

from __future__ import annotations

import re
from datetime import datetime

from deployer.model.change import Change
from deployer.model.values import dataclass
from deployer.sdk.arguments import arg
from deployer.sdk.files.attributes import AttributeArgs
from deployer.sdk.files.links import TOUCH
from deployer.sdk.files.look import FileState


@dataclass(frozen=True, slots=True)
class TimeArgs(AttributeArgs):
    """The arguments for times."""

    access_time: str | None = arg(None, doc="`preserve`, `now`, or a time; touch: now.")
    access_time_format: str = arg("%Y%m%d%H%M.%S", doc="How `access_time` is written.")
    modification_time: str | None = arg(None, doc="`preserve`, `now`, or a time; touch: now.")
    modification_time_format: str = arg("%Y%m%d%H%M.%S", doc="How `modification_time` is written.")


def exact(args: TimeArgs) -> tuple[str, str]:
    """The access and modification times that are asked for as `[[CC]YY]MMDDhhmm.ss`, or nothing."""
    return (
        stamp(args.access_time, args.access_time_format, "access_time"),
        stamp(args.modification_time, args.modification_time_format, "modification_time"),
    )


def stamp(given: str | None, form: str, name: str) -> str:
    """A time in the form of `touch -t`; nothing for `now`, `preserve` and what is no time."""
    if given is None or given in ("", "now", "preserve"):
        return ""
    try:
        when = datetime.strptime(given, form)
    except ValueError:
        return f"!{name}"
    return when.strftime("%Y%m%d%H%M.%S")


def set_times(args: TimeArgs, at: FileState, default: str = "preserve") -> list[Change]:
    """The change of times; those of the host are compared to the second."""
    changes = {}
    pairs = (
        ("access time", args.access_time or default, exact(args)[0], at.accessed),
        ("modification time", args.modification_time or default, exact(args)[1], at.modified),
    )
    for name, given, wanted, present in pairs:
        digits = re.sub(r"[-: ]", "", present[:19])
        if given == "now":
            changes[name] = "now"
        elif wanted and wanted.replace(".", "") != digits:
            changes[name] = wanted
    if not changes:
        return []
    script = TOUCH(at.path, changes.get("access time", ""), changes.get("modification time", ""))
    cause = ", ".join(f"{name} {time}" for name, time in changes.items())
    return [Change("touch", f"{at.type} {at.path}", cause, script)]
