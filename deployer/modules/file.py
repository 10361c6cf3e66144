"""`file`: files, directories, links and their attributes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from deployer.sdk import (
    Change,
    Diff,
    Outcome,
    Refused,
    Reply,
    Resource,
    Script,
    Value,
    arg,
    failure,
)
from deployer.sdk.files import (
    AttributeArgs,
    FileState,
    attribute_values,
    look,
    parse_facts,
    parse_look,
    set_attributes,
)
from deployer.sdk.files.attributes import SET
from deployer.sdk.files.directories import create_directory
from deployer.sdk.files.links import (
    BOUNDARY,
    EMPTY,
    HARDLINK,
    REMOVE,
    SAME,
    SYMLINK,
    TOUCH,
)
from deployer.sdk.files.recursion import KINDS, Kinds, change_below, parse_kinds
from deployer.sdk.kinds import Manual

State = Literal["file", "directory", "link", "hard", "touch", "absent"]


@dataclass(frozen=True, slots=True)
class Args(AttributeArgs):
    path: str = arg(doc="Path to manage.", aliases=("dest", "name"))
    state: State | None = arg(None, doc="What is to be there; without it, what is there already.")
    src: str | None = arg(None, doc="Where a link points, or the file that gets another name.")
    recurse: bool = arg(False, doc="Set the attributes of everything below a directory too.")
    force: bool = arg(False, doc="Make a link to what does not exist, or in place of a file.")
    follow: bool = arg(True, doc="Follow a link at `path`.")
    access_time: str | None = arg(None, doc="`preserve`, `now`, or a time; touch: now.")
    access_time_format: str = arg("%Y%m%d%H%M.%S", doc="How `access_time` is written.")
    modification_time: str | None = arg(None, doc="`preserve`, `now`, or a time; touch: now.")
    modification_time_format: str = arg("%Y%m%d%H%M.%S", doc="How `modification_time` is written.")


@dataclass(frozen=True, slots=True)
class Seen:
    """What is at `path`, and about the other things that count.

    `source` is what a link would point to; `same`: path and source are one file already; `empty`:
    a directory without entries; `kinds`: what is below.
    """

    at: FileState
    source: FileState | None = None
    same: bool = False
    empty: bool = False
    kinds: Kinds = Kinds()


def path_of(args: Args) -> str:
    """The path without slashes at its end."""
    return args.path.rstrip("/") or args.path[:1]


def source_of(args: Args) -> str:
    """Where `src` is: a relative target of a link counts from the link's directory."""
    src = args.src or ""
    if args.state == "link" and src and not src.startswith(("/", "~", "$")):
        return posixpath.join(posixpath.dirname(path_of(args)), src)
    return src


def follows(args: Args) -> bool:
    return args.follow and args.state not in ("absent", "link", "hard")


def probe(args: Args) -> Script:
    """The path last, since what it prints may have no end; other questions before a boundary."""
    path, script = path_of(args), Script()
    name = ""
    if args.src and args.state in ("link", "hard"):
        script += look(source_of(args), follow=True) + BOUNDARY()
        script += SAME(path, source_of(args)) if args.state == "hard" else EMPTY(path)
        name = posixpath.basename(args.src) if args.state == "hard" else ""
    elif args.state == "link" and args.follow:
        script += look(path, follow=True)
    elif args.recurse:
        script += KINDS(path)
    if script:
        script += BOUNDARY()
    times = any(exact(args))
    return script + look(path, name=name, follow=follows(args), umask=args.needs_umask, times=times)


def parse(args: Args, reply: Reply) -> Seen:
    """The parts between the boundaries."""
    path = path_of(args)
    if not reply.ok:
        return Seen(parse_look(path, reply))
    *parts, last = reply.stdout.split(b"\0", 2)
    at = parse_facts(path, last)
    if not parts:
        return Seen(at)
    if args.recurse:
        return Seen(at, kinds=parse_kinds(path, parts[0]))
    source = parse_facts(source_of(args), parts[0])
    said = parts[1] if len(parts) > 1 else b""
    return Seen(at, source, b"same" in said, b"empty" in said)


