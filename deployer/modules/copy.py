"""`copy`: files, trees and given content, from the controller or on the host itself."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import replace

from deployer.model.values import dataclass
from deployer.sdk import (
    Change,
    LocalFile,
    LocalTree,
    Outcome,
    Refused,
    Reply,
    Resource,
    Script,
    Secret,
    Value,
    arg,
    failure,
    reveal,
)
from deployer.sdk.coercion import to_str
from deployer.sdk.files import (
    DIFF_LIMIT,
    AttributeArgs,
    FileState,
    Mode,
    Wanted,
    Writing,
    converge,
    encoded,
    file_values,
    look,
    parse_look,
    parse_mode,
    wanted_bytes,
    wanted_file,
    written,
)
from deployer.sdk.files.directories import create_directory
from deployer.sdk.files.remote import (
    RemoteState,
    ask_remote,
    diff_remote_tree,
    parse_remote,
    wanted_remote,
)
from deployer.sdk.files.tree import TreeState, ask_tree, parse_tree
from deployer.sdk.files.trees import TreePlan, diff_tree, names_of
from deployer.sdk.kinds import Manual


@dataclass(frozen=True, slots=True)
class Args(AttributeArgs):
    dest: str = arg(doc="Where to. A slash at the end means a directory.")
    src: LocalFile | LocalTree | str | None = arg(
        None,
        doc="File or directory on the controller. A slash at its end copies only what is in it.",
        kind="file",
    )
    content: Value = arg(None, doc="The content itself, instead of `src`; mappings become JSON.")
    backup: bool = arg(False, doc="Keep the file that is replaced beside it, with a time stamp.")
    force: bool = arg(True, doc="Replace a file whose content differs; otherwise only create.")
    validate: str | None = arg(None, doc="Command that checks the new file (%s) before it is used.")
    directory_mode: str | int | None = arg(None, doc="Permissions of directories that are created.")
    remote_src: bool = arg(False, doc="`src` is on the host.")
    follow: bool = arg(False, doc="Write where a link at `dest` points, instead of replacing it.")
    local_follow: bool = arg(True, doc="Copy what links in `src` point to, not the links.")
    decrypt: bool = arg(True, doc="Decrypt `src` if it is in a vault.")
    checksum: str | None = arg(None, doc="SHA-1 that the content must have.")
    diff_mode: bool = arg(False, doc="Set by --diff.", kind="diff_mode")


Seen = FileState | TreeState | RemoteState


def wanted(args: Args) -> Wanted:
    """What a single file is to hold; raises Refused."""
    if isinstance(args.src, LocalFile):
        return wanted_file(args.src)
    try:
        text = "" if args.content is None else to_str(args.content)
    except ValueError as error:
        raise Refused(f"content: {error}") from None
    return wanted_bytes(encoded(text), secret=isinstance(text, Secret))


def known_hash(args: Args) -> str:
    """The hash of content that a diff need not bring; what is refused is so at its turn."""
    if not args.diff_mode or isinstance(args.src, str):
        return ""
    try:
        return wanted(args).sha256
    except Refused:
        return ""


def name_of(args: Args) -> str:
    """The name that the file gets in a directory."""
    if isinstance(args.src, LocalFile):
        return posixpath.basename(args.src.path)
    return posixpath.basename(args.src) if isinstance(args.src, str) else ""


def mode_of(args: Args, preserved: int) -> Mode | None:
    """The mode that is asked for; `preserve` is that of the source."""
    return Mode(octal=preserved & 0o7777) if args.mode == "preserve" else args.wanted_mode


def plan_of(args: Args, tree: LocalTree) -> TreePlan:
    """How a tree is to arrive."""
    return TreePlan(
        args,
        tree,
        root=args.dest.rstrip("/") or "/",
        preserve=args.mode == "preserve",
        mode=args.wanted_mode,
        directory_mode=directory_mode(args),
        force=args.force,
        backup=args.backup,
    )


def directory_mode(args: Args) -> Mode | None:
    return None if args.directory_mode in (None, "") else parse_mode(args.directory_mode or "")


def probe(args: Args) -> Script:
    if isinstance(args.src, LocalTree):
        return ask_tree(args.dest.rstrip("/") or "/", names_of(args.src))
    here = look(
        args.dest,
        name=name_of(args),
        follow=args.follow,
        sha256=True,
        umask=args.needs_umask,
        limit=DIFF_LIMIT if args.diff_mode else None,
        known=known_hash(args),
    )
    if isinstance(args.src, str):
        return ask_remote(args.src, args.dest, here, sha1=bool(args.checksum))
    return here


def parse(args: Args, reply: Reply) -> Seen:
    if isinstance(args.src, LocalTree):
        return parse_tree(args.dest, names_of(args.src), reply)
    if isinstance(args.src, str):
        return parse_remote(args.src, args.dest, reply)
    return parse_look(args.dest, reply)


def check(args: Args) -> None:
    """Raise Refused for arguments that contradict each other."""
    args.check()
    if (args.src is None) == (args.content is None):
        raise Refused("one of src and content is needed, and not both")
    if args.content is not None and args.dest.endswith("/"):
        raise Refused("content cannot be written to a directory: dest ends with a slash")
    if args.content is not None and args.mode == "preserve":
        raise Refused("mode: preserve needs a src")


def diff(args: Args, seen: Seen) -> Sequence[Change]:
    check(args)
    if isinstance(seen, TreeState):
        assert isinstance(args.src, LocalTree)
        refuse_for_trees(args)
        return diff_tree(plan_of(args, args.src), seen)
    if isinstance(seen, RemoteState):
        return diff_remote(args, seen)
    content = wanted(args)
    preserved = args.src.mode if isinstance(args.src, LocalFile) else 0
    return diff_file(args, seen, content, mode_of(args, preserved))


def refuse_for_trees(args: Args) -> None:
    """Raise Refused for what is asked for and cannot be had of a directory."""
    for name in ("validate", "checksum"):
        if getattr(args, name):
            raise Refused(f"{name} is for a single file, and src is a directory")


def diff_remote(args: Args, seen: RemoteState) -> Sequence[Change]:
    """`src` is on the host."""
    if seen.source.type == "directory":
        refuse_for_trees(args)
        return diff_remote_tree(
            args,
            seen,
            args.wanted_mode,
            directory_mode(args),
            force=args.force,
            backup=args.backup,
        )
    content = wanted_remote(seen)
    mode = mode_of(args, seen.source.mode)
    if args.checksum:
        content = replace(content, sha1=seen.sha1)
    return diff_file(args, seen.at, content, mode, source=seen.source.path)


def diff_file(
    args: Args, at: FileState, content: Wanted, mode: Mode | None, source: str = ""
) -> Sequence[Change]:
    """One file; the directory that a slash at the end of `dest` names is made first."""
    if args.checksum and args.checksum.lower() != content.sha1:
        raise Refused(
            "the content does not have the expected checksum",
            {"checksum": content.sha1, "expected_checksum": args.checksum},
        )
    how = Writing(
        None if source else content.content,
        follow=args.follow,
        backup=args.backup,
        validate=args.validate,
        expected="" if args.force else "absent",
        source=source,
    )
    changes = converge(args, at, content, mode, how, force=args.force, show=args.diff_mode)
    if not at.missing_directory:
        return changes
    folder = posixpath.dirname(at.path)
    return [create_directory(args, folder, directory_mode(args)), *changes]


def source_name(args: Args) -> str:
    """`src` as the result tells it."""
    if isinstance(args.src, LocalFile):
        return args.src.path
    return args.src.root if isinstance(args.src, LocalTree) else reveal(args.src or "")


def report(args: Args, seen: Seen) -> Outcome:
    return Outcome(values=values(args, seen))


def values(args: Args, seen: Seen) -> dict[str, Value]:
    """Ansible's return values out of what was there."""
    told: dict[str, Value] = {}
    if isinstance(seen, TreeState):
        told = {"dest": args.dest}
    elif isinstance(seen, RemoteState):
        told = file_values(seen.at) | ({"checksum": seen.sha1} if seen.sha1 else {})
    else:
        told = file_values(seen, wanted(args))
    return told | ({"src": source_name(args)} if args.src is not None else {})


