"""YAML and JSON with positions, for inventories and variable files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from deployer.language.values import EncryptedText
from deployer.model.diagnostic import Diagnostic
from deployer.model.errors import LoadError
from deployer.model.source import Position, SourceList, SourceMap, Template, Value

#: Turns a file that is encrypted as a whole into its values.
Decrypt = Callable[[EncryptedText], Value]

VAULT_HEADER = "$ANSIBLE_VAULT;"
HOW_TO_OPEN = "give it with --vault-password-file, --vault-id or --ask-vault-pass"


def read_text(path: Path) -> str:
    """The text of a file. Raises LoadError for one that is missing, too big or not text."""
    from deployer.language import files

    return files.read_text(path)


def parse_document(
    text: str, file: str, decrypt: Decrypt | None, warnings: list[Diagnostic] | None = None
) -> Value:
    """The YAML document in `text`, with positions, encrypted as a whole or not.

    Raises LoadError with its problems, or where it is encrypted and cannot be opened.
    """
    from deployer.language import yaml

    value = yaml.load_text(text, file, warnings)
    if not isinstance(value, EncryptedText):
        return value
    if decrypt is None:
        raise fault("encrypted, and no vault password is given", file, HOW_TO_OPEN)
    return decrypt(value)


def parse_json(text: str, file: str, trusted: Position) -> Value:
    """JSON whose strings are templates from `trusted`. Raises LoadError with line and column."""
    try:
        return _trusted(json.loads(text), trusted)
    except json.JSONDecodeError as error:
        place = Position(file, error.lineno, error.colno)
        raise LoadError([Diagnostic(f"this is not JSON: {error.msg}", place)]) from error
    except RecursionError as error:
        raise fault("nested too deeply", file) from error


def fault(summary: str, file: str, help: str = "") -> LoadError:
    """A LoadError of one diagnostic about a file as a whole."""
    return LoadError([Diagnostic(summary, Position(file), help)])


def _trusted(value: Value, origin: Position) -> Value:
    if isinstance(value, str):
        return Template(value, origin)
    if isinstance(value, dict):
        return SourceMap({key: _trusted(item, origin) for key, item in value.items()}, origin)
    if isinstance(value, list):
        return SourceList([_trusted(item, origin) for item in value], origin)
    return value
