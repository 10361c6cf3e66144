"""`file`: files, directories, links and their attributes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from typing import Literal

from deployer.model.values import dataclass
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
    FileState,
    attribute_values,
    look,
    parse_facts,
    parse_look,
    set_attributes,
)
from deployer.sdk.files.directories import create_directory
from deployer.sdk.files.linking import (
    LinkArgs,
    Place,
    attributes_of_new,
    diff_hard,
    diff_link,
    source_of,
)
from deployer.sdk.files.links import BOUNDARY, EMPTY, REMOVE, SAME, TOUCH
from deployer.sdk.files.recursion import KINDS, Kinds, change_all, parse_kinds
from deployer.sdk.files.times import exact, set_times
from deployer.sdk.kinds import Manual

State = Literal["file", "directory", "link", "hard", "touch", "absent"]


@dataclass(frozen=True, slots=True)
class Args(LinkArgs):
    path: str = arg(doc="Path to manage.", aliases=("dest", "name"))
    state: State | None = arg(None, doc="What is to be there; without it, what is there already.")
    recurse: bool = arg(False, doc="Set the attributes of everything below a directory too.")


@dataclass(frozen=True, slots=True)
class Seen(Place):
    """What is at `path`; `kinds`: what is below."""

    kinds: Kinds = Kinds()


def path_of(args: Args) -> str:
    """The path without slashes at its end."""
    return args.path.rstrip("/") or args.path[:1]


def target_of(args: Args) -> str:
    """The path that `src` means."""
    src = args.src or ""
    return source_of(src, path_of(args)) if args.state == "link" else src


def follows(args: Args) -> bool:
    return args.follow and args.state not in ("absent", "link", "hard")


def probe(args: Args) -> Script:
    """The path last, since what it prints may have no end; other questions before a boundary."""
    path, script = path_of(args), Script()
    name = ""
    if args.src and args.state in ("link", "hard"):
        name = posixpath.basename(args.src) if args.state == "hard" else ""
        script += look(target_of(args), follow=True) + BOUNDARY()
        script += SAME(path, target_of(args), name) if args.state == "hard" else EMPTY(path)
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
    source = parse_facts(target_of(args), parts[0])
    said = parts[1] if len(parts) > 1 else b""
    return Seen(at, source, b"same" in said, b"empty" in said)


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
    if args.recurse:
        return [*change_all(args, at.path, seen.kinds, mode), *set_times(args, at)]
    return [*set_attributes(args, at, mode), *set_times(args, at)]


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
        # The last word may be about the target: the last of the link itself counts.
        lines = [line for line in lines if line.startswith(b"is a")][-1:]
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
    status_tells=True,
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