def exact(args: Args) -> tuple[str, str]:
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


def wanted_state(args: Args, seen: Seen) -> State:
    """The state that is asked for; without one, what is there, as in Ansible."""
    if args.state is not None:
        return args.state
    if seen.at.type == "directory" or (args.recurse and not seen.at.exists):
        return "directory"
    return "link" if seen.at.type == "link" else "file"


def diff(args: Args, seen: Seen) -> Sequence[Change]:
    args.check()
    state = wanted_state(args, seen)
    if args.recurse and state != "directory":
        raise Refused("recurse needs state: directory")
    if args.src and state not in ("link", "hard"):
        raise Refused("src needs state: link or state: hard")
    for time in exact(args):
        if time.startswith("!"):
            raise Refused(f"`{time[1:]}` is not a time of the given format")
    return _DIFFS[state](args, seen)


def diff_absent(_args: Args, seen: Seen) -> Sequence[Change]:
    at = seen.at
    if not at.exists:
        return []
    if re.fullmatch(r"[/.]*", at.path):
        raise Refused(f"{at.path} is not removed: it would take the host with it")
    what = at.type if at.type in ("file", "directory", "link") else "file"
    change = Diff(f"state: {at.type}\n", "state: absent\n", at.path, at.path)
    return [Change("remove", f"{what} {at.path}", "exists", REMOVE(at.path), change)]


def diff_directory(args: Args, seen: Seen) -> Sequence[Change]:
    at, mode = seen.at, args.wanted_mode
    if not at.exists:
        return [create_directory(args, at.path, mode)]
    if at.type != "directory":
        raise Refused(f"{at.path} already exists as a {at.type}", {"path": at.path})
    return [
        *set_attributes(args, at, mode),
        *change_below(args, at.path, seen.kinds, mode),
        *set_times(args, at),
    ]


def diff_file(args: Args, seen: Seen) -> Sequence[Change]:
    at = seen.at
    if at.type in ("absent", "directory", "link"):
        words = "absent" if at.type == "absent" else f"a {at.type}"
        values = {"path": at.path, "state": at.type}
        raise Refused(f"file ({at.path}) is {words}, cannot continue", values)
    return [*set_attributes(args, at, args.wanted_mode), *set_times(args, at)]


def diff_touch(args: Args, seen: Seen) -> Sequence[Change]:
    at, mode = seen.at, args.wanted_mode
    if at.exists:
        return [*set_attributes(args, at, mode), *set_times(args, at, default="now")]
    accessed, modified = exact(args)
    script = TOUCH(at.path, accessed, modified)
    script += attributes_of_new(args, at.path)
    return [Change("create", f"file {at.path}", "absent", script)]


def attributes_of_new(args: Args, path: str, *, link_itself: bool = False) -> Script:
    """What sets the attributes of something that the script before has made."""
    mode = None if link_itself else args.wanted_mode
    if not args.chown and mode is None:
        return Script()
    operand = mode.for_new("=rw") if mode is not None else ""
    return SET(path, args.chown, operand, "-h" if link_itself else "")


def set_times(args: Args, at: FileState, default: str = "preserve") -> list[Change]:
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


def diff_link(args: Args, seen: Seen) -> Sequence[Change]:
    """A symbolic link; its attributes are those of its target where `follow` is true."""
    at = seen.at
    target = args.src or at.target
    if not target:
        raise Refused("src is required for creating new symlinks", {"path": at.path})
    source = seen.source
    missing = source is None or source.type in ("absent", "link")
    if missing and not args.force and args.src:
        raise Refused(
            f"src file does not exist, use force=yes to create the link anyway: {source_of(args)}",
            {"path": at.path, "src": target},
        )
    changes: list[Change] = []
    if at.type != "link" or at.target != target:
        refuse_replacing(args, seen, "symlink")
        cause = f"points to {at.target}" if at.type == "link" else found(at)
        text = Diff(f"src: {at.target}\n", f"src: {target}\n", at.path, at.path)
        subject = f"link {at.path} -> {target}"
        changes.append(Change("create", subject, cause, SYMLINK(at.path, target), text))
    if args.follow and source is not None and not missing:
        changes += set_attributes(args, source, args.wanted_mode)
    elif not args.follow:
        changes += link_attributes(args, at, new=bool(changes))
    return changes


