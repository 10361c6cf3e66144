"""The events themselves, one JSON object per line (docs/events.md)."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, TextIO

from deployer.model.events import Event
from deployer.model.secret import MASK, Secret, mask, mask_number


class JsonLines:
    """Writes every event to a stream as it comes; `event` is its type."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def on_event(self, event: Event) -> None:
        self._stream.write(encode(event) + "\n")
        self._stream.flush()


def encode(event: Event) -> str:
    """One line of JSON without its newline; `replay.decode` reads it."""
    whole = {"event": type(event).__name__, **plain(event)}
    return json.dumps(whole, ensure_ascii=False, default=lambda value: mask(str(value)))


def plain(value: Any) -> Any:
    """Dataclasses as mappings, enums as their values, text masked, the rest as JSON has it."""
    if isinstance(value, str):
        return MASK if isinstance(value, Secret) else mask(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {spec.name: plain(getattr(value, spec.name)) for spec in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {mask(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, int):
        return mask_number(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
