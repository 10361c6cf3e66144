"""The result of a task on a host: what `register` stores and what the listeners are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum

from deployer.model.change import Diff
from deployer.model.source import Position, Value
from deployer.model.values import dataclass


class Status(Enum):
    OK = "ok"
    CHANGED = "changed"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNREACHABLE = "unreachable"


class Forecast(Enum):
    """What a plan says of a task on a host."""

    NO_CHANGE = "no change"
    CHANGE = "change"
    MAYBE = "maybe"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class Result:
    """One task (or one item of its loop) on one host.

    `values` are the module's return values; `plan` the lines of the changes made or planned;
    `reason` why it was skipped or deferred; `position` where in the user's files the cause of a
    failure stands, if it stands there; `shown` that it is meant to be read (`debug`). `doubtful`:
    a dry run saw what a change before it would have altered, so its values are not a run's.
    `seconds` is the time the host was busy with it.
    """

    status: Status = Status.OK
    msg: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    diffs: tuple[Diff, ...] = ()
    plan: tuple[str, ...] = ()
    forecast: Forecast | None = None
    reason: str = ""
    position: Position | None = None
    warnings: tuple[str, ...] = ()
    facts: Mapping[str, Value] = field(default_factory=dict)
    ignored: bool = False
    hidden: bool = False
    shown: bool = False
    doubtful: bool = False
    attempts: int = 1
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        return self.status in (Status.FAILED, Status.UNREACHABLE)

    @property
    def changed(self) -> bool:
        return self.status is Status.CHANGED or bool(self.values.get("changed", False))

    def as_variable(self) -> dict[str, Value]:
        """The dictionary that `register` stores, with Ansible's names."""
        stored: dict[str, Value] = dict(self.values)
        stored["changed"] = self.changed
        stored["failed"] = self.failed or bool(self.values.get("failed", False))
        if self.status is Status.SKIPPED:
            stored["skipped"] = True
            stored.setdefault("skip_reason", self.reason)
        if self.status is Status.UNREACHABLE:
            stored["unreachable"] = True
        if self.msg or self.failed:
            stored["msg"] = self.msg
        if self.warnings:
            stored["warnings"] = list(self.warnings)
        if self.facts:
            stored["ansible_facts"] = dict(self.facts)
        if self.attempts > 1:
            stored.setdefault("attempts", self.attempts)
        return stored
