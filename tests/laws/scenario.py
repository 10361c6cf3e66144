"""Scenarios: a few tasks of a module, with what they need before and what they leave behind.

on:     the hosts, default node1 and busy
files:  {path: text} beside the playbook
vars:   variables of the play
setup:  tasks that prepare the hosts
tasks:  those that the laws are about, each with a name
again:  {task: why it changes again although nothing is different}
unsure: {task: why a dry run can only say "maybe" or "deferred"}
temporary: why a dry run may use a temporary directory (it asks nothing of read-only hosts)
clean:  tasks that undo everything; they run before and after
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.support.inprocess import Seen, command

SCENARIOS = Path(__file__).parent / "scenarios"
KEYS = {"on", "files", "vars", "setup", "tasks", "again", "unsure", "clean", "temporary"}
#: A task on a host.
Where = tuple[str, str]


@dataclass
class Scenario:
    """A scenario in a folder, ready to be played against an inventory."""

    module: str
    folder: Path
    inventory: str
    spec: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.spec = spec_of(self.module)
        for name, text in self.spec.get("files", {}).items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for part in ("setup", "tasks", "clean"):
            play = {
                "hosts": self.hosts,
                "gather_facts": False,
                "vars": self.spec.get("vars", {}),
                "tasks": self.spec.get(part) or [],
            }
            (self.folder / f"{part}.yml").write_text(json.dumps([play]))

    @property
    def hosts(self) -> list[str]:
        return hosts_of_spec(self.spec)

    def play(self, verb: str, part: str = "tasks", inventory: str = "", *flags: str) -> Seen:
        """Run a part of it; everything must succeed."""
        words = [str(self.folder / f"{part}.yml"), "-i", inventory or self.inventory, *flags]
        seen = command(verb, *words, "--output", "jsonl")
        assert seen.code == 0, f"{verb} {part}: {seen.failures}\n{seen.error}"
        return seen


def spec_of(module: str) -> dict[str, Any]:
    """The scenario of a module; a module without one fails here."""
    spec: dict[str, Any] = yaml.safe_load((SCENARIOS / f"{module}.yml").read_text())
    assert set(spec) <= KEYS, f"unknown keys {set(spec) - KEYS}"
    return spec


def hosts_of_spec(spec: dict[str, Any]) -> list[str]:
    return list(spec.get("on", ["node1", "busy"]))


def results(seen: Seen) -> dict[Where, dict[str, Any]]:
    """The result of each task on each host."""
    names = {e["task"]: e["name"] for e in seen.events if e["event"] == "TaskStarted"}
    finished = [e for e in seen.events if e["event"] == "TaskFinished"]
    made = {(names[e["task"]], e["host"]): e["result"] for e in finished}
    assert len(made) == len(finished), "the tasks of a scenario need names of their own"
    return made


def forecasts(seen: Seen) -> dict[Where, str | None]:
    """What a dry run said of each task on each host."""
    return {where: result["forecast"] for where, result in results(seen).items()}


def changed(seen: Seen) -> set[Where]:
    """The tasks that changed a host."""
    return {where for where, result in results(seen).items() if result["status"] == "changed"}


def named(wheres: Sequence[Where] | set[Where], names: dict[str, str]) -> set[Where]:
    """Those of the tasks that have one of these names."""
    return {where for where in wheres if where[0] in names}
