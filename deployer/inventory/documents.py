"""YAML and JSON with positions, for inventories and variable files."""

from __future__ import annotations

import json
from pathlib import Path

from deployer.model.diagnostic import Diagnostic
from deployer.model.errors import LoadError
from deployer.model.source import Position, SourceList, SourceMap, Template, Value

#: A variable file or inventory bigger than this is not one.
LARGEST = 64 * 1024 * 1024


def read_text(path: Path) -> str:
    """The text of a file. Raises LoadError for one that is missing, too big or not UTF-8."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise fault(f"cannot be read: {error.strerror or error}", str(path)) from error
    if len(raw) > LARGEST:
        raise fault("is too big to be an inventory or a variable file", str(path))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise fault("is not text (UTF-8)", str(path), line) from error


def parse_yaml(text: str, file: str) -> Value:
    """The YAML document in `text`, with positions. Raises LoadError with its problems."""
    from deployer.language.yaml import load_text

    return load_text(text, file)


def parse_json(text: str, file: str, trusted: Position) -> Value:
    """JSON whose strings are templates from `trusted`. Raises LoadError with line and column."""
    try:
        return _trusted(json.loads(text), trusted)
    except json.JSONDecodeError as error:
        place = Position(file, error.lineno, error.colno)
        raise LoadError([Diagnostic(f"this is not JSON: {error.msg}", place)]) from error
    except RecursionError as error:
        raise fault("is nested too deeply", file) from error


def fault(summary: str, file: str, line: int = 0, help: str = "") -> LoadError:
    """A LoadError of one diagnostic about a file (and a line of it)."""
    return LoadError(
        [Diagnostic(f"`{file}` {summary}", Position(file, line, 1 if line else 0), help)]
    )


def _trusted(value: Value, origin: Position) -> Value:
    if isinstance(value, str):
        return Template(value, origin)
    if isinstance(value, dict):
        return SourceMap({key: _trusted(item, origin) for key, item in value.items()}, origin)
    if isinstance(value, list):
        return SourceList([_trusted(item, origin) for item in value], origin)
    return value
