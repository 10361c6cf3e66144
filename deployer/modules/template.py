"""`template`: write a file rendered on the controller."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import Literal

from deployer.model.values import dataclass
from deployer.sdk import Change, Outcome, Refused, Rendered, Reply, Resource, Script, Secret, arg
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
    wanted_bytes,
    written,
)
from deployer.sdk.files.directories import create_directory
from deployer.sdk.kinds import Manual


@dataclass(frozen=True, slots=True)
class Args(AttributeArgs):
    src: Rendered = arg(doc="The template on the controller.", kind="template")
    dest: str = arg(
        doc="Where to write it. A slash at the end means a directory: under the template's name."
    )
    force: bool = arg(True, doc="Replace a file whose content differs; otherwise only create.")
    backup: bool = arg(False, doc="Keep the file that is replaced beside it, with a time stamp.")
    validate: str | None = arg(None, doc="Command that checks the new file (%s) before it is used.")
    follow: bool = arg(False, doc="Write where a link at `dest` points, instead of replacing it.")
    newline_sequence: Literal["\n", "\r", "\r\n", "\\n", "\\r", "\\r\\n"] = arg(
        "\n", doc="How lines end."
    )
    output_encoding: str = arg("utf-8", doc="Encoding of the file.")
    block_start_string: str = arg("{%", doc="Begin of a block.")
    block_end_string: str = arg("%}", doc="End of a block.")
    variable_start_string: str = arg("{{", doc="Begin of an expression.")
    variable_end_string: str = arg("}}", doc="End of an expression.")
    comment_start_string: str | None = arg(None, doc="Begin of a comment.")
    comment_end_string: str | None = arg(None, doc="End of a comment.")
    trim_blocks: bool = arg(True, doc="Remove the newline after a block.")
    lstrip_blocks: bool = arg(False, doc="Remove blanks before a block.")
    diff_mode: bool = arg(False, doc="Set by --diff.", kind="diff_mode")


def wanted(args: Args) -> Wanted:
    """The bytes of the file."""
    try:
        data = encoded(args.src.text, args.output_encoding)
    except (LookupError, UnicodeEncodeError) as error:
        raise Refused(f"cannot encode {args.src.source}: {error}") from None
    secret = isinstance(args.src.text, Secret)
    if secret and args.output_encoding.lower().replace("_", "-") not in ("utf-8", "utf8"):
        raise Refused("a template with secrets must be written as utf-8")
    return wanted_bytes(data, secret=secret)


def name_of(args: Args) -> str:
    """The name in a directory: the template's own, `.j2` and all, as in Ansible."""
    return args.src.source.rsplit("/", 1)[-1]


def mode_of(args: Args) -> Mode | None:
    """The mode that is asked for; `preserve` is the template's own."""
    return Mode(octal=args.src.mode & 0o7777) if args.mode == "preserve" else args.wanted_mode


def probe(args: Args) -> Script:
    return look(
        args.dest,
        name=name_of(args),
        follow=args.follow,
        sha256=True,
        umask=args.needs_umask,
        limit=DIFF_LIMIT if args.diff_mode else None,
    )


def parse(args: Args, reply: Reply) -> FileState:
    return parse_look(args.dest, reply)


def diff(args: Args, state: FileState) -> Sequence[Change]:
    args.check()
    content = wanted(args)
    how = Writing(
        content.content,
        follow=args.follow,
        backup=args.backup,
        validate=args.validate,
        expected="" if args.force else "absent",
    )
    show = args.diff_mode
    changes = converge(args, state, content, mode_of(args), how, force=args.force, show=show)
    if not state.missing_directory:
        return changes
    return [create_directory(args, posixpath.dirname(state.path), None), *changes]


def values(args: Args, state: FileState) -> dict[str, object]:
    """Ansible's values that do not come from the host."""
    return {**file_values(state, wanted(args)), "src": args.src.source}


def report(args: Args, state: FileState) -> Outcome:
    return Outcome(values=values(args, state))


def conclude(args: Args, state: FileState, reply: Reply) -> Outcome:
    content = wanted(args)
    return written(
        state,
        reply,
        {"src": args.src.source, "checksum": content.sha1, "md5sum": content.md5},
    )


MODULE = Resource(
    name="template",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    status_tells=True,
    manual=Manual(
        summary="Render a Jinja template on the controller and write it on the host.",
        returns={
            "dest": "Path of the file.",
            "src": "Path of the template on the controller.",
            "checksum": "SHA-1 of the content.",
            "md5sum": "MD5 of the content.",
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
- name: Configure the proxy
  template:
    src: proxy.conf.j2
    dest: /etc/proxy/proxy.conf
    mode: "0644"
    validate: proxy --check %s
""",
    ),
)
