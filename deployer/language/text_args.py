"""Arguments written as text: `path=/x state=directory`, and command lines with options inside.

Ansible's rules: white space separates, quotes and Jinja blocks hold together, the first `=` that
no backslash precedes separates key and value, quotes around a value are taken off, and escapes
such as `\\n` are decoded in values (not in command lines).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection
from typing import Final

from deployer.model.values import dataclass

_BLOCKS: Final = {"{{": "}}", "{%": "%}", "{#": "#}"}
_ESCAPE: Final = re.compile(
    r"""\\(?:U[0-9a-fA-F]{8}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|N\{[^}]+\}|[\\'"abfnrtv])"""
)


@dataclass(frozen=True, slots=True)
class TextArguments:
    """`options` in order, each key with its value; `rest` is the text without them."""

    options: tuple[tuple[str, str], ...]
    rest: str


def split(text: str) -> list[tuple[int, int]] | None:
    """The spans of the words of a text; None where a quote or a Jinja block is not closed."""
    spans: list[tuple[int, int]] = []
    start = -1
    at = 0
    while at < len(text):
        if text[at].isspace():
            if start >= 0:
                spans.append((start, at))
            start = -1
            at += 1
            continue
        start = at if start < 0 else start
        end = _end_of_piece(text, at)
        if end is None:
            return None
        at = end
    return [*spans, (start, len(text))] if start >= 0 else spans


def _end_of_piece(text: str, at: int) -> int | None:
    """The end of what starts here: a Jinja block, a quoted part or one character."""
    block = text[at : at + 2]
    if block in _BLOCKS:
        end = text.find(_BLOCKS[block], at + 2)
        return end + 2 if end >= 0 else None
    if text[at] in "\"'" and (at == 0 or text[at - 1] != "\\"):
        return _end_of_quotes(text, at)
    return at + 1


def _end_of_quotes(text: str, at: int) -> int | None:
    quote = text[at]
    at += 1
    while at < len(text):
        if text[at] == quote and text[at - 1] != "\\":
            return at + 1
        if text[at : at + 2] in _BLOCKS:
            end = _end_of_piece(text, at)
            if end is None:
                return None
            at = end
        else:
            at += 1
    return None


def parse(text: str, only: Collection[str] | None = None) -> TextArguments | None:
    """Options and the rest; None where a quote or a Jinja block is not closed.

    With `only`, no other keys are options: the text is a command line, whose rest stays as it was
    written. Without, the rest are the words that have no `=`.
    """
    spans = split(text)
    if spans is None:
        return None
    options: list[tuple[str, str]] = []
    taken: list[tuple[int, int]] = []
    for start, end in spans:
        option = _option(text[start:end])
        if option is not None and (only is None or option[0] in only):
            options.append(option)
            taken.append((start, end))
    return TextArguments(tuple(options), _without(text, taken))


def _option(word: str) -> tuple[str, str] | None:
    if word.startswith(("{{", "{%", '"', "'")):
        return None
    word = _ESCAPE.sub(_decoded, word)
    at = word.find("=", 1)
    while at > 0 and word[at - 1] == "\\":
        at = word.find("=", at + 1)
    if at < 0:
        return None
    return word[:at].strip(), unquoted(word[at + 1 :].strip())


def _decoded(match: re.Match[str]) -> str:
    return codecs.decode(match.group(0), "unicode-escape")


def unquoted(text: str) -> str:
    """The text without the quotes around all of it, if it has them."""
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" and text[-2] != "\\"
    return text[1:-1] if quoted else text


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    kept = []
    last = 0
    for start, end in spans:
        kept.append(text[last:start])
        last = end
        while last < len(text) and text[last] in " \t":
            last += 1
    kept.append(text[last:])
    return "".join(kept).strip()


def joined_lines(text: str) -> str:
    """A command line without its backslashes before line ends, as one line.

    A shell does that itself; a command that no shell reads would get them as arguments.
    """
    return re.sub(r"(?<!\\)[ \t]*\\\n[ \t]*", " ", text)
