"""One file with wanted content (`copy`, `template`): compare, write, report."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from deployer.model.change import Change, Diff, Outcome, failure
from deployer.model.errors import ProbeError
from deployer.model.script import LocalFile, Reply
from deployer.model.secret import Secret, reveal
from deployer.model.source import Value
from deployer.model.values import dataclass
from deployer.sdk.files.attributes import (
    AttributeArgs,
    attribute_values,
    differing,
    set_attributes,
)
from deployer.sdk.files.look import DIFF_LIMIT, FileState, parse_facts
from deployer.sdk.files.modes import Mode
from deployer.sdk.files.write import Writing, backup_of, write
from deployer.sdk.kinds import Refused


@dataclass(frozen=True, slots=True)
class Wanted:
    """The content that a file is to have.

    `secret`: it must not be shown in a diff. `text` is what a diff shows, None for a file that is
    only known by its hash.
    """

    content: bytes | Secret | LocalFile
    sha256: str
    sha1: str = ""
    md5: str = ""
    text: str | None = None
    secret: bool = False


def wanted_bytes(data: bytes, *, secret: bool = False) -> Wanted:
    """Content that is known here."""
    sent: bytes | Secret = Secret(data.decode("utf-8", "surrogateescape")) if secret else data
    return Wanted(
        sent,
        hashlib.sha256(data).hexdigest(),
        hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        hashlib.md5(data, usedforsecurity=False).hexdigest(),
        as_text(data),
        secret,
    )


def wanted_file(file: LocalFile) -> Wanted:
    """Content of a file on the controller, known by its hash."""
    secret = file.opened is not None
    return Wanted(file, file.sha256, file.sha1, text=as_text(file.preview), secret=secret)


def as_text(data: bytes | None) -> str | None:
    """The text of a diff; None for what is too big or is no text."""
    if data is None or len(data) > DIFF_LIMIT or b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def content_diff(state: FileState, wanted: Wanted) -> Diff | None:
    """Before and after, where both can be shown."""
    if wanted.secret or wanted.text is None:
        return None
    before = as_text(state.content) if state.type == "file" else ""
    if before is None:
        return None
    header = state.path if state.exists else "/dev/null"
    return Diff(before, reveal(wanted.text), header, state.path)


def converge(
    args: AttributeArgs,
    state: FileState,
    wanted: Wanted,
    mode: Mode | None,
    how: Writing,
    *,
    force: bool = True,
    show: bool = False,
) -> Sequence[Change]:
    """The changes that give the file its content and attributes; raises Refused.

    `force` false leaves the content of what exists. `show`: with a diff.
    """
    if state.type == "directory":
        raise Refused(f"{state.path} is a directory", {"path": state.path})
    if state.type not in ("absent", "file", "link"):
        raise Refused(f"{state.path} is a {state.type}: only a file can be written")
    if state.exists and not force:
        return []
    if state.unreadable:
        raise Refused(f"{state.path} cannot be read, so its content cannot be compared")
    if state.type == "file" and state.sha256 == wanted.sha256:
        return set_attributes(args, state, mode)
    verb, causes = {"absent": ("create", ["absent"]), "link": ("replace", ["is a link"])}.get(
        state.type, ("update", ["content differs"])
    )
    if state.type == "file":
        causes += [f"{name} {text}" for name, text in differing(args, state, mode).items()]
    diff = content_diff(state, wanted) if show else None
    script = write(args, state, mode, how)
    return [Change(verb, f"file {state.path}", ", ".join(causes), script, diff)]


def file_values(state: FileState, wanted: Wanted | None = None) -> dict[str, Value]:
    """The return values of a file: where it is, its attributes and checksums."""
    values: dict[str, Value] = {"dest": state.path, **attribute_values(state)}
    if wanted is not None and wanted.sha1:
        values["checksum"] = wanted.sha1
    if wanted is not None and wanted.md5:
        values["md5sum"] = wanted.md5
    return values


def written(state: FileState, reply: Reply, extra: Mapping[str, Value] | None = None) -> Outcome:
    """The outcome of a change: Ansible's values, with the attributes the host says it has now."""
    if not reply.ok:
        return failure(reply)
    try:
        after = parse_facts(state.path, reply.stdout)
    except ProbeError:
        after = state
    values = {**file_values(after), **(extra or {})}
    backup = backup_of(reply.out)
    if backup:
        values["backup_file"] = backup
    return Outcome(values=values)
