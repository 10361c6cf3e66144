"""What a template may see, and what rendering it may report."""

from __future__ import annotations

from collections.abc import Callable, Container
from enum import Enum
from typing import Final

from deployer.model.diagnostic import Diagnostic
from deployer.model.errors import PendingName
from deployer.model.source import Variables
from deployer.model.values import dataclass


class Impurity(Enum):
    """Why rendering again may give another value.

    READS: it looked at the controller's files or environment, which a coming step may change.
    VARIES: it depends on time or chance. ACTS: it ran or wrote something on the controller.
    """

    READS = "reads"
    VARIES = "varies"
    ACTS = "acts"


class Omit(Enum):
    """The type of `OMIT`."""

    OMIT = "omit"

    def __repr__(self) -> str:
        return "omit"


#: What `omit` gives. Rendering leaves out mapping entries and list items that are this object;
#: at the top it is returned as it is.
OMIT: Final = Omit.OMIT
#: Variables that are found by name, but not listed among all: each `hostvars` has all others.
UNLISTED: Final = frozenset({"hostvars", "omit"})


def _ignore_impurity(_name: str, _kind: Impurity) -> None:
    """Nobody wants to know."""


def _ignore_warning(_warning: Diagnostic) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The names of one host at one step.

    `variables` are unrendered values (`Template` among them), read one by one and never copied.
    `pending` holds the names that coming steps may define; it is asked with `in`, and is falsy
    where nothing is pending. `search` are the directories of the role and the playbook, nearest
    first, in which lookups find their files. `strict` makes conditionals that are not boolean
    errors.
    """

    variables: Variables
    pending: Container[str] = frozenset()
    search: tuple[str, ...] = ()
    on_impure: Callable[[str, Impurity], None] = _ignore_impurity
    on_warning: Callable[[Diagnostic], None] = _ignore_warning
    strict: bool = False


def require_known(scope: Scope, name: str) -> None:
    """Raise PendingName if a coming step may define `name`; for mappings of one's own."""
    if name in scope.pending:
        raise PendingName(name)


def require_all_known(scope: Scope, what: str) -> None:
    """Raise PendingName if any name is pending: for what lists all names, such as `vars`."""
    if scope.pending:
        raise PendingName(what)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a conditional says, and the warnings about how it was written."""

    value: bool
    warnings: tuple[Diagnostic, ...] = ()

    def __bool__(self) -> bool:
        return self.value


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How a template file is read: the options of Ansible's `template` module, and its defaults."""

    block_start_string: str = "{%"
    block_end_string: str = "%}"
    variable_start_string: str = "{{"
    variable_end_string: str = "}}"
    comment_start_string: str = "{#"
    comment_end_string: str = "#}"
    trim_blocks: bool = True
    lstrip_blocks: bool = False
    newline_sequence: str = "\n"
