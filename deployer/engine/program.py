"""A compiled play: a tree of steps and sections that cursors walk.

Step       one task with all its inherited keywords
Section    block, rescue and always
Flush      the point where notified handlers run
"""

from __future__ import annotations

from typing import TypeAlias

from deployer.engine.keywords import Keywords
from deployer.language.playbook import Role, RoleUse, Scope, Task
from deployer.model.source import Position
from deployer.model.values import dataclass
from deployer.variables.precedence import RoleVariables, TaskVariables

#: The same for uses of a role of which a host runs the first.
RoleKey: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RoleFrame:
    """The role that a step belongs to: where its files are and what variables it brings.

    Of the frames with one `key` a host runs the first, and those that may run `again`.
    """

    role: Role
    variables: RoleVariables
    key: RoleKey = ()
    again: bool = False

    @property
    def name(self) -> str:
        return self.role.name

    @classmethod
    def of(cls, use: RoleUse, parent: RoleFrame | None) -> RoleFrame:
        """The frame of a role that is brought by `parent` (or by the play)."""
        above = (parent.variables, *parent.variables.parents) if parent else ()
        return cls(use.role, RoleVariables.of(use.role, use.params, above, use.vars))


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One task in its place. `names` are those that a handler answers to.

    `chain` is what is around the task, from the play inwards. `search` are the directories where
    its files are looked for, nearest first.
    """

    task: Task
    keywords: Keywords
    variables: TaskVariables
    chain: tuple[Scope, ...] = ()
    search: tuple[str, ...] = ()
    role: RoleFrame | None = None
    handler: bool = False
    names: tuple[str, ...] = ()

    @property
    def position(self) -> Position:
        return self.task.origin


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A block with its rescue and always parts."""

    block: tuple[Node, ...]
    rescue: tuple[Node, ...] = ()
    always: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Flush:
    """Run what was notified so far, in the order in which handlers are defined."""


Node: TypeAlias = Step | Section | Flush


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A compiled play. `handlers` hold all of them, those of roles included, in order."""

    nodes: tuple[Node, ...]
    handlers: tuple[Step, ...] = ()
    roles: tuple[RoleFrame, ...] = ()
