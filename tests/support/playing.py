"""`deploy` as a user runs it, on the hosts of a lab; what it did is read from its events."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.labhost import ROOT


@dataclass(frozen=True)
class Played:
    """A run: its exit code, and the results by (name of the task, host)."""

    code: int
    text: str
    results: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def result(self, task: str, host: str = "node1") -> dict[str, Any]:
        assert (task, host) in self.results, self.text[-3000:]
        return self.results[task, host]

    def plan(self, task: str, host: str = "node1") -> list[str]:
        """The lines of a task's plan."""
        lines: list[str] = self.result(task, host)["plan"]
        return lines

    @property
    def changed(self) -> set[tuple[str, str]]:
        """Which tasks changed which hosts (or would)."""
        return {key for key, result in self.results.items() if result["status"] == "changed"}

    @property
    def failures(self) -> dict[tuple[str, str], str]:
        """What failed, and its message."""
        bad = ("failed", "unreachable")
        return {
            key: result["msg"] for key, result in self.results.items() if result["status"] in bad
        }


def play(lab: str, verb: str, playbook: Path | str, *words: str, seconds: float = 240) -> Played:
    """`deploy run` or `deploy plan` with the inventory of a lab."""
    command = [sys.executable, "-m", "deployer", verb, str(playbook), "-i", "lab"]
    done = subprocess.run(
        [*command, "--output", "jsonl", *words],
        cwd=ROOT,
        env={**os.environ, "DEPLOY_LAB": lab},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    names: dict[int, str] = {}
    results: dict[tuple[str, str], dict[str, Any]] = {}
    for line in done.stdout.splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        if event.get("event") == "TaskStarted":
            names[event["task"]] = event["name"]
        elif event.get("event") == "TaskFinished":
            result = event["result"]
            result["plan"] = result.get("plan") or []
            result["msg"] = result.get("msg") or ""
            results[names[event["task"]], event["host"]] = result
    return Played(done.returncode, done.stdout + done.stderr, results)
