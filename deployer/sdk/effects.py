"""What a directive asks of the engine: a closed union of plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TypeAlias

from deployer.model.source import Value
from deployer.model.values import dataclass


@dataclass(frozen=True, slots=True)
class SetFacts:
    """Set variables of the host (`set_fact`). `cacheable`: also as facts."""

    values: Mapping[str, Value]
    cacheable: bool = False


@dataclass(frozen=True, slots=True)
class AddHost:
    """Add a host to the inventory of this run."""

    name: str
    groups: tuple[str, ...] = ()
    variables: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JoinGroup:
    """Put the host into a group of this run (`group_by`), itself a child of `parents`."""

    group: str
    parents: tuple[str, ...] = ("all",)


@dataclass(frozen=True, slots=True)
class IncludeVars:
    """Load variables from files: `file`, or those of `dir` that fit, under `name` if given."""

    file: str = ""
    dir: str = ""
    name: str = ""
    depth: int = 0
    files_matching: str = ""
    ignore_files: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ("json", "yaml", "yml")
    ignore_unknown_extensions: bool = False


@dataclass(frozen=True, slots=True)
class Meta:
    """An order to the engine: flush_handlers, end_play, end_host, end_batch, noop, …"""

    action: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait `seconds` (None: until the user answers `prompt`)."""

    seconds: float | None = None
    prompt: str = ""
    echo: bool = True


@dataclass(frozen=True, slots=True)
class ShowMessage:
    """Show the result's message even where results are not shown (`debug`, `assert`).

    `verbosity`: shown only from this many `-v` on.
    """

    verbosity: int = 0


Effect: TypeAlias = SetFacts | AddHost | JoinGroup | IncludeVars | Meta | Pause | ShowMessage
