"""Tests of containers, truth and numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from deployer.templating.filters.logic import bool_
from deployer.templating.registry import values
from deployer.templating.undefined import Undefined


@values("subset", "issubset")
def subset(value: Iterable[Any], other: Iterable[Any]) -> bool:
    """Whether every item is in the other list.

    >>> subset([1], [1, 2])
    True
    """
    container = list(other)
    return all(item in container for item in value)


@values("superset", "issuperset")
def superset(value: Iterable[Any], other: Iterable[Any]) -> bool:
    """Whether it has every item of the other list.

    >>> superset([1, 2], [1])
    True
    """
    return subset(other, value)


@values()
def contains(value: Any, item: Any) -> bool:
    """Whether the item is in the value.

    >>> contains([1, 2], 2), contains("abc", "b")
    (True, True)
    """
    return item in value


@values("any")
def any_(value: Iterable[Any]) -> bool:
    """Whether an item is true.

    >>> any_([0, 1])
    True
    """
    return any(value)


@values("all")
def all_(value: Iterable[Any]) -> bool:
    """Whether all items are true.

    >>> all_([0, 1])
    False
    """
    return all(value)


@values()
def truthy(value: Any, convert_bool: bool = False) -> bool:
    """Whether Python takes it for true; with `convert_bool`, text is read first.

    >>> truthy("no"), truthy("no", convert_bool=True)
    (True, False)
    """
    if convert_bool and isinstance(value, str) and value.lower() in _FALSE:
        return False
    if convert_bool and isinstance(value, str) and bool_(value):
        return True
    return bool(value)


_FALSE = ("no", "off", "0", "false", "n", "f")


@values()
def falsy(value: Any, convert_bool: bool = False) -> bool:
    """The opposite of `truthy`.

    >>> falsy(""), falsy("off", convert_bool=True)
    (True, True)
    """
    return not truthy(value, convert_bool)


@values("nan", "isnan")
def nan(value: Any) -> bool:
    """Whether it is "not a number".

    >>> nan(float("nan")), nan(1)
    (True, False)
    """
    return math.isnan(value)


@values(lenient=True)
def sequence(value: Any) -> bool:
    """Whether it has a length and items; mappings and text do.

    >>> sequence([1]), sequence(5)
    (True, False)
    """
    if isinstance(value, Undefined):
        return False
    return hasattr(value, "__len__") and hasattr(value, "__getitem__")