def conclude(args: Args, seen: Seen, reply: Reply) -> Outcome:
    if not reply.ok:
        return failure(reply)
    told = values(args, seen)
    if isinstance(seen, TreeState) or (
        isinstance(seen, RemoteState) and seen.source.type == "directory"
    ):
        return Outcome(values=told)
    at = seen.at if isinstance(seen, RemoteState) else seen
    kept = ("src", "checksum", "md5sum")
    return written(at, reply, {key: told[key] for key in kept if key in told})


MODULE = Resource(
    name="copy",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    status_tells=True,
    manual=Manual(
        summary="Copy files and directories to the host, or write given content.",
        returns={
            "dest": "Path of the file.",
            "src": "Path of the source.",
            "checksum": "SHA-1 of the content, where it is known.",
            "md5sum": "MD5 of the content, where it is known.",
            "mode": "Permissions, as '0644'.",
            "owner": "Owner.",
            "group": "Group.",
            "uid": "Number of the owner.",
            "gid": "Number of the group.",
            "size": "Size in bytes.",
            "state": "`file`.",
            "backup_file": "Path of the backup, where one was made.",
        },
        example="""
- name: The daemon's settings
  copy:
    content: "{{ docker_daemon | to_nice_json }}"
    dest: /etc/docker/daemon.json
    mode: "0644"
    backup: true
""",
    ),
)
