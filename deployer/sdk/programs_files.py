"""The files of a program that scripts start and stop: which are wanted, what is wrong with those
that are there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from deployer.model.change import Change, Diff
from deployer.model.script import LocalFile
from deployer.model.secret import Secret, reveal
from deployer.model.values import dataclass
from deployer.sdk.inputs import RenderedTree
from deployer.sdk.programs import ATTRIBUTES, INSTALL
from deployer.sdk.programs_state import Installed, Program


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file to install."""

    path: str
    what: str
    content: bytes | Secret | LocalFile
    sha256: str
    mode: int

    @property
    def text(self) -> str | None:
        """What a diff may show."""
        return self.content.decode("utf-8", "replace") if isinstance(self.content, bytes) else None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose the files are; empty words leave it as it is."""

    user: str
    group: str

    @property
    def chown(self) -> str:
        return f"{self.user}:{self.group}" if self.group else self.user


def wanted_text(path: str, what: str, text: str, mode: int) -> Wanted:
    """A file whose text is known."""
    data = reveal(text).encode("utf-8", "surrogateescape")
    content = text if isinstance(text, Secret) else data
    return Wanted(path, what, content, hashlib.sha256(data).hexdigest(), mode)


def wanted_tree(home: str, tree: RenderedTree | None) -> Iterator[Wanted]:
    """The files of a local directory, below `home`."""
    for name, entry in tree.files if tree else ():
        path, mode = f"{home}/{name}", 0o755 if entry.mode & 0o100 else 0o644
        if isinstance(entry, LocalFile):
            yield Wanted(path, "file", entry, entry.sha256, mode)
        else:
            yield wanted_text(path, "file", entry.text, mode)


def installs(
    wanted: Sequence[Wanted], owner: Owner, program: Program, *, shown: bool
) -> Iterator[Change]:
    """What makes the files as they are wanted; with diffs where they are to be shown."""
    for item in wanted:
        there = program.files.get(item.path)
        subject = f"{item.what} {item.path}"
        mode = f"{item.mode:04o}"
        wrong = _attributes(item, owner, there) if there else []
        if there is None or there.sha256 != item.sha256:
            cause = "absent" if there is None else ", ".join(["content differs", *wrong])
            script = INSTALL(item.path, mode, owner.chown, stdin=item.content)
            yield Change("install", subject, cause, script, _diff(item, there) if shown else None)
        elif wrong:
            script = ATTRIBUTES(item.path, mode, owner.chown)
            yield Change("set attributes of", subject, ", ".join(wrong), script)


def _attributes(item: Wanted, owner: Owner, there: Installed) -> list[str]:
    wrong = []
    if there.mode != item.mode:
        wrong.append(f"mode {there.mode:04o} -> {item.mode:04o}")
    if owner.user and owner.user not in (there.owner, there.uid):
        wrong.append(f"owner {there.owner} -> {owner.user}")
    if owner.group and owner.group not in (there.group, there.gid):
        wrong.append(f"group {there.group} -> {owner.group}")
    return wrong


def _diff(item: Wanted, there: Installed | None) -> Diff | None:
    before = "" if there is None else there.content
    if item.text is None or before is None:
        return None
    return Diff(before, item.text, item.path if there else "/dev/null", item.path)
