"""The command line in tests: in this process, or as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from deployer.cli.main import main
from deployer.model import secret

ROOT = Path(__file__).parents[2]
LOCAL = ("-i", "localhost,", "-c", "local")


@dataclass(frozen=True)
class Said:
    """What a command gave: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def both(self) -> str:
        return self.out + self.err

    @property
    def lines(self) -> list[str]:
        """The lines of standard output that are not empty, banners without their stars."""
        return [line.split(" **")[0].rstrip() for line in self.out.splitlines() if line.strip()]


@dataclass(frozen=True)
class Command:
    """`deploy` in a directory of its own."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def write(self, name: str, text: str) -> Path:
        """A file below the directory."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def __call__(self, *words: str) -> Said:
        """Run in this process."""
        self.capture.readouterr()
        try:
            code = main(words)
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        captured = self.capture.readouterr()
        return Said(int(code), captured.out, captured.err)

    def play(self, text: str, *words: str, command: str = "run") -> Said:
        """Run a playbook on this machine."""
        self.write("play.yml", text)
        return self(command, "play.yml", *LOCAL, *words)

    def process(self, *words: str, **environment: str) -> Said:
        """Run as a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "deployer", *words],
            cwd=self.folder,
            env=process_environment(**environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)


def process_environment(**more: str) -> dict[str, str]:
    """The environment of a process that finds this checkout; nothing of the user's colours."""
    kept = {key: value for key, value in os.environ.items()
            if key not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}  # fmt: skip
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def command_in(
    folder: Path, capture: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """A command that works in `folder`; secrets of other tests are forgotten."""
    monkeypatch.chdir(folder)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    forget_secrets(monkeypatch)
    return Command(folder, capture)


def forget_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start with no secret known (there is one set of them per process)."""
    monkeypatch.setattr(secret, "_known", set())
    monkeypatch.setattr(secret, "_pattern", None)
