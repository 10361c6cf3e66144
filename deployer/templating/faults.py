"""Exceptions of Jinja and Python as TemplateError: what, where, and one suggested fix."""

from __future__ import annotations

import re
from collections.abc import Iterable
from types import TracebackType
from typing import Any

from jinja2.exceptions import TemplateNotFound, TemplateRuntimeError, TemplateSyntaxError

from deployer.model.diagnostic import did_you_mean
from deployer.model.errors import DeployError, TemplateError
from deployer.model.secret import mask
from deployer.model.source import Position

#: What `docker ... --format` templates look like, seen by Jinja.
_GO = re.compile(
    r"\{\{-?\s*(\.|\$|(json|range|len|index|join|printf|println|table|split|upper|lower|title"
    r"|with|if)\s+[.$\"(]|(end|else)\s*-?\}\})"
)
_GO_HELP = "this looks like a Go template (`docker --format`): wrap it in {% raw %}...{% endraw %}"
_NO_SUCH = re.compile(r"No (filter|test) named '([^']*)'")


def translated(
    error: Exception,
    text: str,
    origin: Position | None,
    filters: Iterable[str] = (),
    tests: Iterable[str] = (),
) -> DeployError:
    """`error`, raised while a template was rendered, as the error to show.

    Errors that already have a place keep it: the innermost template is the one to mend. `origin`
    is where the template's text begins; a line further down is said in the message.
    """
    if isinstance(error, TemplateError):
        if error.position is None:
            place(error, text, origin)
        return error
    if isinstance(error, DeployError):
        return error
    if isinstance(error, TemplateSyntaxError):
        return syntax_error(error, text, origin, filters, tests)
    match = _NO_SUCH.search(str(error)) if isinstance(error, TemplateRuntimeError) else None
    said, fix = (_said(error), "") if match is None else no_such(match[1], match[2], filters, tests)
    made = TemplateError(said, help=fix)
    made.__traceback__ = error.__traceback__
    place(made, text, origin)
    return made


def place(error: TemplateError, text: str, origin: Position | None) -> None:
    """Give an error its place, from the traceback that it was raised with."""
    if not error.help and _GO.search(text):
        error.help = _GO_HELP
    found = _template_line(error.__traceback__)
    if found is not None and found[0] != "<template>":
        error.position = Position(found[0], found[1], 1)
        return
    error.position = origin
    line = found[1] if found is not None else 1
    if line > 1 and "\n" in text.strip():
        error.message = f"{error.message} (line {line} of the template)"
        error.args = (error.message,)


def _template_line(traceback: TracebackType | None) -> tuple[str, int] | None:
    """The innermost template on the way to an exception: its file and line."""
    found = None
    while traceback is not None:
        template: Any = traceback.tb_frame.f_globals.get("__jinja_template__")
        if template is not None:
            line = template.get_corresponding_lineno(traceback.tb_lineno)
            found = (str(template.filename), line)
        traceback = traceback.tb_next
    return found


def _said(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "the template is nested too deep, or refers to itself"
    if isinstance(error, TemplateNotFound):
        return f"no template file `{error.message or error.name}`"
    return mask(str(error) or type(error).__name__)


def syntax_error(
    error: TemplateSyntaxError,
    text: str,
    origin: Position | None,
    filters: Iterable[str],
    tests: Iterable[str],
) -> TemplateError:
    """A template that cannot be compiled, with its place and a hint."""
    said = error.message or "syntax error"
    match = _NO_SUCH.search(said)
    message, hint = (said, "") if match is None else no_such(match[1], match[2], filters, tests)
    if match is None and _GO.search(text):
        hint = _GO_HELP
    elif match is None:
        message, hint = f"template syntax: {said}", _hint(said)
    made = TemplateError(message, help=hint)
    if error.filename and error.filename != "<template>":
        made.position = Position(error.filename, error.lineno, 1)
        return made
    made.position = origin
    if error.lineno > 1:
        made.message = f"{message} (line {error.lineno} of the template)"
        made.args = (made.message,)
    return made


def no_such(what: str, name: str, filters: Iterable[str], tests: Iterable[str]) -> tuple[str, str]:
    """The message and hint for an unknown filter or test (`what`)."""
    short = name.rpartition(".")[2]
    message = f"no {what} `{name}`"
    if what == "filter" and short in tests:
        return message, f"`{short}` is a test: write `is {short}` instead of `| {short}`"
    if what == "test" and short in filters:
        return message, f"`{short}` is a filter: write `| {short}` instead of `is {short}`"
    return message, did_you_mean(short, filters if what == "filter" else tests)


def _hint(said: str) -> str:
    if "got '='" in said or "`=` is not" in said:
        return "compare with `==`"
    if "unexpected char '!'" in said:
        return "negate with `not`"
    if "unexpected char '&'" in said or "got '|'" in said:
        return "write `and` and `or`"
    return ""
