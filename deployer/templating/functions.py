"""The globals of every template, and its filters and tests: Jinja's own and ours."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, cast

from jinja2 import pass_context
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.filters import FILTERS
from jinja2.sandbox import safe_range
from jinja2.tests import TESTS

from deployer.templating.lookup import lookup, query
from deployer.templating.registry import Function, Kind, Registry, functions_of, wrapped
from deployer.templating.scope import OMIT, Impurity
from deployer.templating.undefined import Undefined

#: Jinja's filters that make or read text; its others pass values on.
_TEXT_NAMES = """\
capitalize center e escape filesizeformat forceescape format indent join lower pprint
    replace safe string striptags title tojson trim truncate upper urlencode urlize wordcount
    wordwrap xmlattr"""
_TEXT = frozenset(_TEXT_NAMES.split())


@pass_context
def now(context: Any, utc: bool = False, fmt: str | None = None) -> Any:
    """The current time: a datetime, or text in the form of `strftime`."""
    from datetime import UTC, datetime

    context.run.impure("now", Impurity.VARIES)
    moment = datetime.now(UTC).replace(tzinfo=None) if utc else datetime.now()
    return moment.strftime(fmt) if fmt else moment


def undef(hint: str | None = None) -> Undefined:
    """An undefined value, to demand that somebody overrides a variable."""
    return Undefined(hint or "a mandatory variable has not been overridden")


GLOBALS = MappingProxyType(
    {
        **DEFAULT_NAMESPACE,
        "range": safe_range,
        "omit": OMIT,
        "lookup": lookup,
        "query": query,
        "q": query,
        "now": now,
        "undef": undef,
    }
)


def filters() -> Registry:
    """Jinja's filters and those of `filters/`."""
    return Registry(_load_filters)


def tests() -> Registry:
    """Jinja's tests and those of `tests/`."""
    return Registry(_load_tests)


def _load_filters() -> dict[str, Function]:
    from deployer.templating import filters

    made: dict[str, Function] = {}
    for name, function in FILTERS.items():
        made[name] = wrapped(name, function, Kind((name,), name in _TEXT))
    for name, (function, kind) in functions_of(filters).items():
        made[name] = wrapped(name, function, kind)
    return made


def _load_tests() -> dict[str, Function]:
    from deployer.templating import tests

    made: dict[str, Function] = dict(cast("dict[str, Any]", TESTS))
    for name, (function, kind) in functions_of(tests).items():
        made[name] = wrapped(name, function, kind, "test")
    return made
