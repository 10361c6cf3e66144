"""All that is mutable in a run: one object for the run, one per host."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from deployer.engine.cursor import Cursor
from deployer.engine.prepared import Item, Prepared
from deployer.engine.program import RoleFrame, RoleKey, Step
from deployer.engine.requests import Flight
from deployer.engine.settings import FRESH
from deployer.model.change import Change
from deployer.model.events import Tally
from deployer.model.result import Result
from deployer.model.script import Reply
from deployer.model.values import dataclass

#: The most that `HostRun.reach` comes to: more than any window.
WIDEST = 256


@dataclass(slots=True)
class Judged:
    """What a look gave: the module's state and the changes, or the result that refuses."""

    state: Any = None
    changes: tuple[Change, ...] = ()
    refused: Result | None = None


@dataclass(slots=True)
class Look:
    """A snapshot: one probe's answer, when it was taken, and what followed from it.

    `applied` is the reply of a guarded chain that has made the change already, `flight` such a
    chain under way with the number of its link.
    """

    reply: Reply
    epoch: int
    at: float
    judged: Judged | None = None
    applied: Reply | None = None
    flight: tuple[Flight, int] | None = None

    @property
    def is_made(self) -> bool:
        """Whether the change was made, or sent at least: it must not be made again."""
        return self.applied is not None or self.flight is not None


#: One item of one step, the unit of looking and applying.
Key = tuple[Step, int]


def ran_before(roles: Mapping[RoleKey, RoleFrame], step: Step) -> bool:
    """Whether `roles` know the role of a step, by another use; handlers are always called for."""
    frame = step.role
    if frame is None or frame.again or step.handler:
        return False
    return roles.get(frame.key, frame) is not frame


def note_role(roles: dict[RoleKey, RoleFrame], step: Step) -> None:
    """Enter the role of a step that runs."""
    frame = step.role
    if frame is not None and not step.handler:
        roles.setdefault(frame.key, frame)


@dataclass(slots=True)
class HostRun:
    """One host in one play. `epoch` rises with every change that voids what is known of it."""

    name: str
    cursor: Cursor
    epoch: int = 0
    looks: dict[Key, Look] = field(default_factory=dict)
    prepared: dict[Step, Prepared] = field(default_factory=dict)
    #: Names that steps between the cursor and the end of the window define.
    pending: set[str] = field(default_factory=set)
    #: Whether a step is being prepared ahead of its turn.
    ahead: bool = False
    #: Whether what is being prepared has read files of the controller.
    reads: bool = False
    notified: set[Step] = field(default_factory=set)
    #: The use of each role, by its key, of which something has run here.
    roles: dict[RoleKey, RoleFrame] = field(default_factory=dict)
    #: Names whose values a dry run cannot know, and why.
    unsettled: dict[str, str] = field(default_factory=dict)
    #: What `meta` tasks ask for, until the strategy has seen to it.
    orders: list[str] = field(default_factory=list)
    #: In a dry run: the paths that would have been changed so far, those of them that would be
    #: new or gone, and whether anything would have changed.
    would_change: set[str] = field(default_factory=set)
    would_create: set[str] = field(default_factory=set)
    would_remove: set[str] = field(default_factory=set)
    would_act: bool = False
    failed: bool = False
    unreachable: bool = False
    #: It has done with the play (`end_host`).
    left: bool = False
    #: A failure here ends the play for all hosts (`any_errors_fatal`).
    fatal: bool = False
    #: Set by the current step for the rule about other hosts' snapshots.
    touched: bool = False
    wide: bool = False
    #: How many steps are worth asking about together: what a change voids was asked in vain.
    reach: int = WIDEST

    def changing(self) -> None:
        """A step changes something: the next will too, more likely than not."""
        self.reach = max(1, self.reach // 4)

    def keeping(self) -> None:
        """A step has nothing to change."""
        self.reach = min(WIDEST, self.reach * 4)

    @property
    def is_out(self) -> bool:
        """Whether the host has failed or cannot be reached."""
        return self.failed or self.unreachable

    @property
    def active(self) -> bool:
        return not self.unreachable and self.cursor.at is not None

    def known(self, step: Step, item: Item) -> Look | None:
        """A snapshot of this item that still holds."""
        look = self.looks.get((step, item.index))
        if look is not None and look.is_made:
            return look  # whatever else has changed since
        if look is None or look.epoch != self.epoch:
            return None
        return look if time.monotonic() - look.at < FRESH else None

    def saw(self, step: Step, item: Item, reply: Reply, epoch: int | None = None) -> Look:
        """Keep a fresh snapshot, of an epoch that may be over by now."""
        look = Look(reply, self.epoch if epoch is None else epoch, time.monotonic())
        self.looks[step, item.index] = look
        return look

    def has_run(self, step: Step) -> bool:
        """Whether the step is one of a role that has run here already, in another use of it."""
        return ran_before(self.roles, step)

    def void(self) -> None:
        """Forget what is known: something has changed."""
        self.epoch += 1

    def is_made(self, step: Step) -> bool:
        """Whether a chain has made something of this step already."""
        items = self.prepared[step].items
        looks = (self.looks.get((step, item.index)) for item in items)
        return any(look is not None and look.is_made for look in looks)

    def waited(self) -> None:
        """The task has waited for the world to change: nothing seen before counts, anywhere."""
        self.void()
        self.touched = self.wide = True

    def forget(self, step: Step) -> None:
        """What was prepared and seen for a step is of no more use."""
        done = self.prepared.pop(step, None)
        for item in done.items if done else ():
            self.looks.pop((step, item.index), None)


@dataclass(slots=True)
class Tallies:
    """The recap while it grows."""

    lines: dict[str, Tally] = field(default_factory=dict)

    def count(self, host: str, **more: int) -> None:
        """Add to a host's line."""
        line = self.lines.get(host, Tally())
        grown = {name: getattr(line, name) + number for name, number in more.items()}
        self.lines[host] = replace(line, **grown)

    def start(self, host: str) -> None:
        self.lines.setdefault(host, Tally())
