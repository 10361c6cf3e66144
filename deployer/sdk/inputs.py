"""What the engine prepares for a module: files, rendered templates, evaluated expressions.

A module declares such an argument by the `kind` of its field (see `arguments.arg`); the engine
does the reading and rendering and hands over one of these values.
"""

from __future__ import annotations

from typing import Literal

from deployer.model.script import LocalFile
from deployer.model.source import Position, Value
from deployer.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Rendered:
    """A template file after rendering (kind "template"). `source` is its path on the controller.

    `text` is a `Secret` where the template read one. `mode` is the template file's own.
    """

    text: str
    source: str
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One entry of a tree: `path` is relative, with `/`. Files carry `file`, links `target`."""

    path: str
    type: Literal["file", "directory", "link"]
    mode: int = 0o755
    file: LocalFile | None = None
    target: str = ""


@dataclass(frozen=True, slots=True)
class LocalTree:
    """A directory of the controller (kind "file"), in sorted order, parents first.

    `root` is its absolute path. `contents_only`: the user wrote a trailing slash.
    """

    root: str
    entries: tuple[TreeEntry, ...]
    contents_only: bool = False

    @property
    def name(self) -> str:
        return self.root.rstrip("/").rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class LocalScript:
    """A script of the controller and its arguments (kind "script"), split by POSIX quoting."""

    file: LocalFile
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RenderedTree:
    """A directory whose `*.j2` files were rendered and the rest read (kind "template_tree").

    `files` maps relative paths (without `.j2`) to their text, or to a LocalFile where the file
    was not a template; modes are the files' own.
    """

    root: str
    files: tuple[tuple[str, Rendered | LocalFile], ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """An evaluated condition (kind "conditions"). `expression` is what the user wrote."""

    expression: str
    holds: bool
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An evaluated variable (kind "variable"): `name` is the expression, `value` what it gave."""

    name: str
    value: Value
    defined: bool = True
