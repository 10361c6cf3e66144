"""What a host says of a program that scripts start and stop (see `programs.LOOK`)."""

from __future__ import annotations

from dataclasses import field

from deployer.model.errors import ProbeError
from deployer.model.script import Reply
from deployer.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Installed:
    """One file that is there. `content` is None where it was not asked for."""

    sha256: str
    mode: int
    owner: str
    group: str
    uid: str
    gid: str
    content: str | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """What the host says. `status` is running, stopped, hangs, broken or absent.

    `stamp` holds the checksum of each file when the program was last started.
    """

    status: str
    stamp: dict[str, str] = field(default_factory=dict)
    files: dict[str, Installed] = field(default_factory=dict)


def read_program(reply: Reply, paths: list[str]) -> Program:
    """The probe's answer; raises ProbeError where it cannot be read."""
    status, stamp, rest = "", {}, reply.stdout
    while rest and not rest.startswith(b"found"):
        line, _, rest = rest.partition(b"\n")
        word, _, text = line.decode("utf-8", "surrogateescape").partition(" ")
        if word == "status":
            status = text
        elif word == "stamp":
            digest, _, path = text.partition(" ")
            stamp[path] = digest
    if not reply.ok or not status or not rest:
        raise ProbeError(f"cannot look at the program: {(reply.err or reply.out).strip()}")
    return Program(status, stamp, _files(rest, paths))


def _files(output: bytes, paths: list[str]) -> dict[str, Installed]:
    line, _, rest = output.partition(b"\n")
    found = [paths[int(place) - 1] for place in line.split()[1:]]
    rows: list[bytes] = []
    for _ in range(2 * len(found)):
        row, _, rest = rest.partition(b"\n")
        rows.append(row)
    contents = _contents(rest)
    files = {}
    for index, path in enumerate(found):
        digest = rows[index].lstrip(b"\\")[:64].decode()
        mode, owner, group, uid, gid = rows[len(found) + index].decode().split()
        content = contents[index] if index < len(contents) else None
        files[path] = Installed(digest, int(mode, 8), owner, group, uid, gid, content)
    return files


def _contents(output: bytes) -> list[str]:
    contents = []
    while output.startswith(b"content "):
        head, _, rest = output.partition(b"\n")
        size = int(head.split()[1])
        contents.append(rest[:size].decode("utf-8", "replace"))
        output = rest[size:]
    return contents
