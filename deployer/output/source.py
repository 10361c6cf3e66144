"""A diagnostic as text: what, where, the source line with a caret, and the fix."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from deployer.model.diagnostic import Diagnostic, Severity
from deployer.model.source import Position
from deployer.output.lines import Line, Span, Style, clean, line, plain_text

#: Columns of a tab stop in excerpts; less than a terminal's 8, so that YAML stays readable.
TAB = 4
#: Columns of a source line that are shown; what is further from the caret is cut.
WIDEST = 100
CUT = "…"
_UNDEFINED = re.compile(r"`([^`]+)` is undefined")


def shown(diagnostic: Diagnostic) -> str:
    """Several lines without a final newline and without colour."""
    return "\n".join(plain_text(each) for each in diagnostic_lines(diagnostic))


def report(diagnostics: Iterable[Diagnostic]) -> list[Line]:
    """All of them in the order of files and lines, and how many errors there are, if several."""
    ordered = sorted(diagnostics, key=_place)
    lines: list[Line] = []
    for diagnostic in ordered:
        lines += diagnostic_lines(diagnostic)
    errors = sum(each.severity is Severity.ERROR for each in ordered)
    if errors > 1:
        lines.append(line(f"{errors} errors", Style.FAILED))
    return lines


def _place(diagnostic: Diagnostic) -> tuple[bool, str, int, int]:
    position = diagnostic.position
    if position is None:
        return (False, "", 0, 0)
    return (True, position.file, position.line, position.column)


def diagnostic_lines(diagnostic: Diagnostic) -> list[Line]:
    """One diagnostic with everything that helps to find and mend it."""
    error = diagnostic.severity is Severity.ERROR
    label = ("error", Style.FAILED) if error else ("warning", Style.WARNING)
    first, *more = clean_lines(diagnostic.summary)
    lines: list[Line] = [(Span(label[0], label[1]), Span(f": {first}", Style.TITLE))]
    lines += [line(f"  {text}") for text in more]
    lines += where(pinpointed(diagnostic.position, diagnostic.summary))
    if diagnostic.help:
        lines.append(help_line(diagnostic.help))
    return lines


def clean_lines(text: str) -> list[str]:
    """A text's lines, control characters spelt out; at least one."""
    return [clean(each) for each in text.split("\n")]


def help_line(text: str, indent: str = "  ") -> Line:
    """The suggested fix."""
    return (Span(f"{indent}help", Style.HELP), Span(f": {clean(text)}"))


def pinpointed(position: Position | None, message: str) -> Position | None:
    """The place of the undefined name that a message is about, within the template that begins at
    `position`; `position` itself where there is none."""
    about = _UNDEFINED.match(message)
    text = source_line(position) if position is not None else None
    if about is None or position is None or text is None:
        return position
    found = re.compile(rf"(?<![\w.]){re.escape(about[1])}(?!\w)").search(
        text, max(0, position.column - 1)
    )
    return replace(position, column=found.start() + 1) if found else position


def where(position: Position | None, indent: str = "  ") -> list[Line]:
    """The place, and its source line with a caret below the column."""
    if position is None:
        return []
    lines = [line(f"{indent}--> {place(position)}", Style.MUTED)]
    return lines + [line(indent + text) for text in excerpt(position)]


def place(position: Position) -> str:
    """A position as people read it: relative to where they are, if the file is below."""
    path = Path(position.file)
    try:
        near = str(path.relative_to(Path.cwd())) if path.is_absolute() else position.file
    except (ValueError, OSError):
        near = position.file
    return str(Position(near, position.line, position.column))


def excerpt(position: Position) -> list[str]:
    """The line that a position is in, and a caret below its column; nothing if it is gone."""
    text = source_line(position)
    if text is None:
        return []
    number = str(position.line)
    if position.column < 1:
        return [f"{number} | {_cut(_expanded(text), 0)[0]}"]
    at = min(position.column - 1, len(text))
    before = _expanded(text[:at])
    shown_text, caret = _cut(before + _expanded(text[at:], _width(before)), len(before))
    indent = " " * _width(shown_text[:caret])
    return [f"{number} | {shown_text}", f"{' ' * len(number)} | {indent}^"]


def source_line(position: Position) -> str | None:
    """The text of the line, or None where the file or the line cannot be read."""
    if not position.line:
        return None
    try:
        lines = Path(position.file).read_text("utf-8-sig").split("\n")
    except (OSError, ValueError):
        return None
    if position.line > len(lines):
        return None
    return lines[position.line - 1].rstrip("\r")


def _expanded(text: str, start: int = 0) -> str:
    """Tabs as blanks up to the next stop, controls spelt out; `start` columns stand before it."""
    made = ""
    for char in text:
        made += " " * (TAB - (start + _width(made)) % TAB) if char == "\t" else clean(char)
    return made


def _width(text: str) -> int:
    """Columns that a terminal takes for a text: two for wide characters, none for combining."""
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    if unicodedata.combining(char) or char in "\u200b\u200d\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def _cut(text: str, caret: int) -> tuple[str, int]:
    """`text` around the character `caret` so that it is not too wide, and where that is now."""
    if len(text) <= WIDEST:
        return text, caret
    start = max(0, min(caret - WIDEST // 2, len(text) - WIDEST))
    end = start + WIDEST
    head = CUT if start else ""
    tail = CUT if end < len(text) else ""
    return head + text[start:end] + tail, caret - start + len(head)
