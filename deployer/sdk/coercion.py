"""Turning what a playbook gives into what a module asks for, the way Ansible does."""

from __future__ import annotations

import types
from typing import Any, Literal, Union, get_args, get_origin

from deployer.model.diagnostic import did_you_mean
from deployer.model.secret import Secret, mask, pieces, reveal

TRUE = frozenset({"y", "yes", "on", "1", "true", "t"})
FALSE = frozenset({"n", "no", "off", "0", "false", "f"})


def to_bool(value: Any) -> bool:
    """A bool as Ansible reads one; raises ValueError for anything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    text = reveal(value).lower().strip() if isinstance(value, str) else ""
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise ValueError(f"{_shown(value)} is not a bool")


def to_int(value: Any) -> int:
    """A whole number; a bool is none."""
    if isinstance(value, bool):
        raise ValueError(f"{value} is not an int")
    if isinstance(value, int):
        return value
    try:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return int(reveal(value).strip())
    except (TypeError, ValueError, AttributeError):
        raise ValueError(f"{_shown(value)} is not an int") from None


def to_float(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueError(f"{value} is not a number")
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{_shown(value)} is not a number") from None


def to_str(value: Any) -> str:
    """Text. Numbers and bools become what Python prints; mappings become JSON."""
    if isinstance(value, Secret):
        return value
    if isinstance(value, str):
        return reveal(value)
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, dict | list):
        import json

        return json.dumps(value)
    raise ValueError(f"{_shown(value)} is not a string")


def to_list(value: Any, item: Any) -> list[Any]:
    """A list; a comma separated string and a single value make one as well."""
    if isinstance(value, str):
        text = reveal(value)
        parts: list[Any] = [part.strip() for part in text.split(",")] if text else []
        if isinstance(value, Secret):
            parts = list(pieces(value, parts))
    elif isinstance(value, list | tuple | set):
        parts = list(value)
    else:
        parts = [value]
    return [convert(part, item) for part in parts]


def to_dict(value: Any, item: Any) -> dict[str, Any]:
    """A mapping; a `k=v` string makes one as well."""
    if isinstance(value, str):
        pairs = [word.partition("=") for word in reveal(value).replace(",", " ").split()]
        if not all(found for _, found, _ in pairs):
            raise ValueError(f"{_shown(value)} is not a mapping")
        value = {key: text for key, _, text in pairs}
    if not isinstance(value, dict):
        raise ValueError(f"{_shown(value)} is not a mapping")
    return {
        reveal(str.__str__(key) if isinstance(key, str) else str(key)): convert(part, item)
        for key, part in value.items()
    }


def to_choice(value: Any, choices: tuple[Any, ...]) -> Any:
    """One of a fixed set of words (a bool may stand for yes/no words, as in YAML 1.1)."""
    if value in choices:
        return next(choice for choice in choices if choice == value)
    if isinstance(value, bool):
        for choice in choices:
            if isinstance(choice, str) and choice in (TRUE if value else FALSE):
                return choice
    text = str(value)
    if text in choices:
        return text
    words = ", ".join(str(choice) for choice in choices)
    fix = did_you_mean(text, [str(choice) for choice in choices])
    raise ValueError(f"{_shown(value)} is none of {words}" + (f"; {fix}" if fix else ""))


_SCALARS = {bool: to_bool, int: to_int, float: to_float, str: to_str}


def convert(value: Any, wanted: Any) -> Any:
    """`value` as the annotation `wanted` asks; raises ValueError in words for the user."""
    if wanted is Any:
        return value
    if wanted in _SCALARS:
        return _SCALARS[wanted](value)
    origin, inner = get_origin(wanted), get_args(wanted)
    if origin in (list, tuple) or wanted in (list, tuple):
        made = to_list(value, inner[0] if inner else Any)
        return tuple(made) if origin is tuple or wanted is tuple else made
    if origin is dict or wanted is dict:
        return to_dict(value, inner[1] if inner else Any)
    if origin is Literal:
        return to_choice(value, inner)
    if origin in (Union, types.UnionType):
        return _convert_union(value, inner)
    if isinstance(wanted, type) and isinstance(value, wanted):
        return value
    raise ValueError(f"{_shown(value)} is not {describe(wanted)}")


def _convert_union(value: Any, choices: tuple[Any, ...]) -> Any:
    """The first alternative that fits; exact types come before conversions."""
    if value is None and type(None) in choices:
        return None
    for choice in choices:
        if isinstance(choice, type) and type(value) is choice:
            return value
    problems = []
    for choice in choices:
        if choice is type(None):
            continue
        try:
            return convert(value, choice)
        except ValueError as error:
            problems.append(str(error))
    raise ValueError(problems[0] if problems else f"{_shown(value)} is not possible here")


def describe(wanted: Any) -> str:
    """A type in the words of the documentation."""
    names = {bool: "bool", int: "int", float: "float", str: "str", Any: "any"}
    if wanted in names:
        return names[wanted]
    origin, inner = get_origin(wanted), get_args(wanted)
    if origin in (list, tuple) or wanted in (list, tuple):
        return f"list of {describe(inner[0])}" if inner else "list"
    if origin is dict or wanted is dict:
        return "dict"
    if origin is Literal:
        return "one of " + ", ".join(str(choice) for choice in inner)
    if origin in (Union, types.UnionType):
        return " or ".join(describe(part) for part in inner if part is not type(None))
    return str(getattr(wanted, "__name__", wanted))


def _shown(value: Any) -> str:
    text = mask(str(value)) if not isinstance(value, Secret) else str(value)
    return f"`{text[:60]}`"
