"""Pages for a terminal: wrapped text, tables as lists of terms."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from deployer.cli.pages.blocks import Block, Bullets, Code, Heading, Page, Paragraph, Table
from deployer.output.lines import Line, Span, Style, line

#: Columns beyond which lines are hard to read.
WIDEST = 96
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def textual(page: Page, columns: int) -> Iterator[Line]:
    """The lines of a page."""
    width = min(columns - 1, WIDEST)
    yield line(page.title, Style.TITLE)
    for block in page.blocks:
        yield line()
        yield from _block(block, width)


def _block(block: Block, width: int) -> Iterator[Line]:
    match block:
        case Heading():
            yield line(block.text, Style.TITLE)
        case Paragraph():
            yield from _wrapped(block.text, width, "")
        case Bullets():
            for item in block.items:
                first, *rest = _wrapped(item, width, "    ")
                yield (Span("  - "), Span(first[0].text[4:]))
                yield from rest
        case Code():
            yield from (
                line(f"    {each}", Style.SKIPPED) for each in block.text.strip().split("\n")
            )
        case Table():
            for row in block.rows:
                yield from _row(row, width)


def _row(row: tuple[str, ...], width: int) -> Iterator[Line]:
    """The term with what is short, and the explanation below it."""
    term, *middle, text = map(_plain, row)
    about = ", ".join(part for part in middle if part)
    yield (Span(f"  {term}", Style.CHANGED), Span(f"  {about}" if about else "", Style.MUTED))
    yield from _wrapped(text, width, "      ")


def _wrapped(text: str, width: int, indent: str) -> Iterator[Line]:
    plain = _plain(text)
    for each in textwrap.wrap(plain, width, initial_indent=indent, subsequent_indent=indent):
        yield line(each)


def _plain(text: str) -> str:
    return _LINK.sub(r"\1", text).replace("**", "").replace("*", "")
