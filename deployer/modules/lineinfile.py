"""`lineinfile`: one line of a file."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from deployer.model.values import dataclass
from deployer.sdk import (
    Change,
    Outcome,
    Refused,
    Reply,
    Resource,
    Script,
    Secret,
    Value,
    arg,
    reveal,
)
from deployer.sdk.files import (
    AttributeArgs,
    FileState,
    Writing,
    content_diff,
    differing,
    encoded,
    look,
    parse_look,
    set_attributes,
    wanted_bytes,
    write,
    written,
)
from deployer.sdk.files.directories import MAKE
from deployer.sdk.files.lines import Edited, LineEdit, ensure_absent, ensure_present, split_lines
from deployer.sdk.files.write import unshown
from deployer.sdk.kinds import Manual

#: Largest file in bytes that is edited: the whole of it travels.
LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Args(AttributeArgs):
    path: str = arg(doc="File to edit.", aliases=("dest", "destfile", "name"))
    state: Literal["present", "absent"] = arg("present", doc="Whether the line is to be there.")
    line: str | None = arg(None, doc="The line.", aliases=("value",))
    regexp: str | None = arg(
        None, doc="Python expression: the last line that matches is replaced.", aliases=("regex",)
    )
    search_string: str | None = arg(None, doc="The same with plain text, anywhere in a line.")
    backrefs: bool = arg(
        False, doc="Expand references to groups of `regexp`; without a match do nothing."
    )
    insertafter: str | None = arg(None, doc="Insert behind the last line that matches, or `EOF`.")
    insertbefore: str | None = arg(None, doc="Insert before the last line that matches, or `BOF`.")
    firstmatch: bool = arg(False, doc="The first line that matches instead of the last.")
    create: bool = arg(False, doc="Create the file if it is missing.")
    backup: bool = arg(False, doc="Keep the file as it was beside it, with a time stamp.")
    validate: str | None = arg(None, doc="Command that checks the new file (%s) before it is used.")
    diff_mode: bool = arg(False, doc="Set by --diff.", kind="diff_mode")


def probe(args: Args) -> Script:
    return look(args.path, follow=True, sha256=True, umask=args.needs_umask, limit=LIMIT)


def parse(args: Args, reply: Reply) -> FileState:
    return parse_look(args.path, reply)


def check(args: Args) -> None:
    """Raise Refused for arguments that contradict each other, as Ansible does."""
    args.check()
    pairs = (
        ("insertbefore", "insertafter"),
        ("regexp", "search_string"),
        ("backrefs", "search_string"),
    )
    for first, second in pairs:
        if getattr(args, first) not in (None, False) and getattr(args, second) is not None:
            raise Refused(f"{first} and {second} exclude each other")
    if args.state == "present":
        if args.backrefs and args.regexp is None:
            raise Refused("regexp is required with backrefs=true")
        if args.line is None:
            raise Refused("line is required with state=present")
    elif (args.line, args.regexp, args.search_string) == (None, None, None):
        raise Refused("one of line, search_string, or regexp is required with state=absent")


def edited(args: Args, state: FileState) -> Edited:
    """The lines as they are to be; raises Refused."""
    edit = LineEdit(
        reveal(args.line or ""),
        args.regexp,
        args.search_string,
        args.insertafter or "",
        args.insertbefore or "",
        args.backrefs,
        args.firstmatch,
    )
    lines = split_lines((state.content or b"").decode("utf-8", "surrogateescape"))
    change = ensure_present if args.state == "present" else ensure_absent
    try:
        return change(lines, edit)
    except (re.error, IndexError) as error:
        raise Refused(f"bad regular expression: {error}") from None


def diff(args: Args, state: FileState) -> Sequence[Change]:
    check(args)
    if state.type == "directory":
        raise Refused(f"path {state.path} is a directory", {"rc": 256})
    if not state.exists or state.type == "link":
        return diff_missing(args, state)
    if state.type != "file" or state.unreadable:
        raise Refused(f"{state.path} cannot be read as a file")
    if state.content is None:
        raise Refused(f"{state.path} has {state.size} bytes: more than {LIMIT} are not edited")
    result = edited(args, state)
    if not result.msg:
        return set_attributes(args, state, args.wanted_mode)
    causes = [result.msg]
    causes += [f"{name} {text}" for name, text in differing(args, state, args.wanted_mode).items()]
    return [rewrite(args, state, result, "update", ", ".join(causes), state.sha256)]


def diff_missing(args: Args, state: FileState) -> Sequence[Change]:
    if args.state == "absent":
        return []
    if not args.create:
        raise Refused(f"destination {state.path} does not exist", {"rc": 257})
    result = edited(args, state)
    if not result.msg:
        return []
    expected = "absent" if not state.exists else ""
    change = rewrite(args, state, result, "create", "absent", expected)
    folder = posixpath.dirname(state.path)
    if folder in ("", "/"):
        return [change]
    return [replace(change, script=MAKE(folder, "", "") + change.script)]


def rewrite(
    args: Args, state: FileState, result: Edited, verb: str, cause: str, expected: str
) -> Change:
    """The change that writes the whole text, if the file still is what was looked at."""
    secret = isinstance(args.line, Secret)
    data = encoded(result.text)
    how = Writing(
        unshown(data) if secret else data,
        follow=True,
        backup=args.backup,
        validate=args.validate,
        expected=expected,
    )
    shown = content_diff(state, wanted_bytes(data)) if args.diff_mode and not secret else None
    script = write(args, state, args.wanted_mode, how)
    return Change(verb, f"file {state.path}", cause, script, shown)


def values(args: Args, state: FileState) -> tuple[str, dict[str, Value]]:
    """Ansible's words and values, out of what was there."""
    if not state.exists and args.state == "absent":
        return "file not present", {"backup": ""}
    result = edited(args, state)
    told: dict[str, Value] = {"backup": ""}
    if args.state == "absent":
        told["found"] = result.found
    msg = result.msg
    if state.exists and differing(args, state, args.wanted_mode):
        msg += (" and " if msg else "") + "ownership, perms or SE linux context changed"
    return msg, told


def report(args: Args, state: FileState) -> Outcome:
    msg, told = values(args, state)
    return Outcome(msg=msg, values=told)


def conclude(args: Args, state: FileState, reply: Reply) -> Outcome:
    """The words of the plan, and where the backup is."""
    outcome = written(state, reply)
    if outcome.failed:
        return outcome
    msg, told = values(args, state)
    told["backup"] = outcome.values.get("backup_file", "")
    return Outcome(msg=msg, values=told)


MODULE = Resource(
    name="lineinfile",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    status_tells=True,
    manual=Manual(
        summary="Have one line in a file, or not have it.",
        returns={
            "msg": "What was done: `line added`, `line replaced`, `2 line(s) removed`.",
            "found": "How many lines matched (`state: absent`).",
            "backup": "Path of the backup, where one was made.",
        },
        notes=(
            f"Files of more than {LIMIT // 1024} KiB are refused.",
            "The file is only written if it still is what was looked at.",
        ),
        example="""
- name: Forward packets
  lineinfile:
    path: /etc/sysctl.conf
    regexp: ^#?net\\.ipv4\\.ip_forward=
    line: net.ipv4.ip_forward=1
""",
    ),
)
