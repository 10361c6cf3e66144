"""Python's regular expressions for `grep -E`, on hosts whose grep does not know Perl's."""

from __future__ import annotations

import re

CLASSES = {
    "d": "[0-9]",
    "D": "[^0-9]",
    "w": "[[:alnum:]_]",
    "W": "[^[:alnum:]_]",
    "s": "[[:space:]]",
    "S": "[^[:space:]]",
    "t": "\t",
}
INSIDE = {"d": "0-9", "w": "[:alnum:]_", "s": "[:space:]", "t": "\t", "-": "-", ".": ".", "/": "/"}

# A token each: a lazy quantifier, an escape, a bracket expression, a group's head, one character.
_TOKEN = re.compile(
    r"(?P<lazy>[*+?}]\?)|\\(?P<escape>.)|\[(?P<negated>\^?)(?P<set>\]?(?:[^\]\\]|\\.)*)\]"
    r"|(?P<group>\(\?:|\(\?P<\w+>)|(?P<special>\(\?)|(?P<plain>.)",
    re.DOTALL,
)


def extended(pattern: str) -> str | None:
    """The POSIX extended expression that finds the same lines; None where there is none.

    Whether a line holds a match is all that is kept: a lazy quantifier becomes a greedy one.
    """
    out = []
    for token in _TOKEN.finditer(pattern):
        part = _translate(token)
        if part is None:
            return None
        out.append(part)
    return "".join(out)


def _translate(token: re.Match[str]) -> str | None:
    if token["lazy"]:
        return token["lazy"][0]
    if token["escape"]:
        escape = token["escape"]
        return CLASSES.get(escape) or (None if escape.isalnum() else _literal(escape))
    if token["set"] is not None:
        inner = _inside(token["set"])
        return None if inner is None else f"[{token['negated']}{inner}]"
    if token["group"]:
        return "("
    if token["special"] or token["plain"] == "\n":
        return None
    return token["plain"]


def _literal(char: str) -> str:
    return f"\\{char}" if char in ".[]*^$+?(){}|\\" else char


def _inside(text: str) -> str | None:
    """What stands between brackets; POSIX knows no escapes there."""
    parts = [INSIDE.get(part[1]) if len(part) == 2 else part for part in _pieces(text)]
    return None if None in parts else "".join(part or "" for part in parts)


def _pieces(text: str) -> list[str]:
    return re.findall(r"\\.|[^\\]", text, re.DOTALL)
