"""What a page is made of. Text is Markdown as far as `code`, **bold** and links go."""

from __future__ import annotations

import re
from typing import TypeAlias

from deployer.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The first column names something, the last explains it."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block: TypeAlias = Heading | Paragraph | Bullets | Code | Table


@dataclass(frozen=True, slots=True)
class Page:
    """`path` is relative to docs/, without `.md`."""

    path: str
    title: str
    blocks: tuple[Block, ...]


def joined(text: str | None) -> str:
    """A docstring's first paragraph on one line, without what it raises: that is for authors."""
    first = " ".join((text or "").strip().split("\n\n", 1)[0].split())
    return re.sub(r" Raises [^.]*\.", "", first)
