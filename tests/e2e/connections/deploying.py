"""The real command in a process of its own, against lab hosts; its JSON lines read back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
#: No test of this folder runs longer; a run that hangs fails with what it had said.
LONGEST = 60.0


@dataclass(frozen=True)
class Seen:
    """What a run showed."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    def results(self, host: str) -> list[dict[str, Any]]:
        """The results of a host's tasks, in order."""
        found = [event for event in self.events if event["event"] == "TaskFinished"]
        return [event["result"] for event in found if event["host"] == host]

    def stdout(self, host: str) -> list[str]:
        """What a host's commands printed, in order."""
        values = [result["values"] for result in self.results(host)]
        return [value["stdout"] for value in values if "stdout" in value]

    def statuses(self, host: str) -> list[str]:
        return [result["status"] for result in self.results(host)]

    def unreachable(self, host: str) -> str:
        """The message with which a host was given up; it must have been."""
        return self._only(host, "unreachable")

    def failure(self, host: str) -> str:
        """The message of the one task that failed on a host."""
        return self._only(host, "failed")

    def _only(self, host: str, status: str) -> str:
        found = [each for each in self.results(host) if each["status"] == status]
        assert len(found) == 1, self.out + self.err
        message: str = found[0]["msg"]
        return message

    @property
    def warnings(self) -> list[str]:
        found = [event for event in self.events if event["event"] == "Warned"]
        return [event["diagnostic"]["summary"] for event in found]


@dataclass
class Deploy:
    """`deploy` with an inventory and a folder of its own."""

    folder: Path
    inventory: Mapping[str, Mapping[str, Any]]
    environment: Mapping[str, str]

    def start(self, play: str, *words: str, **variables: Any) -> subprocess.Popen[str]:
        """Start a run of a playbook's text; `variables` are extra variables."""
        book = self.folder / "play.yml"
        book.write_text(textwrap.dedent(play))
        hosts = {"all": {"hosts": {name: dict(own) for name, own in self.inventory.items()}}}
        (self.folder / "hosts.json").write_text(json.dumps(hosts))
        inventory = self.folder / "hosts.yml"
        inventory.write_text((self.folder / "hosts.json").read_text())
        (self.folder / "extra.json").write_text(json.dumps(variables))
        extra = ["-e", f"@{self.folder}/extra.json"] if variables else []
        command = [sys.executable, "-m", "deployer", "run", str(book), "-i", str(inventory)]
        return subprocess.Popen(
            [*command, "--output", "jsonl", *extra, *words],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, play: str, *words: str, **variables: Any) -> Seen:
        """Run a playbook's text to its end."""
        return finish(self.start(play, *words, **variables))


def finish(process: subprocess.Popen[str], seconds: float = LONGEST) -> Seen:
    """Wait for a run; one that hangs is ended and shown."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"hangs; it had said:\n{out}{err}") from None
    return Seen(process.returncode, out, err)
