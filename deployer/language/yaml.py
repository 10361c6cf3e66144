"""YAML to values that know where they stand.

Text becomes `Template` with its position, mappings `SourceMap`, lists `SourceList`; numbers,
booleans and null are read as YAML 1.1 (see `scalars`). Tags: `!vault` gives `EncryptedText`,
`!unsafe` text that is never rendered; others that are not plain YAML are errors, and so are
duplicate keys. The values are built from parser events: libyaml's where there is one.
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any, Final, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from deployer.language.files import read_text
from deployer.language.scalars import STARTS, WORDS, number, trap
from deployer.language.syntax import QUOTE_TEMPLATE, syntax_problem
from deployer.language.values import EncryptedText
from deployer.model.diagnostic import Diagnostic, Severity
from deployer.model.errors import LoadError
from deployer.model.source import Position, SourceList, SourceMap, Template, Value

#: How many nodes aliases may stand for in one file ("billion laughs").
MOST_ALIASED: Final = 200_000
DEEPEST: Final = 150

VAULT_HEADER: Final = "$ANSIBLE_VAULT;"
_STANDARD: Final = "tag:yaml.org,2002:"
_TEXT_TAGS: Final = frozenset({"!", _STANDARD + "str", _STANDARD + "timestamp"})
_NUMBER_TAGS: Final = frozenset(_STANDARD + kind for kind in ("int", "float", "bool", "null"))
_PARSER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_file(
    path: str | Path, warnings: list[Diagnostic] | None = None, shown_as: str = ""
) -> Value:
    """The value in a YAML file; None where it is empty; `EncryptedText` where all is a vault.

    `warnings` collects what is suspicious. `shown_as` names the file in positions. Raises
    LoadError: missing, not a file, binary, not UTF-8, too large, or not valid.
    """
    return load_text(read_text(path, shown_as), shown_as or str(path), warnings)


def load_text(text: str, file: str, warnings: list[Diagnostic] | None = None) -> Value:
    """As `load_file`, for text that was read already; `file` stands in the positions."""
    if text.startswith(VAULT_HEADER):
        return EncryptedText(text, Position(file, 1, 1))
    builder = _Builder(text, file)
    value = None
    try:
        value = builder.document()
    except yaml.YAMLError as error:
        builder.stop(syntax_problem(error, text, file))
    except _Stop:
        pass
    if builder.problems:
        raise LoadError(builder.problems)
    if warnings is not None:
        warnings.extend(builder.warnings)
    return value


class _Stop(Exception):
    """Reading on makes no sense."""


class _Builder:
    """Builds the value of one document from the parser's events."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.problems: list[Diagnostic] = []
        self.warnings: list[Diagnostic] = []
        self.next: Any = _PARSER(text).get_event
        self.anchors: dict[str, tuple[Value, int] | None] = {}
        self.nodes = 0
        self.aliased = 0
        self.depth = 0
        self.under = ""

    def document(self) -> Value:
        value = None
        documents = 0
        while not isinstance(event := self.next(), StreamEndEvent):
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.error("a second document starts here", self.at(event), "remove the `---`")
                    break
                value = self.node(self.next())
        return value

    def at(self, event: Any) -> Position:
        mark = event.start_mark
        return Position(self.file, mark.line + 1, mark.column + 1)

    def error(self, summary: str, at: Position, help: str = "") -> None:
        self.problems.append(Diagnostic(summary, at, help))

    def give_up(self, summary: str, at: Position) -> NoReturn:
        self.error(summary, at)
        raise _Stop

    def stop(self, problem: Diagnostic) -> None:
        """Add the syntax error that ended it, unless its line was found wrong already."""
        wrong = {known.position.line for known in self.problems if known.position}
        if problem.position is None or problem.position.line not in wrong:
            self.problems.append(problem)

    def node(self, event: Any) -> Value:
        """The value that starts with this event."""
        self.nodes += 1
        if event.__class__ is AliasEvent:
            return self.alias(event)
        anchor = event.anchor
        if anchor is None:
            return self.build(event)
        before = self.nodes + self.aliased
        self.anchors[anchor] = None
        value = self.build(event)
        self.anchors[anchor] = (value, self.nodes + self.aliased - before + 1)
        return value

    def build(self, event: Any) -> Value:
        kind = event.__class__
        if kind is ScalarEvent:
            return self.scalar(event)
        self.depth += 1
        if self.depth > DEEPEST:
            self.give_up("nested too deeply", self.at(event))
        value = self.mapping(event) if kind is MappingStartEvent else self.sequence(event)
        self.depth -= 1
        return value

    def alias(self, event: Any) -> Value:
        name, at = event.anchor, self.at(event)
        if name not in self.anchors:
            self.error(f"no anchor `&{name}` above", at, "quote a value that starts with *")
            return None
        known = self.anchors[name]
        if known is None:
            self.error(f"`*{name}` stands inside what it refers to", at)
            return None
        value, weight = known
        self.aliased += weight
        if self.aliased > MOST_ALIASED:
            self.give_up("aliases stand for too many values", at)
        return value

    def sequence(self, event: Any) -> SourceList:
        self.check_tag(event, "seq")
        items: list[Value] = []
        places: list[Position] = []
        while (item := self.next()).__class__ is not SequenceEndEvent:
            places.append(self.at(item))
            items.append(self.node(item))
        return SourceList(items, self.at(event), places)

    def mapping(self, event: Any) -> SourceMap:
        self.check_tag(event, "map")
        origin = self.at(event)
        items: dict[Any, Value] = {}
        places: dict[Any, Position] = {}
        merged: list[SourceMap] = []
        while (key_event := self.next()).__class__ is not MappingEndEvent:
            at = self.at(key_event)
            if self.is_merge(key_event):
                merged += self.merge(self.node(self.next()), at)
                continue
            key = self.key(key_event, at)
            self.under = key if isinstance(key, str) else ""
            if key in items:
                self.error(f"`{key}` is here twice", at, f"first at {places[key]}")
            items[key] = self.node(self.next())
            places[key] = at
        for source in merged:
            for key, value in source.items():
                if key not in items:
                    items[key], places[key] = value, source.at(key) or origin
        return SourceMap(items, origin, places)

    def key(self, event: Any, at: Position) -> Hashable:
        value = self.node(event)
        if isinstance(value, Template):
            return str(value)
        if isinstance(value, Hashable) and not isinstance(value, EncryptedText):
            return value
        fix = QUOTE_TEMPLATE if isinstance(value, SourceMap) else ""
        self.error("a mapping or list cannot be a key", at, fix)
        return f"{at}"

    def is_merge(self, event: Any) -> bool:
        return (
            event.__class__ is ScalarEvent
            and event.value == "<<"
            and not event.style
            and event.tag is None
        )

    def merge(self, value: Value, at: Position) -> list[SourceMap]:
        found = list(value) if isinstance(value, list) else [value]
        if all(isinstance(source, SourceMap) for source in found):
            return found
        self.error("`<<` needs a mapping or a list of mappings", at)
        return []

    def check_tag(self, event: Any, kind: str) -> None:
        tag = event.tag
        if tag is not None and tag not in ("!", "!unsafe", _STANDARD + kind):
            self.error(f"the tag {_shown(tag)} is not supported", self.at(event))

    def scalar(self, event: Any) -> Value:
        text, tag = event.value, event.tag
        if tag is not None:
            return self.tagged(event, text, tag)
        if event.style or (text and text[0] not in STARTS):
            return Template(text, self.at(event))
        if text in WORDS:
            return WORDS[text]
        value = number(text) if text[0] in "+-.0123456789" else None
        if value is None:
            return Template(text, self.at(event))
        if problem := trap(text, value, self.under):
            fix = f'quote it: "{text}"'
            self.warnings.append(Diagnostic(problem, self.at(event), fix, Severity.WARNING))
        return value

    def tagged(self, event: Any, text: str, tag: str) -> Value:
        at = self.at(event)
        if tag in _TEXT_TAGS:
            return Template(text, at)
        if tag == "!unsafe":
            return text
        if tag in ("!vault", "!vault-encrypted"):
            if not text.lstrip().startswith(VAULT_HEADER):
                self.error(f"`{tag}` needs text that starts with {VAULT_HEADER}", at)
            return EncryptedText(text, at)
        if tag in _NUMBER_TAGS:
            return self.converted(text, tag, at)
        self.error(f"the tag {_shown(tag)} is not supported", at)
        return None

    def converted(self, text: str, tag: str, at: Position) -> Value:
        kind = tag.removeprefix(_STANDARD)
        value = WORDS[text] if text in WORDS else number(text)
        if kind == "float" and isinstance(value, int):
            value = float(value)
        wanted = {"int": int, "float": float, "bool": bool, "null": type(None)}[kind]
        if type(value) is not wanted:
            self.error(f"`{text}` is not of the type !!{kind}", at)
        return value


def _shown(tag: str) -> str:
    return f"`{tag.replace(_STANDARD, '!!')}`"
