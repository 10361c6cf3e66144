"""Labs as tests use them: through `scripts/lab`, as a developer would.

Importing this puts the lab's own sources on the path.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ROOT / "scripts/lab"

sys.path.insert(0, str(ROOT / "scripts/lib"))

Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Lab:
    """One lab, used the way a developer does: through `scripts/lab`."""

    name: str

    def run(self, *words: str, check: bool = True) -> Done:
        """Run a command of `scripts/lab`."""
        done = subprocess.run(
            [COMMAND, "--name", self.name, *words],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert not check or done.returncode == 0, f"{words}:\n{done.stdout}{done.stderr}"
        return done

    def ssh(self, login: str, command: str, typed: str = "", options: tuple[str, ...] = ()) -> Done:
        """Run a command on a host; `typed` is its standard input."""
        config = self.environment()["ssh_config"]
        return subprocess.run(
            ["ssh", "-F", config, *options, login, command],
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def ask(self, login: str, command: str, typed: str = "") -> str:
        """What a command on a host prints; it must succeed."""
        done = self.ssh(login, command, typed)
        assert done.returncode == 0, f"{login}: {command}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def environment(self) -> dict[str, Any]:
        """`scripts/lab env`."""
        known: dict[str, Any] = json.loads(self.run("env").stdout)
        return known

    def address(self, node: str) -> str:
        """A host's address."""
        address: str = self.environment()["nodes"][node]["address"]
        return address

    def pids(self) -> dict[str, str]:
        """The PID 1 of each host, as the machine counts."""
        rows = self.run("status").stdout.splitlines()[2:]
        return {row.split()[0]: row.split()[3] for row in rows}


def eventually(question: Callable[[], bool], seconds: float = 30) -> None:
    """Ask until the answer is yes."""
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)


def own_name(purpose: str) -> str:
    """A name that no other test run has."""
    return f"test-{purpose}-{os.getpid()}"
