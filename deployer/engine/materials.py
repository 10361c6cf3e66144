"""Files of the controller that a task needs: found, read, hashed, rendered."""

from __future__ import annotations

import hashlib
import os
import shlex
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

from deployer.model.errors import ArgumentError
from deployer.model.script import LocalFile
from deployer.model.secret import Secret, reveal
from deployer.model.source import Position, Value
from deployer.model.values import dataclass
from deployer.sdk.coercion import to_bool
from deployer.sdk.inputs import LocalScript, LocalTree, Rendered, RenderedTree, TreeEntry
from deployer.templating import FileOptions, Impurity, Renderer, Scope
from deployer.variables.vault import HEADER, Vault

#: Bytes of a file whose text is kept for a diff.
PREVIEW = 65536
#: Nanoseconds within which a file may change twice and look the same.
TICK = 50_000_000
#: How a file begins that is encrypted as a whole.
_SEALED = f"{HEADER};".encode()

#: A file as it was read: path, inode, size, time of change in nanoseconds.
Identity: TypeAlias = tuple[str, int, int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file or tree is read. `follow`: links in a tree are taken for what they lead to."""

    preview: bool = False
    decrypt: bool = True
    follow: bool = True


@dataclass(slots=True)
class Materials:
    """Reads files once: what was hashed is kept by its identity."""

    renderer: Renderer
    vault: Vault = field(default_factory=Vault)
    _hashed: dict[tuple[Identity, bool], LocalFile] = field(default_factory=dict)
    _texts: dict[Identity, str] = field(default_factory=dict)

    def file(
        self, path: str, scope: Scope, origin: Position | None, reading: Reading
    ) -> LocalFile | LocalTree:
        """A file, or a directory with all below it; searched for in `files/` of the role first."""
        found = _found(path, scope, "files", origin)
        if found.is_dir():
            entries = tuple(self._below(found, "", reading, (found.resolve(),)))
            return LocalTree(str(found), entries, path.endswith("/"))
        made = self.local_file(found, decrypt=reading.decrypt)
        if reading.preview and made.size <= PREVIEW and made.opened is None:
            return replace(made, preview=found.read_bytes())
        return made

    def script(
        self, text: str, scope: Scope, origin: Position | None, *, decrypt: bool = True
    ) -> LocalScript:
        """A command line whose first word is a file; raises ArgumentError."""
        try:
            name, *words = shlex.split(text)
        except ValueError as error:
            raise ArgumentError(f"`{text}` is no command line: {error}", "cmd", origin) from None
        found = _found(name, scope, "files", origin)
        return LocalScript(self.local_file(found, decrypt=decrypt), tuple(words))

    def template(
        self,
        path: str,
        scope: Scope,
        origin: Position | None,
        options: Mapping[str, Value] | None = None,
    ) -> Rendered:
        """A rendered template file; searched for in `templates/` of the role first."""
        found = _found(path, scope, "templates", origin)
        text = self._text(found)
        given = _file_options(options or {}, origin)
        rendered = self.renderer.render_file(text, str(found), scope, given)
        return Rendered(rendered, str(found), stat.S_IMODE(found.stat().st_mode))

    def tree(
        self, path: str, scope: Scope, origin: Position | None, *, preview: bool = False
    ) -> RenderedTree:
        """A directory whose `*.j2` files are rendered; searched for in `templates/` first.

        With `preview` other small text files come with their text as well, for a diff.
        """
        found = _found(path, scope, "templates", origin, other="files")
        if not found.is_dir():
            raise ArgumentError(f"`{path}` is not a directory", "src", origin)
        files: list[tuple[str, Rendered | LocalFile]] = []
        for below in sorted(found.rglob("*")):
            if not below.is_file():
                continue
            name = below.relative_to(found).as_posix()
            if name.endswith(".j2"):
                text = self.renderer.render_file(self._text(below), str(below), scope)
                mode = stat.S_IMODE(below.stat().st_mode)
                files.append((name.removesuffix(".j2"), Rendered(text, str(below), mode)))
            else:
                file = self.local_file(below)
                content = self._preview(below, file) if preview else None
                shown = None if content is None else Rendered(content, file.path, file.mode)
                files.append((name, shown or file))
        return RenderedTree(str(found), tuple(files))

    def _preview(self, path: Path, file: LocalFile) -> str | None:
        """The text of a small file; None for what is big or no text."""
        if file.size > PREVIEW:
            return None
        try:
            return self._text(path)
        except ArgumentError:
            return None

    def local_file(self, path: Path, *, decrypt: bool = True) -> LocalFile:
        """A file by its checksum; of one that is a vault, its content."""
        identity = _identity(path)
        key = (identity, decrypt)
        kept = self._hashed.get(key)
        if kept is None:
            with path.open("rb") as stream:
                sealed = decrypt and stream.read(len(_SEALED)) == _SEALED
                stream.seek(0)
                opened = self._opened(stream.read(), path) if sealed else None
                data = None if opened is None else _encoded(opened)
                source = stream if data is None else BytesIO(data)
                digest = hashlib.file_digest(source, "sha256").hexdigest()
                source.seek(0)
                sha1 = hashlib.file_digest(source, _sha1).hexdigest()
            size = identity[2] if data is None else len(data)
            mode = stat.S_IMODE(path.stat().st_mode)
            kept = LocalFile(str(path), size, digest, mode, sha1, opened=opened)
            if _settled(identity):
                self._hashed[key] = kept
        return kept

    def _opened(self, data: bytes, path: Path) -> Secret:
        """What is in a vault; raises LoadError with the file's name."""
        return Secret(self.vault.text(data.decode("utf-8", "replace"), Position(str(path))))

    def _below(
        self, folder: Path, prefix: str, reading: Reading, above: tuple[Path, ...]
    ) -> Iterator[TreeEntry]:
        """What is below a directory, parents first. A link to a directory above stays a link."""
        for below in sorted(folder.iterdir()):
            name = prefix + below.name
            if below.is_symlink():
                real = below.resolve()
                if not reading.follow or not below.exists() or real in above:
                    yield TreeEntry(name, "link", target=str(below.readlink()))
                    continue
            if below.is_dir():
                yield TreeEntry(name, "directory", stat.S_IMODE(below.stat().st_mode))
                yield from self._below(below, f"{name}/", reading, (*above, below.resolve()))
            elif below.is_file():
                made = self.local_file(below, decrypt=reading.decrypt)
                yield TreeEntry(name, "file", made.mode, made)
            else:
                raise ArgumentError(f"`{below}` is neither file nor directory", "src")

    def _text(self, path: Path) -> str:
        key = _identity(path)
        kept = self._texts.get(key)
        if kept is None:
            data = path.read_bytes()
            try:
                kept = self._opened(data, path) if data.startswith(_SEALED) else data.decode()
            except UnicodeDecodeError:
                raise ArgumentError(f"`{path}` is not UTF-8 text", "src") from None
            if _settled(key):
                self._texts[key] = kept
        return kept


def _file_options(given: Mapping[str, Value], origin: Position | None) -> FileOptions:
    """Options of `template` as they are meant: "no" is false, backslash and n are a newline."""
    made: dict[str, Any] = {}
    for name, value in given.items():
        if name in ("trim_blocks", "lstrip_blocks"):
            try:
                made[name] = to_bool(value)
            except ValueError as error:
                raise ArgumentError(f"`{name}` of `template`: {error}", name, origin) from None
        elif value is not None:
            made[name] = str(value).replace("\\n", "\n").replace("\\r", "\r")
    return FileOptions(**made)


def _encoded(text: str) -> bytes:
    return reveal(text).encode("utf-8", "surrogateescape")


def _sha1() -> hashlib._Hash:
    """What Ansible returns as `checksum`."""
    return hashlib.sha1(usedforsecurity=False)


def _identity(path: Path) -> Identity:
    try:
        known = path.stat()
    except OSError as error:
        raise ArgumentError(f"cannot read `{path}`: {error.strerror}") from None
    return (str(path), known.st_ino, known.st_size, known.st_mtime_ns)


def _settled(key: Identity) -> bool:
    """Whether another write would show in the identity: clocks of file systems are coarse."""
    return time.time_ns() - key[-1] > TICK


def _found(
    path: str, scope: Scope, folder: str, origin: Position | None, *, other: str = ""
) -> Path:
    """As `find`, where the scope says."""
    scope.on_impure(folder, Impurity.READS)
    return find(path, scope.search, folder, origin, other=other)


def find(
    path: str,
    search: tuple[str, ...],
    folder: str,
    origin: Position | None = None,
    *,
    other: str = "",
) -> Path:
    """The first place where a path is found, as Ansible searches. Raises ArgumentError."""
    wanted = Path(path).expanduser()
    if wanted.is_absolute():
        places: list[Any] = [wanted]
    else:
        folders = [folder, *([other] if other else []), ""]
        places = [Path(base) / sub / wanted for base in search for sub in folders]
    for place in places:
        if place.exists():
            return Path(os.path.abspath(place))  # noqa: PTH100  (links are kept as they are)
    looked = ", ".join(dict.fromkeys(str(place.parent.absolute()) for place in places))
    raise ArgumentError(f"cannot find `{path}`", "src", origin, f"looked in {looked}")
