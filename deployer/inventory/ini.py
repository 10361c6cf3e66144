"""Inventories in INI form.

    solo ansible_host=10.0.0.9          before any section: ungrouped
    [web]
    web[01:20]:2222 role="front end"    # ranges, a port, quoted values, comments
    [site:children]
    web
    [site:vars]
    workers = 4

Values are read as Python literals where they are one (`4`, `True`, `['a', 'b']`), otherwise as
text, in host lines and in `:vars` alike (Ansible's ini inventory plugin). Text is a `Template`
with its file, line and column.
"""

from __future__ import annotations

import ast
import re
import warnings

from deployer.inventory.draft import Draft
from deployer.inventory.ranges import expand, split_port
from deployer.model.diagnostic import Diagnostic, did_you_mean
from deployer.model.errors import LoadError
from deployer.model.source import Position, SourceList, SourceMap, Template, Value
from deployer.model.values import dataclass

_SECTION = re.compile(r"\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?")
_KINDS = ("hosts", "children", "vars")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line that means something; `column` is where its text begins (from 1)."""

    text: str
    position: Position

    def at(self, offset: int) -> Position:
        return Position(self.position.file, self.position.line, self.position.column + offset)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a host line without its quotes and escapes; `at` is its offset in the line."""

    text: str
    at: int


def read_ini(text: str, file: str, draft: Draft) -> None:
    """Add what an INI inventory says to `draft`.

    Raises LoadError with every problem found in the file.
    """
    reader = _Reader(draft)
    for number, raw in enumerate(text.splitlines(), 1):
        stripped = raw.strip()
        if stripped and stripped[0] not in "#;":
            column = len(raw) - len(raw.lstrip()) + 1
            reader.feed(_Line(stripped, Position(file, number, column)))
    reader.finish()


class _Reader:
    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.group = "ungrouped"
        self.kind = "hosts"
        self.problems: list[Diagnostic] = []
        #: Groups that `:vars` and `:children` speak of before (or without) a section of theirs.
        self.promised: dict[str, tuple[str, Position]] = {}
        self.declared: set[str] = set(draft.group_names())
        self.later: list[tuple[str, str, Value, Position]] = []

    def feed(self, line: _Line) -> None:
        try:
            if line.text.startswith("["):
                section = _SECTION.fullmatch(line.text)
                if section:
                    self._section(section, line)
                    return
                if split_port(line.text.split()[0])[0] == line.text.split()[0]:
                    self._refuse(line.position, f"`{line.text}` is not a section", _SECTION_HELP)
            getattr(self, f"_{self.kind}_line")(line)
        except LoadError as error:
            self.problems += error.diagnostics

    def finish(self) -> None:
        for group, (summary, position) in self.promised.items():
            if group not in self.declared:
                near = did_you_mean(group, self.declared)
                self.problems.append(Diagnostic(summary, position, near))
        if self.problems:
            raise LoadError(self.problems)
        for group, key, value, position in self.later:
            self.draft.set_group_var(group, key, value, position)

    def _section(self, section: re.Match[str], line: _Line) -> None:
        self.group, self.kind = section[1], section[2] or "hosts"
        if self.kind not in _KINDS:
            kind, self.kind = self.kind, "skipped"
            near = did_you_mean(kind, _KINDS) or "known are `children` and `vars`"
            self._refuse(
                line.position, f"section `[{self.group}:{kind}]` is of no known kind", near
            )
        if self.kind == "vars":
            summary = f"section `[{self.group}:vars]` is for a group that does not exist"
            self.promised.setdefault(self.group, (summary, line.position))
            return
        self.declared.add(self.group)
        self.draft.add_group(self.group, line.position)

    def _skipped_line(self, line: _Line) -> None:
        """Lines of a section that was refused: one error is enough."""

    def _hosts_line(self, line: _Line) -> None:
        words, comment = split_words(line)
        if comment and not line.text[comment - 1].isspace():
            summary = "what follows `#` is a comment, and is not part of the value"
            self.draft.warn(summary, line.at(comment), "quote the value if it contains `#`")
        names, port = _hosts(words[0].text, line)
        pairs = [self._pair(word, line) for word in words[1:]]
        for name in names:
            self.draft.add_member(self.group, name, line.position)
            if port is not None:
                self.draft.host_vars(name)["ansible_port"] = port
            self.draft.host_vars(name).update(pairs)

    def _pair(self, word: _Word, line: _Line) -> tuple[str, Value]:
        key, equals, value = word.text.partition("=")
        if not equals or not key:
            hint = "quote values with spaces: name='a b'" if not equals else ""
            self._refuse(line.at(word.at), f"expected name=value, not `{word.text}`", hint)
        return key, literal(value, line.at(word.at + len(key) + 1))

    def _vars_line(self, line: _Line) -> None:
        key, equals, value = line.text.partition("=")
        if not equals or not key.strip():
            self._refuse(line.position, f"expected name=value, not `{line.text}`")
        offset = len(key) + 1 + len(value) - len(value.lstrip())
        typed = literal(value.strip(), line.at(offset))
        self.later.append((self.group, key.strip(), typed, line.position))

    def _children_line(self, line: _Line) -> None:
        child = line.text.split("#")[0].strip()
        if len(child.split()) != 1:
            self._refuse(line.position, f"expected the name of one group, not `{child}`")
        summary = f"section `[{self.group}:children]` names a group that does not exist: `{child}`"
        self.promised.setdefault(child, (summary, line.position))
        self.draft.add_child(self.group, child, line.position)

    def _refuse(self, position: Position, summary: str, help: str = "") -> None:
        raise LoadError([Diagnostic(summary, position, help)])


