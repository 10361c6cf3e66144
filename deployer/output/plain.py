"""A screen that only appends: pipes, files, and terminals that want it so."""

from __future__ import annotations

from typing import TextIO

from deployer.output.lines import Line, Style, plain_text

#: Width for banners where nobody says how wide the paper is (as ansible-playbook).
COLUMNS = 80


class PlainScreen:
    """Writes each line to a stream at once; with `color`, in SGR codes."""

    def __init__(self, stream: TextIO, *, color: bool = False, columns: int = COLUMNS) -> None:
        self._stream = stream
        self._color = color
        self._columns = columns

    @property
    def columns(self) -> int:
        return self._columns

    def show(self, *lines: Line) -> None:
        for each in lines:
            self._stream.write((painted(each) if self._color else plain_text(each)) + "\n")
        self._stream.flush()

    def close(self) -> None:
        self._stream.flush()


def painted(given: Line) -> str:
    """A line with its styles as SGR codes."""
    parts = []
    for span in given:
        code = span.style.value
        bare = span.style is Style.PLAIN or not span.text
        parts.append(span.text if bare else f"\x1b[{code}m{span.text}\x1b[0m")
    return "".join(parts)
