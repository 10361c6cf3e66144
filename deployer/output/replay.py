"""Events out of the lines that `jsonlines` has written: a recorded run, told once more."""

from __future__ import annotations

import functools
import json
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from deployer.model.events import Event
from deployer.model.source import Value

#: Every type of event by its name.
KINDS: Mapping[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}


def read_events(lines: Iterable[str]) -> Iterator[Event]:
    """The events of a recording. Raises ValueError with the number of a line that is none."""
    for number, text in enumerate(lines, 1):
        if text.strip():
            try:
                yield decode(text)
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise ValueError(f"line {number} is not an event: {error}") from error


def decode(text: str) -> Event:
    """The event of one line. Fields that this version does not know are left out.

    Raises ValueError (also for what is not JSON), TypeError and KeyError for what does not fit.
    """
    given = json.loads(text)
    if not isinstance(given, dict) or given.get("event") not in KINDS:
        raise ValueError("there is no known `event` in it")
    event: Event = _rebuilt(KINDS[given["event"]], given)
    return event


@functools.cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _rebuilt(hint: Any, value: Any) -> Any:
    """`value` as the type that an annotation asks for."""
    if hint is Value or hint is Any:
        return value
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        inner = [each for each in get_args(hint) if each is not type(None)]
        return None if value is None else _rebuilt(inner[0], value)
    if origin is tuple:
        return tuple(_rebuilt(get_args(hint)[0], item) for item in value)
    if origin is not None and issubclass(origin, Mapping):
        return {key: _rebuilt(get_args(hint)[1], item) for key, item in value.items()}
    if isinstance(hint, type) and is_dataclass(hint):
        known = {spec.name for spec in fields(hint)}
        types_of = _hints(hint)
        return hint(**{key: _rebuilt(types_of[key], value[key]) for key in known & value.keys()})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    return value
