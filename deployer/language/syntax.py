"""Syntax errors of YAML as diagnostics that name the likely fix."""

from __future__ import annotations

import re

import yaml

from deployer.model.diagnostic import Diagnostic
from deployer.model.source import Position

QUOTE_TEMPLATE = 'quote a value that starts with a template: "{{ ... }}"'
_BARE_TEMPLATE = re.compile(r"""(?:^|[:\-]\s+)\{\{""")
_WORDS = {
    "<block end>": "the end of the list or mapping",
    "<block mapping start>": "a mapping",
    "<scalar>": "text",
    "block end": "the end of the list or mapping",
}


def syntax_problem(error: yaml.YAMLError, text: str, file: str) -> Diagnostic:
    """The diagnostic for an error of PyYAML's or libyaml's parser in `text`."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        if error.context_mark and "quoted scalar" in (error.context or ""):
            mark = error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        problem = " ".join(part for part in (error.problem, _context(error)) if part)
    else:  # a ReaderError: a character that YAML does not allow
        line, column = _line_and_column(text, int(getattr(error, "position", 0) or 0))
        problem = "a control character that YAML does not allow"
    lines = text.splitlines()
    return Diagnostic(
        f"not valid YAML: {_plain(problem)}",
        Position(file, line, column),
        _help(problem, lines, line),
    )


def _context(error: yaml.MarkedYAMLError) -> str:
    return error.context or ""


def _plain(problem: str) -> str:
    for jargon, words in _WORDS.items():
        problem = problem.replace(jargon, words)
    return problem


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _help(problem: str, lines: list[str], line: int) -> str:
    """The fix for the usual mistakes, judged by the line and the one before it."""
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    near = [here, *reversed(lines[max(0, line - 3) : max(0, line - 1)])]
    indents = [found[: len(found) - len(found.lstrip())] for found in near[:2]]
    if "\t" in "".join(indents) or "\\t" in problem:
        return "indent with spaces: YAML does not allow tabs"
    if any(_BARE_TEMPLATE.search(found) for found in near[:2]):
        return QUOTE_TEMPLATE
    if "quoted scalar" in problem:
        return "the quote that opens here is never closed"
    if "mapping values are not allowed" in problem:
        return _help_for_colon(here)
    if "alias" in problem or "anchor" in problem or "cannot start any token" in problem:
        return "quote a value that starts with one of * & @ ` % !"
    if re.search(r"""[:\-]\s+(["'])[^"']*\1\s*\S""", here):
        return "a value that starts with a quote must end with it: quote the whole value"
    if "flow" in problem:
        return "is every [ and { closed?"
    if "block" in problem or "expected" in problem:
        return "is this line indented like the ones that it belongs to?"
    return ""


def _help_for_colon(line: str) -> str:
    if line.count(": ") > 1 or (": " in line and line.rstrip().endswith(":")):
        return 'quote a value that holds ": "'
    return "is this line indented like the ones that it belongs to? is a colon missing above?"
