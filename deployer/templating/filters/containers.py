"""Mappings: merging and reshaping them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import pass_environment

from deployer.templating.registry import values
from deployer.templating.undefined import Undefined


@values()
def combine(*terms: Any, recursive: bool = False, list_merge: str = "replace") -> dict[Any, Any]:
    """Mappings merged, later ones winning. Lists of mappings are merged as well.

    `list_merge`: replace, keep, append, prepend, append_rp, prepend_rp.

    >>> combine({"a": {"x": 1}}, {"a": {"y": 2}}, recursive=True)
    {'a': {'x': 1, 'y': 2}}
    """
    if list_merge not in _LIST_MERGES:
        raise ValueError(f"`list_merge` is one of {', '.join(_LIST_MERGES)}, not {list_merge}")
    made: dict[Any, Any] = {}
    for term in _mappings(terms):
        made = _merged(made, term, recursive, list_merge)
    return made


def _mappings(terms: Iterable[Any]) -> Iterable[Mapping[Any, Any]]:
    for term in terms:
        if isinstance(term, Mapping):
            yield term
        elif isinstance(term, list | tuple):
            yield from _mappings(term)
        else:
            raise TypeError(f"only mappings can be combined, not a value of {_kind(term)}")


def _kind(value: Any) -> str:
    return "no type" if value is None else f"type {type(value).__name__}"


def _merged(
    low: Mapping[Any, Any], high: Mapping[Any, Any], recursive: bool, list_merge: str
) -> dict[Any, Any]:
    made = dict(low.items())
    for key, value in high.items():
        old = made.get(key)
        if recursive and isinstance(old, Mapping) and isinstance(value, Mapping):
            made[key] = _merged(old, value, recursive, list_merge)
        elif isinstance(old, list) and isinstance(value, list):
            made[key] = _LIST_MERGES[list_merge](old, value)
        else:
            made[key] = value
    return made


_LIST_MERGES: dict[str, Callable[[list[Any], list[Any]], list[Any]]] = {
    "replace": lambda _old, new: new,
    "keep": lambda old, _new: old,
    "append": lambda old, new: [*old, *new],
    "prepend": lambda old, new: [*new, *old],
    "append_rp": lambda old, new: [*(item for item in old if item not in new), *new],
    "prepend_rp": lambda old, new: [*new, *(item for item in old if item not in new)],
}


@values()
def dict2items(
    value: Mapping[Any, Any], key_name: str = "key", value_name: str = "value"
) -> list[dict[str, Any]]:
    """A list of one small mapping per entry.

    >>> dict2items({"a": 1})
    [{'key': 'a', 'value': 1}]
    """
    if not isinstance(value, Mapping):
        raise TypeError(f"a mapping is needed, not a value of {_kind(value)}")
    return [{key_name: key, value_name: item} for key, item in value.items()]


@values()
def items2dict(
    value: list[Any], key_name: str = "key", value_name: str = "value"
) -> dict[Any, Any]:
    """The mapping that `dict2items` took apart.

    >>> items2dict([{"key": "a", "value": 1}])
    {'a': 1}
    """
    if isinstance(value, str | Mapping):
        raise TypeError("a list of mappings is needed")
    return {item[key_name]: item[value_name] for item in value}


@values()
@pass_environment
def extract(environment: Any, key: Any, container: Any, morekeys: Any = None) -> Any:
    """The entry of a container under a key, and further in under `morekeys`.

    >>> from deployer.templating.environment import Environment
    >>> extract(Environment(), "a", {"a": {"b": 1}}, ["b"])
    1
    """
    further = [] if morekeys is None else morekeys
    value = container
    for part in [key, *(further if isinstance(further, list) else [further])]:
        value = environment.getitem(value, part)
    return value


@values()
def subelements(value: Any, keys: Any, skip_missing: bool = False) -> list[list[Any]]:
    """Pairs of each item and each item of a list within it.

    >>> subelements([{"n": "a", "k": [1, 2]}], "k") == [
    ...     [{"n": "a", "k": [1, 2]}, 1], [{"n": "a", "k": [1, 2]}, 2]]
    True
    """
    path = keys.split(".") if isinstance(keys, str) else list(keys)
    made: list[list[Any]] = []
    for element in value.values() if isinstance(value, Mapping) else value:
        found = _within(element, path)
        if found is None and skip_missing:
            continue
        if not isinstance(found, list):
            raise TypeError(f"`{'.'.join(path)}` is not a list in every item")
        made += [[element, item] for item in found]
    return made


def _within(element: Any, path: list[str]) -> Any:
    for key in path:
        if not isinstance(element, Mapping) or key not in element:
            return None
        element = element[key]
    if isinstance(element, Undefined):
        raise element._error()
    return element


@values()
def rekey_on_member(data: Any, key: str, duplicates: str = "error") -> dict[Any, Any]:
    """A mapping of mappings by one of their own entries.

    >>> rekey_on_member([{"n": "a", "x": 1}], "n")
    {'a': {'n': 'a', 'x': 1}}
    """
    made: dict[Any, Any] = {}
    for item in data.values() if isinstance(data, Mapping) else data:
        if key not in item:
            raise KeyError(key)
        name = item[key]
        if name in made and duplicates == "error":
            raise ValueError(f"`{name}` occurs twice")
        made[name] = item
    return made


@values()
def dict_kv(value: Any, key: str) -> dict[str, Any]:
    """A mapping with one entry.

    >>> dict_kv(1, "a")
    {'a': 1}
    """
    return {key: value}


@values()
def remove_keys(data: list[Any], target: Any) -> list[dict[Any, Any]]:
    """The mappings of a list without some of their entries.

    >>> remove_keys([{"a": 1, "b": 2}], ["b"])
    [{'a': 1}]
    """
    gone = target if isinstance(target, list) else [target]
    return [{key: item for key, item in one.items() if key not in gone} for one in data]


@values()
def keep_keys(data: list[Any], target: Any) -> list[dict[Any, Any]]:
    """The mappings of a list with only some of their entries.

    >>> keep_keys([{"a": 1, "b": 2}], ["b"])
    [{'b': 2}]
    """
    kept = target if isinstance(target, list) else [target]
    return [{key: item for key, item in one.items() if key in kept} for one in data]
