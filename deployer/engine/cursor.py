"""Where a host stands in a program.

A cursor is a stack of frames. A failure looks outwards for a rescue, then for an always part;
what no section handles ends the host. `key` orders the places of several hosts in one program, so
that `linear` can always run the hosts that are furthest behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import IntEnum

from deployer.engine.program import Flush, Node, Section, Step
from deployer.model.values import dataclass


class Part(IntEnum):
    """Which part of its section a frame runs; the order is that of execution."""

    BLOCK = 0
    RESCUE = 1
    ALWAYS = 2
    INSERTED = 3


@dataclass(slots=True)
class Frame:
    """`failing`: the section's failure goes on outwards once its always part is through."""

    nodes: tuple[Node, ...]
    index: int = 0
    part: Part = Part.INSERTED
    section: Section | None = None
    failing: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """What becomes of a failure: `rescued` by a section (perhaps behind an always part), or
    `fatal` for the host at once."""

    rescued: bool = False
    fatal: bool = False


class Cursor:
    """A place in a program. Settled between calls: on a Step or a Flush, or at the end."""

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        self._frames = [Frame(nodes)]
        self._lost = False
        self._settle()

    @property
    def at(self) -> Step | Flush | None:
        """The step or flush to run now; None at the end."""
        if not self._frames:
            return None
        frame = self._frames[-1]
        node = frame.nodes[frame.index]
        assert not isinstance(node, Section)
        return node

    @property
    def key(self) -> tuple[int, ...]:
        """The place as a sortable path."""
        path: list[int] = []
        for frame in self._frames:
            path += (int(frame.part), frame.index)
        return tuple(path)

    def is_beside(self, other: Cursor) -> bool:
        """Whether both stand at the same place and have the same before them."""
        pairs = zip(self._frames, other._frames, strict=False)
        return len(self._frames) == len(other._frames) and all(
            own.index == its.index and own.nodes == its.nodes for own, its in pairs
        )

    @property
    def fatal(self) -> bool:
        """Whether the host has left the program because of a failure."""
        return self._lost

    def advance(self) -> None:
        """Go on behind the node that has just run."""
        self._frames[-1].index += 1
        self._settle()

    def insert(self, nodes: tuple[Node, ...]) -> None:
        """Run `nodes` (an include, the handlers of a flush) before what comes next."""
        if not nodes:
            self.advance()
            return
        self._frames.append(Frame(nodes))
        self._settle()

    def end(self) -> None:
        """Leave the program (`end_host`, `end_play`)."""
        self._frames.clear()

    def leave_role(self, role: object) -> None:
        """Skip what is left of the steps of a role (`end_role`)."""
        while self._frames:
            node = self.at
            if not isinstance(node, Step) or node.role is not role:
                return
            self.advance()

    def fail(self) -> Failure:
        """The step at the cursor has failed: go where that leads."""
        while self._frames:
            frame = self._frames.pop()
            section = frame.section
            if section is None or frame.part is Part.ALWAYS:
                continue
            if frame.part is Part.BLOCK and section.rescue:
                self._frames.append(Frame(section.rescue, part=Part.RESCUE, section=section))
                self._settle()
                return Failure(rescued=True)
            if section.always:
                always = Frame(section.always, part=Part.ALWAYS, section=section, failing=True)
                self._frames.append(always)
                rescued = self._rescue_ahead()
                self._settle()
                return Failure(rescued=rescued)
        self._lost = True
        return Failure(fatal=True)

    def _rescue_ahead(self) -> bool:
        """Whether a section around this one has a rescue for its failure."""
        return any(
            frame.part is Part.BLOCK and frame.section is not None and frame.section.rescue
            for frame in self._frames
        )

    def coming(self) -> Iterator[Step | Flush]:
        """The nodes from here on as they follow if nothing fails and nothing is inserted."""
        ghost = Cursor(())
        ghost._frames = [replace(frame) for frame in self._frames]
        while (node := ghost.at) is not None:
            yield node
            ghost.advance()

    def _settle(self) -> None:
        """Descend into sections and leave finished frames, until on a step or at the end."""
        while self._frames:
            frame = self._frames[-1]
            if frame.index >= len(frame.nodes):
                self._leave()
                continue
            node = frame.nodes[frame.index]
            if not isinstance(node, Section):
                return
            self._frames.append(Frame(node.block, part=Part.BLOCK, section=node))

    def _leave(self) -> None:
        """The last frame is through: its always part comes, or what follows its section."""
        frame = self._frames.pop()
        section = frame.section
        if section is not None and frame.part is not Part.ALWAYS and section.always:
            self._frames.append(Frame(section.always, part=Part.ALWAYS, section=section))
        elif frame.failing:
            self.fail()
        elif self._frames:
            self._frames[-1].index += 1
