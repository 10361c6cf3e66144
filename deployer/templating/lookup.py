"""`lookup()`, `query()` and `with_*`: finding a lookup, calling it, and shaping what it gives.

A lookup is a module of `lookups/` with a function `run(ask, terms, **options) -> list`. What it
returns is data, never a template.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import pass_context

from deployer.model.diagnostic import Diagnostic, Severity, did_you_mean
from deployer.model.errors import DeployError, TemplateError, UndefinedError
from deployer.model.secret import Secret, reveal
from deployer.model.source import Template, Value
from deployer.templating.ask import Ask
from deployer.templating.plain import Exposure, plain
from deployer.templating.registry import COLLECTIONS, describe
from deployer.templating.undefined import Undefined

if TYPE_CHECKING:
    from deployer.templating.run import Run

LookupFunction = Callable[..., list[Value]]


@cache
def known() -> frozenset[str]:
    """The names of all lookups."""
    from deployer.templating import lookups

    return frozenset(found.name.rstrip("_") for found in pkgutil.iter_modules(lookups.__path__))


def find(name: str) -> LookupFunction:
    """The function of a lookup, loaded when first used. Raises TemplateError if unknown."""
    short = name
    for prefix in COLLECTIONS:
        short = short.removeprefix(prefix)
    if short not in known():
        raise TemplateError(f"no lookup `{name}`", help=did_you_mean(short, known()))
    stem = f"{short}_" if short in _CLASHES else short
    function: LookupFunction = importlib.import_module(f"deployer.templating.lookups.{stem}").run
    return function


#: Modules whose names end with `_`, for Python's own stand in the way.
_CLASHES = frozenset({"list", "dict", "vars"})


def ask(run: Run, name: str, terms: list[Value], options: dict[str, Value]) -> list[Value]:
    """Call a lookup. Raises TemplateError for what it cannot do, with its name."""
    function = find(name)
    try:
        bound = inspect.signature(function).bind(Ask(run, name), terms, **options)
    except TypeError as error:
        raise TemplateError(f"lookup `{name}`: {error}") from error
    try:
        return function(*bound.args, **bound.kwargs)
    except DeployError:
        raise
    except (TypeError, ValueError, LookupError, OSError) as error:
        raise TemplateError(f"lookup `{name}`: {describe(error)}") from error


def _term(value: Any) -> Value:
    """A term: plain, and its text real; the lookup needs it as a path or a command."""
    if isinstance(value, Secret):
        return reveal(value)
    return value if isinstance(value, Undefined) else plain(value)


@pass_context
def lookup(
    context: Any,
    name: str,
    /,
    *terms: Any,
    wantlist: bool = False,
    errors: str = "strict",
    allow_unsafe: bool = True,  # noqa: ARG001
    **options: Any,
) -> Value:
    """Several texts are joined with commas, one item stands for itself, else a list."""
    given = [_term(term) for term in terms]
    if name.rpartition(".")[2] not in ("first_found", "vars"):
        for term in given:
            if isinstance(term, Undefined):
                raise term._error()
    try:
        found = ask(context.run, name, given, {key: _term(v) for key, v in options.items()})
    except (UndefinedError, TemplateError) as error:
        if errors == "strict" or not _forgivable(error):
            raise
        if errors == "warn":
            warning = Diagnostic(error.message, error.position, severity=Severity.WARNING)
            context.run.scope.on_warning(warning)
        return [] if wantlist else None
    return found if wantlist else _joined(found)


def _forgivable(error: TemplateError) -> bool:
    from deployer.model.errors import PendingName

    return not isinstance(error, PendingName)


def _joined(found: list[Value]) -> Value:
    if len(found) == 1:
        return found[0]
    if all(isinstance(item, str) for item in found):
        exposure = Exposure()
        return exposure.close(",".join(exposure.open(item) for item in found))
    return found


@pass_context
def query(context: Any, name: str, /, *terms: Any, **options: Any) -> Value:
    """As `lookup`, and always a list."""
    return lookup(context, name, *terms, **{**options, "wantlist": True})


def loop_items(kind: str, terms: Value, run: Run) -> list[Value]:
    """See `Renderer.loop_items`. Undefined alternatives are left to `with_first_found`."""
    short = kind.rpartition(".")[2]
    if short == "first_found" and isinstance(terms, list):
        return ask(run, kind, [item for term in terms for item in _defined(term, run)], {})
    rendered = run.rendered(terms)
    if short in ("dict", "first_found") and isinstance(rendered, dict):
        return ask(run, kind, [rendered], {})
    if isinstance(rendered, str) and isinstance(terms, Template | str):
        rendered = [rendered]
    if not isinstance(rendered, list):
        rendered = [rendered]
    return ask(run, kind, rendered, {})


def _defined(term: Value, run: Run) -> list[Value]:
    """The rendered term, or nothing where it needs something undefined."""
    try:
        return [run.rendered(term)]
    except UndefinedError:
        return []
