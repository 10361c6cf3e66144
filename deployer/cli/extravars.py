"""`-e`: key=value words, JSON or YAML mappings, and files."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deployer.language.values import EncryptedText
from deployer.language.yaml import load_file, load_text
from deployer.model.errors import UsageError
from deployer.model.source import Position, Template
from deployer.variables.vault import Vault


def parse_extra_vars(texts: Sequence[str], vault: Vault) -> dict[str, Any]:
    """The variables of all `-e` options, later ones over earlier ones.

    Values of key=value words are text. Raises UsageError, and LoadError for what is in files.
    """
    merged: dict[str, Any] = {}
    for text in texts:
        merged.update(vault.opened(_parse(text.strip(), vault)))
    return merged


def _parse(text: str, vault: Vault) -> dict[str, Any]:
    if text.startswith("@"):
        values = load_file(Path(text[1:]).expanduser())
        if isinstance(values, EncryptedText):
            values = vault.document(values)
        return _mapping(values, text)
    if text.startswith(("{", "[")):
        return _mapping(load_text(text, "<-e>"), text)
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"-e {text}: {error}") from None
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise UsageError(f"-e {text}: `{word}` is not key=value")
        found[name] = Template(value, Position("<-e>"))
    return found


def _mapping(value: Any, text: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UsageError(f"-e {text}: not a mapping of variables")
    return value
