"""What keeps a majority of managers (Raft): the arithmetic of joining and leaving.

A change of membership needs a majority of the managers as they are, and leaves a cluster that
needs a majority of the managers as they will be. Both are checked at every step, so that no
prefix of a plan ends without a leader.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from deployer.model.values import dataclass

#: More managers than this slow every write down and tolerate nothing that matters more.
MOST_MANAGERS = 7


def majority(managers: int) -> int:
    """How many of so many managers must be reachable."""
    return managers // 2 + 1


def tolerated(managers: int) -> int:
    """How many of so many managers may fail."""
    return managers - majority(managers) if managers else 0


@dataclass(frozen=True, slots=True)
class Raft:
    """The managers as the leader sees them: how many there are, how many it reaches."""

    managers: int
    reachable: int

    @property
    def has_quorum(self) -> bool:
        return self.managers > 0 and self.reachable >= majority(self.managers)

    def __str__(self) -> str:
        verb = "is" if self.reachable == 1 else "are"
        return f"{self.reachable} of {self.managers} managers {verb} reachable"


@dataclass(frozen=True, slots=True)
class Step:
    """One change of membership. `text` names it: "demoting node3", "joining node4"."""

    text: str
    adds: bool
    reachable: bool = True

    def after(self, raft: Raft) -> Raft:
        """The managers once it is done."""
        one = 1 if self.adds else -1
        return Raft(raft.managers + one, raft.reachable + (one if self.reachable else 0))


class QuorumLost(Exception):
    """A step that must not be taken; the message has the numbers."""


def safest_first(steps: Iterable[Step]) -> list[Step]:
    """Additions before removals, and the unreachable before the reachable among the removals."""
    return sorted(steps, key=lambda step: (not step.adds, step.reachable))


def walk(start: Raft, steps: Sequence[Step]) -> Raft:
    """The managers after all steps in this order; raises QuorumLost for the first bad one."""
    raft = start
    for step in steps:
        if not raft.has_quorum:
            needed = majority(raft.managers)
            raise QuorumLost(f"{step.text} is not possible: {raft}, {needed} are needed to agree")
        after = step.after(raft)
        if not after.has_quorum:
            raise QuorumLost(
                f"{step.text} would lose quorum: {after.reachable} reachable of {after.managers} "
                f"managers would be left, and {majority(max(after.managers, 1))} are needed"
            )
        raft = after
    return raft


def advice(managers: int) -> str:
    """A warning about a number of managers, or the empty string."""
    if managers > MOST_MANAGERS:
        return f"{managers} managers are more than the {MOST_MANAGERS} that Docker advises"
    if managers and managers % 2 == 0:
        return (
            f"{managers} managers tolerate the loss of {tolerated(managers)}, no more than "
            f"{managers - 1} would: use an odd number"
        )
    return ""
