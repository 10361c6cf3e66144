"""The first playbook of the README, followed to the letter, says what the README shows."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tracked import blocks

#: Where the README puts the page; the test may not write there.
PLACE = "/srv/page"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The README's files, with this machine as the host and another place for the page."""
    work = tmp_path / "first"
    work.mkdir()
    for each in blocks("README.md"):
        if each.title:
            text = re.sub(r"^web1 .*$", "web1 ansible_connection=local", each.text, flags=re.M)
            (work / each.title).write_text(text.replace(PLACE, str(tmp_path / "page")))
    return work


def spoken(text: str) -> list[tuple[str, str]]:
    """(command, what it prints) of a console block."""
    parts = re.split(r"^\$ (.+)\n", text, flags=re.M)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def pattern(shown: str) -> str:
    """What the README shows as a pattern: `...` stands for any lines."""
    lines = [r"(?:.*\n)*?" if each == "..." else re.escape(each) + "\n" for each in lines_of(shown)]
    return "".join(lines)


def lines_of(text: str) -> list[str]:
    return [each.rstrip() for each in text.splitlines()]


def test_it_works_as_shown(folder: Path) -> None:
    steps = [step for each in blocks("README.md") if each.language == "console"
             for step in spoken(each.text)]  # fmt: skip
    assert len(steps) > 5
    for command, shown in steps:
        words = shlex.split(command)
        if words[0] == "deploy":
            words = [sys.executable, "-m", "deployer", *words[1:]]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        said = (done.stdout + done.stderr).replace(str(folder.parent / "page"), PLACE)
        said = "\n".join([*lines_of(said), ""])
        assert re.fullmatch(pattern(shown), said), f"{command}\n{said}"
