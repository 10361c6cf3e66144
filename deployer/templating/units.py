"""Compiled templates. Most are one of three simple things, which need no Jinja at run time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from jinja2 import meta, nodes
from jinja2.parser import Parser

from deployer.model.secret import Secret, reveal
from deployer.model.source import Value
from deployer.templating.context import Compiled
from deployer.templating.environment import Environment
from deployer.templating.plain import concat, secret_of
from deployer.templating.run import Run
from deployer.templating.undefined import Undefined

_PATH = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_ONE_PATH = re.compile(rf"\{{\{{\s*({_PATH})\s*\}}\}}\n?")
_BARE_PATH = re.compile(rf"\s*({_PATH})\s*")
_RESERVED = "true false none True False None and or not in is if else self loop caller"
_WORDS = frozenset(_RESERVED.split())


class Unit:
    """One compiled text. `literal` is its value where there is nothing to render.

    `path` is set where it is nothing but a path (`a.b`).
    """

    __slots__ = ("literal", "path")
    literal: str | None
    path: str

    def evaluate(self, _run: Run) -> Value:
        """Its value in a run: a native object, perhaps lazy."""
        return self.literal


class Literal(Unit):
    """Text without anything to render."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        self.literal = text
        self.path = ""


class PathUnit(Unit):
    """Nothing but a name, or attributes of one."""

    __slots__ = ("_environment", "_first", "_rest")

    def __init__(self, environment: Environment, path: str) -> None:
        self.literal = None
        self.path = path
        self._first, *rest = path.split(".")
        self._environment = environment
        self._rest = [
            (name, ".".join([self._first, *rest[: at + 1]])) for at, name in enumerate(rest)
        ]

    def evaluate(self, run: Run) -> Value:
        """The value that the path leads to."""
        value = run.name(self._first)
        for attribute, path in self._rest:
            value = self._environment.getattr(value, attribute, path)
        if type(value) is Undefined:
            raise value._error()
        return value


class CodeUnit(Unit):
    """Anything else: Jinja's code. `source` is given where it ends with newlines."""

    __slots__ = ("_source", "_template")

    def __init__(self, template: Compiled, source: str = "") -> None:
        self.literal = None
        self.path = ""
        self._template = template
        self._source = source

    def evaluate(self, run: Run) -> Value:
        """One piece is a native object; several are text; none is the empty text."""
        template = self._template
        pieces = list(template.root_render_func(template.context(run)))
        value: Value = pieces[0] if len(pieces) == 1 else concat(pieces)
        if isinstance(value, str):
            return with_newlines(value, self._source) if self._source else value
        return list(value) if isinstance(value, Iterator) else value


def compile_text(environment: Environment, text: str) -> Unit:
    """Compile a template's text. Raises Jinja's TemplateSyntaxError."""
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return Literal(text)
    path = _ONE_PATH.fullmatch(text)
    if path and not text.endswith("\n") and _is_path(path[1]):
        return PathUnit(environment, path[1])
    source = escape_backslashes(environment, text)
    return CodeUnit(environment.compiled(source), text if text.endswith("\n") else "")


def compile_expression(environment: Environment, text: str) -> Unit:
    """Compile an expression (no braces). Raises Jinja's TemplateSyntaxError."""
    path = _BARE_PATH.fullmatch(text)
    if path and _is_path(path[1]):
        return PathUnit(environment, path[1])
    parser = Parser(environment, text, state="variable")
    expression = parser.parse_expression()
    if not parser.stream.eos:
        parser.fail(f"`{parser.stream.current.value}` is not expected here")
    body: list[nodes.Node] = [nodes.Output([expression], lineno=1)]
    tree = nodes.Template(body, lineno=1)
    tree.set_environment(environment)
    return CodeUnit(environment.compiled(tree))


def with_newlines(made: str, source: str, newline: str = "\n") -> str:
    """Rendered text with as many newlines at its end as the source, as in Ansible.

    Jinja drops one, and `trim_blocks` another.
    """
    text = reveal(made)
    lost = _newlines(source) - _newlines(text)
    if lost <= 0:
        return made
    text += newline * lost
    return secret_of(text, [reveal(made)]) if isinstance(made, Secret) else text


def _newlines(text: str) -> int:
    return len(text) - len(text.rstrip("\n"))


def _is_path(path: str) -> bool:
    return not _WORDS.intersection(path.split(".")[:1])


def escape_backslashes(environment: Environment, text: str) -> str:
    r"""Double the backslashes of string literals between `{{` and `}}`, as Ansible does.

    So that `{{ x | regex_replace('(\w+)', '\1') }}` in YAML means what it says.
    """
    if "\\" not in text:
        return text
    parts: list[str] = []
    inside = False
    for _line, kind, value in environment.lex(text):
        if kind in ("variable_begin", "variable_end"):
            inside = kind == "variable_begin"
        parts.append(value.replace("\\", "\\\\") if inside and kind == "string" else value)
    return "".join(parts)


def names_of(environment: Environment, source: str) -> frozenset[str]:
    """The names that a template reads and does not set itself."""
    tree: Any = environment.parse(source)
    return frozenset(meta.find_undeclared_variables(tree))


def unknown_functions(environment: Environment, source: str) -> Iterator[tuple[str, str, int]]:
    """The filters and tests of a template that nothing defines: what, its name, its line."""
    tree = environment.parse(source)
    for node in tree.find_all((nodes.Filter, nodes.Test)):
        filters = isinstance(node, nodes.Filter)
        if node.name not in (environment.filters if filters else environment.tests):
            yield ("filter" if filters else "test", node.name, node.lineno)
