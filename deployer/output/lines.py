"""Lines of styled text, and what keeps a host's output from playing with the user's terminal."""

from __future__ import annotations

import re
from enum import Enum
from typing import Protocol, TypeAlias

from deployer.model.secret import mask
from deployer.model.values import dataclass


class Style(Enum):
    """What a span means; a screen knows its colour. The values are SGR codes of ECMA-48."""

    PLAIN = ""
    TITLE = "1"
    OK = "32"
    CHANGED = "33"
    FAILED = "31"
    UNREACHABLE = "1;31"
    SKIPPED = "36"
    FORECAST = "34"
    MUTED = "2"
    ADDED = "32;22"
    REMOVED = "31;22"
    HUNK = "36;22"
    WARNING = "35"
    HELP = "36;1"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line; its text has no newline and no control characters."""

    text: str
    style: Style = Style.PLAIN


Line: TypeAlias = tuple[Span, ...]

#: C0 and C1 controls (with ESC), DEL, marks that break lines or turn text around.
_CONTROL = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def clean(text: str) -> str:
    """`text` with secrets masked, and control characters spelt out so that no host can move the
    cursor or recolour what others say."""
    return _CONTROL.sub(lambda found: repr(found.group())[1:-1], mask(text))


def line(text: str = "", style: Style = Style.PLAIN) -> Line:
    """A line of one span."""
    return (Span(clean(text), style),)


def lines_of(text: str, style: Style = Style.PLAIN, indent: str = "") -> list[Line]:
    """Each line of a text as a line; of one that was overwritten (`\\r`) what stood there last."""
    return [line(indent + last_written(each), style) for each in text.split("\n")]


def last_written(text: str) -> str:
    """What a terminal would show of a line in which a progress bar overwrote itself."""
    return text.rstrip("\r").rpartition("\r")[2]


def plain_text(given: Line) -> str:
    """A line without its styles."""
    return "".join(span.text for span in given)


class Screen(Protocol):
    """Where lines go. Only the conductor's thread calls it."""

    @property
    def columns(self) -> int:
        """How wide it is."""
        ...

    def show(self, *lines: Line) -> None:
        """Print lines for good."""
        ...

    def close(self) -> None:
        """Nothing more comes. Idempotent."""
        ...
