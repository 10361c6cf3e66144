"""The events themselves, one JSON object per line."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, TextIO

from deployer.model.events import Event
from deployer.model.secret import mask


class JsonLines:
    """Writes every event to a stream as it comes; `event` is its type."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def on_event(self, event: Event) -> None:
        line = {"event": type(event).__name__, **plain(event)}
        self._stream.write(mask(json.dumps(line, ensure_ascii=False, default=str)) + "\n")
        self._stream.flush()


def plain(value: Any) -> Any:
    """Dataclasses as mappings, enums as their values, the rest as JSON has it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {spec.name: plain(getattr(value, spec.name)) for spec in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value