_SECTION_HELP = "sections are [group], [group:children] or [group:vars]"


def literal(text: str, position: Position) -> Value:
    """A value as Ansible's INI reads it: a Python literal, or else the text itself."""
    if not text or text[0] not in _LITERAL_STARTS:
        return Template(text, position)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return Template(text, position)
    return _typed(value, text, position)


#: What a literal other than bare text can begin with: numbers, quotes, brackets, True/False/None
#: and the prefixes of strings. Spares the parser for the usual words and addresses.
_LITERAL_STARTS = frozenset("0123456789+-.'\"[({TFNrRbBuU")


def _typed(value: Value, text: str, position: Position) -> Value:
    """A literal in playbook types: text becomes Template, tuples and sets become lists."""
    if isinstance(value, str):
        return Template(value, position)
    if isinstance(value, dict):
        items = {str(key): _typed(item, text, position) for key, item in value.items()}
        return SourceMap(items, position)
    if isinstance(value, list | tuple | set):
        return SourceList([_typed(item, text, position) for item in value], position)
    if value is None or isinstance(value, bool | int | float):
        return value
    return Template(text, position)


def _hosts(written: str, line: _Line) -> tuple[list[str], int | None]:
    try:
        base, port = split_port(written)
        return expand(base), port
    except ValueError as error:
        raise LoadError([Diagnostic(str(error), line.position)]) from error


def split_words(line: _Line) -> tuple[list[_Word], int]:
    """The words of a host line as a shell would split them, and where a comment begins (or 0).

    As in Ansible, an unquoted `#` begins a comment even inside a word. Raises LoadError for a
    quote that is not closed.
    """
    words: list[_Word] = []
    text, at, end = line.text, 0, len(line.text)
    while at < end:
        if text[at].isspace():
            at += 1
        elif text[at] == "#":
            return words, at
        else:
            start = at
            word, at = _word(line, start)
            words.append(_Word(word, start))
    return words, 0


def _word(line: _Line, start: int) -> tuple[str, int]:
    """The word that begins at `start` and the offset behind it."""
    text, at = line.text, start
    made: list[str] = []
    while at < len(text) and not text[at].isspace() and text[at] != "#":
        char = text[at]
        if char in "'\"":
            inner, at = _quoted(line, at)
            made.append(inner)
        elif char == "\\" and at + 1 < len(text):
            made.append(text[at + 1])
            at += 2
        else:
            made.append(char)
            at += 1
    return "".join(made), at


def _quoted(line: _Line, start: int) -> tuple[str, int]:
    quote, text, at = line.text[start], line.text, start + 1
    made: list[str] = []
    while at < len(text):
        char = text[at]
        if char == quote:
            return "".join(made), at + 1
        if char == "\\" and quote == '"' and text[at + 1 : at + 2] in ('"', "\\"):
            at += 1
            char = text[at]
        made.append(char)
        at += 1
    raise LoadError([Diagnostic("a quote is not closed", line.at(start))])
