"""The files of the repository, and the blocks of its documents, as the tests here read them."""

from __future__ import annotations

import functools
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
#: The documents for people, beside docs/ (which is generated, and tested with its generator).
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "lab/README.md")

_FENCE = re.compile(
    r"^```(?P<language>\w+)(?: title=(?P<title>\S+))?\n(?P<text>.*?)^```$", re.M | re.S
)


@functools.cache
def tracked() -> tuple[str, ...]:
    """Every file that git has and that is there, relative to the root."""
    # Tests may run as another user than the one whose checkout it is.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(name for name in listed.split("\0") if name and (ROOT / name).is_file())


def python_files(*tops: str) -> list[str]:
    """The Python files among them below these directories."""
    return [name for name in tracked() if name.endswith(".py") and name.startswith(tops)]


@functools.cache
def texts() -> tuple[tuple[str, str], ...]:
    """(name, content) of every tracked file that is text."""
    return tuple(_texts())


def _texts() -> Iterator[tuple[str, str]]:
    for name in tracked():
        try:
            yield name, (ROOT / name).read_text("utf-8")
        except UnicodeDecodeError:
            continue


@dataclass(frozen=True)
class Block:
    """A fenced block of a document; `title` is the file that it stands for."""

    language: str
    title: str
    text: str


def blocks(document: str) -> list[Block]:
    """The fenced blocks of a document, in order."""
    found = _FENCE.finditer((ROOT / document).read_text())
    return [Block(each["language"], each["title"] or "", each["text"]) for each in found]


def block(document: str, title: str) -> str:
    """The text of the one block with that title."""
    (found,) = [each.text for each in blocks(document) if each.title == title]
    return found
