"""Symbolic and hard links: what is there, what is to be there, what may not be replaced."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import replace

from deployer.model.change import Change, Diff
from deployer.model.script import Script
from deployer.model.values import dataclass
from deployer.sdk.arguments import arg
from deployer.sdk.files.attributes import SET, AttributeArgs, set_attributes
from deployer.sdk.files.links import HARDLINK, SYMLINK
from deployer.sdk.files.look import FileState
from deployer.sdk.files.times import TimeArgs
from deployer.sdk.kinds import Refused


@dataclass(frozen=True, slots=True)
class LinkArgs(TimeArgs):
    """The arguments for links, beside those for attributes and times."""

    src: str | None = arg(None, doc="Where a link points, or the file that gets another name.")
    force: bool = arg(False, doc="Make a link to what does not exist, or in place of a file.")
    follow: bool = arg(True, doc="Follow a link at `path`.")


@dataclass(frozen=True, slots=True)
class Place:
    """What is at a path, and about the other things that count.

    `source` is what a link would point to; `same`: path and source are one file already; `empty`:
    a directory without entries.
    """

    at: FileState
    source: FileState | None = None
    same: bool = False
    empty: bool = False


def source_of(src: str, path: str) -> str:
    """Where the target of a link is: a relative one counts from the link's directory."""
    if not src or src.startswith(("/", "~", "$")):
        return src
    return posixpath.join(posixpath.dirname(path), src)


def attributes_of_new(args: AttributeArgs, path: str, *, link_itself: bool = False) -> Script:
    """What sets the attributes of something that the script before has made."""
    mode = None if link_itself else args.wanted_mode
    if not args.chown and mode is None:
        return Script()
    operand = mode.for_new("=rw") if mode is not None else ""
    return SET(path, args.chown, operand, "-h" if link_itself else "")


def diff_link(args: LinkArgs, seen: Place) -> Sequence[Change]:
    """A symbolic link; its attributes are those of its target where `follow` is true."""
    at = seen.at
    target = args.src or at.target
    if not target:
        raise Refused("src is required for creating new symlinks", {"path": at.path})
    source = seen.source
    missing = source is None or source.type in ("absent", "link")
    if missing and not args.force and args.src:
        raise Refused(
            f"src file does not exist: {source_of(target, at.path)} (force makes the link anyway)",
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


def link_attributes(args: LinkArgs, at: FileState, *, new: bool) -> list[Change]:
    """The owner of the link itself; a link has no mode of its own."""
    if not new:
        return set_attributes(args, at, None, link_itself=True)
    script = attributes_of_new(args, at.path, link_itself=True)
    return [Change("set attributes of", at.path, "new", script)] if script else []


def found(at: FileState) -> str:
    return "absent" if not at.exists else f"is a {at.type}"


def refuse_replacing(args: LinkArgs, seen: Place, what: str) -> None:
    """Only `force` replaces a file, and a directory only where it is empty."""
    at = seen.at
    if at.type == "directory":
        if not args.force:
            raise Refused(f"refusing to convert from directory to {what} for {at.path}")
        if not seen.empty:
            raise Refused(f"the directory {at.path} is not empty, refusing to convert it")
    elif at.type not in ("absent", "link") and not args.force:
        raise Refused(f"refusing to convert from {at.type} to {what} for {at.path}")


def diff_hard(args: LinkArgs, seen: Place) -> Sequence[Change]:
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