def link_attributes(args: Args, at: FileState, *, new: bool) -> list[Change]:
    """The owner of the link itself; a link has no mode of its own."""
    if not new:
        return set_attributes(args, at, None, link_itself=True)
    script = attributes_of_new(args, at.path, link_itself=True)
    return [Change("set attributes of", at.path, "new", script)] if script else []


def found(at: FileState) -> str:
    return "absent" if not at.exists else f"is a {at.type}"


def refuse_replacing(args: Args, seen: Seen, what: str) -> None:
    """Only `force` replaces a file, and a directory only where it is empty."""
    at = seen.at
    if at.type == "directory":
        if not args.force:
            raise Refused(f"refusing to convert from directory to {what} for {at.path}")
        if not seen.empty:
            raise Refused(f"the directory {at.path} is not empty, refusing to convert it")
    elif at.type not in ("absent", "link") and not args.force:
        raise Refused(f"refusing to convert from {at.type} to {what} for {at.path}")


def diff_hard(args: Args, seen: Seen) -> Sequence[Change]:
    """Another name of a file."""
    at, source = seen.at, seen.source
    if not args.src or source is None:
        raise Refused("src is required for creating new hardlinks")
    if not source.exists:
        raise Refused(f"src does not exist: {args.src}", {"dest": at.path, "src": args.src})
    changes: list[Change] = []
    if not seen.same:
        if at.exists and at.type != "link" and not args.force:
            raise Refused(f"cannot link, {at.path} exists; use force", {"dest": at.path})
        script = HARDLINK(at.path, args.src)
        changes.append(Change("create", f"hard link {at.path} -> {args.src}", found(at), script))
    return [*changes, *set_attributes(args, replace(source, path=at.path), args.wanted_mode)]


_DIFFS = {
    "absent": diff_absent,
    "directory": diff_directory,
    "file": diff_file,
    "touch": diff_touch,
    "link": diff_link,
    "hard": diff_hard,
}


def values(args: Args, state: State, at: FileState) -> dict[str, Value]:
    """Ansible's return values: links are told by `dest` and `src`, everything else by `path`."""
    if state == "absent":
        return {"path": at.path, "state": "absent"}
    told: dict[str, Value] = {"dest": at.path} if state in ("link", "hard") else {"path": at.path}
    if state == "touch":
        told["dest"] = at.path
    if state in ("link", "hard"):
        told["src"] = args.src or at.target
    told |= attribute_values(at)
    return told | {"state": "hard"} if state == "hard" and at.exists else told


def report(args: Args, seen: Seen) -> Outcome:
    return Outcome(values=values(args, wanted_state(args, seen), seen.at))


def conclude(args: Args, seen: Seen, reply: Reply) -> Outcome:
    """The attributes that the host says it has after the change."""
    if not reply.ok:
        return failure(reply)
    state = wanted_state(args, seen)
    lines = [line for line in reply.stdout.splitlines() if line.startswith(b"is ")]
    if state == "link":
        # The last word may be about the target: the link's own comes first.
        lines = [line for line in lines if line.startswith(b"is a")][:1]
    at = parse_facts(seen.at.path, lines[-1] + b"\n") if lines else seen.at
    return Outcome(values=values(args, state, at))


MODULE = Resource(
    name="file",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    manual=Manual(
        summary="Manage files, directories, links and their attributes.",
        returns={
            "path": "Path (files and directories).",
            "dest": "Path (links and `touch`).",
            "src": "Where a link points.",
            "state": "What is there now.",
            "mode": "Permissions, as '0644'.",
            "owner": "Owner.",
            "group": "Group.",
            "uid": "Number of the owner.",
            "gid": "Number of the group.",
            "size": "Size in bytes.",
        },
        notes=("`recurse` does not follow links below the directory.",),
        example="""
- name: A place for the application
  file:
    path: /opt/app/releases
    state: directory
    owner: app
    mode: "0750"
""",
    ),
)
