"""Editing lines of a text, as Ansible's `lineinfile` does: pure functions on lists of lines.

Lines keep what ends them, and expressions see it too. The rules are those of the module's
documentation: an expression or a string finds the last line that matches (the first with
`firstmatch`), which is replaced; a line that is there already is not added again; with `backrefs`
a text without a match is left alone.
"""

from __future__ import annotations

import re

from deployer.model.values import dataclass


@dataclass(frozen=True, slots=True)
class LineEdit:
    """What is to be so. `after` and `before` are expressions, `EOF`, `BOF`, or nothing."""

    line: str = ""
    regexp: str | None = None
    search_string: str | None = None
    after: str = ""
    before: str = ""
    backrefs: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True)
class Edited:
    """The lines afterwards and Ansible's words for what was done (empty: nothing)."""

    lines: tuple[str, ...]
    msg: str = ""
    found: int = 0

    @property
    def text(self) -> str:
        return "".join(self.lines)


def split_lines(text: str) -> list[str]:
    """Lines with their ends; only a line feed ends one."""
    *whole, rest = text.split("\n")
    lines = [f"{line}\n" for line in whole]
    return [*lines, rest] if rest else lines


def ensure_absent(lines: list[str], edit: LineEdit) -> Edited:
    """Without every line that matches. Raises re.error."""
    expression = None if edit.regexp is None else re.compile(edit.regexp)

    def matches(line: str) -> bool:
        if expression is not None:
            return expression.search(line) is not None
        if edit.search_string is not None:
            return edit.search_string in line
        return line.rstrip("\r\n") == edit.line

    kept = tuple(line for line in lines if not matches(line))
    count = len(lines) - len(kept)
    return Edited(kept, f"{count} line(s) removed" if count else "", count)


def ensure_present(lines: list[str], edit: LineEdit) -> Edited:
    """With the line: instead of what matches, else where it is already, else inserted.

    Raises re.error for a wrong expression or a reference to a group that is none.
    """
    at, match = _matching(lines, edit)
    if at >= 0:
        new = match.expand(edit.line) if edit.backrefs and match is not None else edit.line
        return _replaced(lines, at, new)
    at = _equal(lines, edit.line)
    if at >= 0:
        return _replaced(lines, at, edit.line)
    if edit.backrefs:
        return Edited(tuple(lines))
    return Edited(tuple(_inserted(lines, edit)), "line added")


def _matching(lines: list[str], edit: LineEdit) -> tuple[int, re.Match[str] | None]:
    """The line that is found by expression or string, or -1."""
    expression = None if edit.regexp is None else re.compile(edit.regexp)
    at, found = -1, None
    for index, line in enumerate(lines):
        match = expression.search(line) if expression is not None else None
        if match is None and (edit.search_string is None or edit.search_string not in line):
            continue
        at, found = index, match
        if edit.first:
            break
    return at, found


def _equal(lines: list[str], wanted: str) -> int:
    for index in range(len(lines) - 1, -1, -1):
        if lines[index].rstrip("\r\n") == wanted:
            return index
    return -1


def _replaced(lines: list[str], at: int, new: str) -> Edited:
    new = new if new.endswith("\n") else f"{new}\n"
    if lines[at] == new:
        return Edited(tuple(lines))
    return Edited((*lines[:at], new, *lines[at + 1 :]), "line replaced")


def _inserted(lines: list[str], edit: LineEdit) -> list[str]:
    """With the line at its place; at the end where the place is not found."""
    new = f"{edit.line}\n"
    if "BOF" in (edit.before, edit.after):
        return [new, *lines]
    place = _place(lines, edit)
    head = lines[:place]
    if head and not head[-1].endswith(("\n", "\r")):
        head[-1] += "\n"
    return [*head, new, *lines[place:]]


def _place(lines: list[str], edit: LineEdit) -> int:
    """The index to insert at. Raises re.error."""
    text, place = edit.before or edit.after, len(lines)
    if text in ("", "EOF"):
        return place
    expression = re.compile(text)
    for index, line in enumerate(lines):
        if expression.search(line):
            place = index if edit.before else index + 1
            if edit.first:
                break
    return place
