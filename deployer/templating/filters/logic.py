"""Choosing, demanding and converting."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jinja2.runtime import Undefined as JinjaUndefined

from deployer.model.errors import UndefinedError
from deployer.templating.registry import text, values
from deployer.templating.undefined import Undefined
from deployer.templating.views import LazyDict, LazyList

_TRUE = ("yes", "on", "1", "true", "y", "t")


@values("default", "d", lenient=True)
def default(value: Any, default_value: Any = "", boolean: bool = False) -> Any:
    """The value, or `default_value` where it is undefined (with `boolean` also where it is empty).

    >>> default("", "x"), default("", "x", True)
    ('', 'x')
    """
    if isinstance(value, JinjaUndefined) or (boolean and not value):
        return default_value
    return value


@values(lenient=True)
def mandatory(value: Any, msg: str | None = None) -> Any:
    """The value; undefined values are an error, with a message of one's own.

    >>> mandatory(0)
    0
    """
    if isinstance(value, Undefined):
        raise UndefinedError(msg or f"mandatory: {value._error().message}", value._path)
    if isinstance(value, JinjaUndefined):
        raise UndefinedError(msg or "mandatory: the value is undefined")
    return value


@values(lenient=True)
def ternary(value: Any, true_val: Any, false_val: Any, none_val: Any = None) -> Any:
    """One of two values, and a third for none if given. The one not chosen may be undefined.

    >>> ternary(True, "a", "b"), ternary(None, "a", "b"), ternary(None, "a", "b", "c")
    ('a', 'b', 'c')
    """
    if value is None and none_val is not None:
        return none_val
    return true_val if bool(value) else false_val


@text("bool")
def bool_(value: Any) -> bool | None:
    """True for yes, on, true, y, t, 1 in any case; none stays none; anything else is false.

    >>> bool_("Yes"), bool_(0), bool_("off"), bool_(None)
    (True, False, False, None)
    """
    if value is None or isinstance(value, bool):
        return value
    return str(value).lower() in _TRUE


@values(lenient=True)
def type_debug(value: Any) -> str:
    """The name of a value's type.

    >>> type_debug([]), type_debug(None)
    ('list', 'NoneType')
    """
    kinds = {LazyDict: "dict", LazyList: "list"}
    if isinstance(value, JinjaUndefined):
        return "Undefined"
    if type(value) not in kinds and isinstance(value, str | Mapping):
        return "str" if isinstance(value, str) else "dict"
    return kinds.get(type(value), type(value).__name__)


@text()
def to_datetime(value: str, format: str = "%Y-%m-%d %H:%M:%S") -> datetime:
    """A point in time out of text.

    >>> to_datetime("2024-05-06 07:08:09").day
    6
    """
    return datetime.strptime(value, format)


@values("dict")
def dict_(value: Any) -> dict[Any, Any]:
    """A mapping out of pairs.

    >>> dict_([("a", 1)])
    {'a': 1}
    """
    return dict(value)
