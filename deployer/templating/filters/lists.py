"""Lists: as sets, flattened, crossed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from jinja2 import pass_environment
from jinja2.filters import make_attrgetter

from deployer.templating.registry import values


def _first_of_each(items: Iterable[Any]) -> list[Any]:
    """Items without later equals; quick where they can be hashed."""
    given = list(items)
    try:
        return list(dict.fromkeys(given))
    except TypeError:
        made: list[Any] = []
        for item in given:
            if item not in made:
                made.append(item)
        return made


@values()
def flatten(value: Any, levels: int | None = None, skip_nulls: bool = True) -> list[Any]:
    """Lists within a list unfolded, `levels` deep; nulls are left out.

    >>> flatten([1, [2, [3, None]]]), flatten([1, [2, [3]]], levels=1)
    ([1, 2, 3], [1, 2, [3]])
    """
    made: list[Any] = []
    for item in value:
        if skip_nulls and (item is None or (isinstance(item, str) and item in ("None", "null"))):
            continue
        if isinstance(item, list | tuple) and levels != 0:
            made += flatten(item, None if levels is None else levels - 1, skip_nulls)
        else:
            made.append(item)
    return made


@values()
@pass_environment
def unique(
    environment: Any, value: Any, case_sensitive: bool | None = None, attribute: Any = None
) -> list[Any]:
    """Items without later equals; text counts as equal in any case unless `case_sensitive`.

    >>> unique(None, ["a", "A", "b", "a"]), unique(None, ["a", "A"], case_sensitive=True)
    (['a', 'b'], ['a', 'A'])
    """
    read = make_attrgetter(environment, attribute)
    made: list[Any] = []
    seen: list[Any] = []
    for item in value:
        key = read(item)
        if isinstance(key, str) and not case_sensitive:
            key = key.lower()
        if key not in seen:
            seen.append(key)
            made.append(item)
    return made


@values()
def union(one: Iterable[Any], other: Iterable[Any]) -> list[Any]:
    """What is in either list.

    >>> union([1, 2], [2, 3])
    [1, 2, 3]
    """
    return _first_of_each([*one, *other])


@values()
def intersect(one: Iterable[Any], other: Iterable[Any]) -> list[Any]:
    """What is in both lists.

    >>> intersect([1, 2], [2, 3])
    [2]
    """
    kept = list(other)
    return _first_of_each(item for item in one if item in kept)


@values()
def difference(one: Iterable[Any], other: Iterable[Any]) -> list[Any]:
    """What is in the first list only.

    >>> difference([1, 2], [2, 3])
    [1]
    """
    gone = list(other)
    return _first_of_each(item for item in one if item not in gone)


@values()
def symmetric_difference(one: Iterable[Any], other: Iterable[Any]) -> list[Any]:
    """What is in one of the lists, but not in both.

    >>> symmetric_difference([1, 2], [2, 3])
    [1, 3]
    """
    left, right = list(one), list(other)
    return difference(left, right) + difference(right, left)


@values()
def product(*lists: Any, repeat: int = 1) -> list[list[Any]]:
    """Every combination of one item of each list.

    >>> product([1, 2], ["a"])
    [[1, 'a'], [2, 'a']]
    """
    return [list(row) for row in itertools.product(*lists, repeat=repeat)]


@values("zip")
def zip_(*lists: Any) -> list[list[Any]]:
    """Items of equal place together, as long as the shortest list.

    >>> zip_([1, 2], ["a", "b", "c"])
    [[1, 'a'], [2, 'b']]
    """
    return [list(row) for row in zip(*lists, strict=False)]


@values()
def zip_longest(*lists: Any, fillvalue: Any = None) -> list[list[Any]]:
    """Items of equal place together, as long as the longest list.

    >>> zip_longest([1, 2], ["a"], fillvalue="-")
    [[1, 'a'], [2, '-']]
    """
    return [list(row) for row in itertools.zip_longest(*lists, fillvalue=fillvalue)]


@values()
def permutations(value: Any, length: int | None = None) -> list[list[Any]]:
    """Every order of the items.

    >>> permutations([1, 2])
    [[1, 2], [2, 1]]
    """
    return [list(row) for row in itertools.permutations(value, length)]


@values()
def combinations(value: Any, length: int) -> list[list[Any]]:
    """Every choice of so many items.

    >>> combinations([1, 2, 3], 2)
    [[1, 2], [1, 3], [2, 3]]
    """
    return [list(row) for row in itertools.combinations(value, length)]


@values()
def lists_union(*lists: Any) -> list[Any]:
    """What is in any of the lists.

    >>> lists_union([1], [2], [1, 3])
    [1, 2, 3]
    """
    return _first_of_each(item for one in lists for item in one)
