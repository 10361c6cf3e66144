"""The files of a compose app: those here against those of the host, and what goes over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from deployer.docker.app_scripts import MANIFEST
from deployer.model.script import LocalFile, Stream
from deployer.model.secret import Secret, reveal
from deployer.model.values import dataclass
from deployer.sdk import Change, Diff, Refused, Rendered, RenderedTree, TreeEntry
from deployer.sdk.files.look import FileState
from deployer.sdk.files.tree import Packed, archive

PENDING = "pending"


@dataclass(frozen=True, slots=True)
class AppFile:
    """One file as it is to be. `text` is None where only its sum is known (or it is binary)."""

    path: str
    sum: str
    mode: int
    text: str | None = None
    file: LocalFile | None = None

    @property
    def secret(self) -> bool:
        return isinstance(self.text, Secret)

    @property
    def data(self) -> bytes:
        return reveal(self.text or "").encode("utf-8", "surrogateescape")


def app_files(tree: RenderedTree, secret_mode: int) -> tuple[AppFile, ...]:
    """The files of a rendered directory. A file with a secret in it gets `secret_mode`."""
    made = []
    for path, entry in tree.files:
        if "\n" in path or path == MANIFEST:
            raise Refused(f"`{path}` cannot be the name of a file of a compose app")
        if isinstance(entry, Rendered):
            data = reveal(entry.text).encode("utf-8", "surrogateescape")
            mode = secret_mode if isinstance(entry.text, Secret) else entry.mode
            digest = hashlib.sha256(data).hexdigest()
            made.append(AppFile(path, digest, mode & 0o777, entry.text))
        else:
            made.append(AppFile(path, entry.sha256, entry.mode & 0o777, file=entry))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class OnHost:
    """What is there: the state of each wanted file, the manifest, contents for a diff."""

    root: str = "absent"
    states: Mapping[str, FileState] = field(default_factory=dict)
    manifest: Mapping[str, str] = field(default_factory=dict)
    contents: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What differs. `send` goes over, `gone` were ours and are removed, `stale` have changed since
    the containers were last brought up (now, or in a run that did not come to its end)."""

    files: tuple[AppFile, ...]
    send: tuple[AppFile, ...] = ()
    gone: tuple[str, ...] = ()
    stale: frozenset[str] = frozenset()
    changes: tuple[Change, ...] = ()

    @property
    def paths(self) -> frozenset[str]:
        """What is sent or removed."""
        return frozenset({*(one.path for one in self.send), *self.gone})

    def parcel(self, before: Mapping[str, str]) -> Stream:
        """The tar for `SHIP`: the manifest as long as this is not finished, and what is sent."""
        lines = {name: before.get(name, PENDING) for name in self.gone}
        for one in self.files:
            lines[one.path] = PENDING if one.path in self.stale else one.sum
        parts = [_packed(MANIFEST, 0o600, manifest_text(lines))]
        parts += [
            _packed(one.path, one.mode, one.data)
            if one.file is None
            else archive([Packed(one.path, TreeEntry(one.path, "file", file=one.file), one.mode)])
            for one in self.send
        ]
        pieces = [piece for part in parts for piece in part.parts[:-1]]
        return Stream((*pieces, parts[0].parts[-1]))

    @property
    def seal(self) -> bytes:
        """The manifest once the containers are up."""
        return manifest_text({one.path: one.sum for one in self.files})


def manifest_text(lines: Mapping[str, str]) -> bytes:
    """A manifest; `read_manifest` is its counterpart."""
    return "".join(f"{digest} {path}\n" for path, digest in sorted(lines.items())).encode()


def read_manifest(text: str) -> dict[str, str]:
    """Path -> sum."""
    pairs = (line.split(" ", 1) for line in text.splitlines() if " " in line)
    return {path: digest for digest, path in pairs}


def _packed(path: str, mode: int, data: bytes) -> Stream:
    """A tar of one file whose content is at hand."""
    from tarfile import BLOCKSIZE, GNU_FORMAT, TarInfo

    info = TarInfo(f"./{path}")
    info.mode, info.size = mode, len(data)
    head = info.tobuf(GNU_FORMAT, "utf-8", "surrogateescape")
    return Stream((head + data + bytes(-len(data) % BLOCKSIZE), bytes(2 * BLOCKSIZE)))


def plan_files(dest: str, files: Sequence[AppFile], there: OnHost, *, show: bool) -> FilePlan:
    """What differs; raises Refused where something else stands in a file's place."""
    if there.root == "file":
        raise Refused(f"{dest} is a file")
    send, changes, stale = [], [], set()
    for one in files:
        state = there.states.get(one.path, FileState(one.path))
        cause = _cause(dest, one, state)
        if there.manifest.get(one.path) != one.sum:
            stale.add(one.path)
        if not cause:
            continue
        stale.add(one.path)
        send.append(one)
        verb = "update" if state.type == "file" else "create"
        shown = _diff(dest, one, there) if show else None
        changes.append(Change(verb, f"file {dest}/{one.path}", cause, diff=shown))
    kept = {one.path for one in files}
    gone = tuple(sorted(path for path in there.manifest if path not in kept))
    changes += [Change("remove", f"file {dest}/{path}", "not in `src` any more") for path in gone]
    return FilePlan(tuple(files), tuple(send), gone, frozenset({*stale, *gone}), tuple(changes))


def _cause(dest: str, one: AppFile, state: FileState) -> str:
    if state.type == "absent":
        return "absent"
    if state.type == "link":
        return "is a link"
    if state.type != "file":
        raise Refused(f"{dest}/{one.path} is a {state.type}, not a file")
    if state.sha256 != one.sum:
        return "content differs"
    if state.mode != one.mode:
        return f"mode {state.mode:04o} instead of {one.mode:04o}"
    return ""


def _diff(dest: str, one: AppFile, there: OnHost) -> Diff | None:
    """Before and after where both are text and no secret."""
    if one.text is None or one.secret:
        return None
    path = f"{dest}/{one.path}"
    exists = one.path in there.contents
    return Diff(there.contents.get(one.path, ""), one.text, path if exists else "/dev/null", path)


def mounted(paths: Iterable[str], sources: Iterable[str], dest: str) -> list[str]:
    """Of an app's paths those that a container sees: by themselves or by a directory above."""
    roots = [source.rstrip("/") for source in sources]
    return sorted(
        path
        for path in paths
        if any(
            f"{dest}/{path}" == root or f"{dest}/{path}".startswith(f"{root}/") for root in roots
        )
    )
