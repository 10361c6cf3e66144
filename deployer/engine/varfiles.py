"""Files of variables that `include_vars` and `vars_files` name."""

from __future__ import annotations

import re
from pathlib import Path

from deployer.language.values import EncryptedText
from deployer.language.yaml import load_file
from deployer.model.diagnostic import Diagnostic
from deployer.model.errors import LoadError
from deployer.model.source import Position, Value
from deployer.sdk.effects import IncludeVars
from deployer.variables.vault import Vault


def read_variables(
    path: Path, options: IncludeVars, vault: Vault | None = None
) -> tuple[dict[str, Value], list[str]]:
    """The variables of a file, or of the files in a directory that fit, and their names.

    `vault` opens files that are encrypted as a whole. Raises LoadError.
    """
    files = [path] if path.is_file() else list(_fitting(path, options))
    merged: dict[str, Value] = {}
    for file in files:
        merged.update(variables_of(file, vault))
    return merged, [str(file) for file in files]


def variables_of(file: Path, vault: Vault | None = None) -> dict[str, Value]:
    """One file of variables; an empty one has none. Raises LoadError."""
    values = load_file(file)
    if isinstance(values, EncryptedText):
        values = (vault or Vault()).document(values)
    if values is None:
        return {}
    if not isinstance(values, dict):
        fix = "write `name: value` lines"
        raise LoadError([Diagnostic("not a mapping of variables", Position(str(file), 1, 1), fix)])
    return values


def _fitting(folder: Path, options: IncludeVars) -> list[Path]:
    """The files below a directory in sorted order, as the options select them."""
    chosen = []
    for file in sorted(folder.rglob("*")):
        depth = len(file.relative_to(folder).parts)
        if not file.is_file() or (options.depth and depth > options.depth):
            continue
        if options.files_matching and not re.search(options.files_matching, file.name):
            continue
        if any(re.search(pattern, file.name) for pattern in options.ignore_files):
            continue
        if file.suffix.lstrip(".") in options.extensions:
            chosen.append(file)
        elif not options.ignore_unknown_extensions:
            fix = f"one of {', '.join(options.extensions)}, or `ignore_unknown_extensions: true`"
            problem = "the name does not end as a file of variables does"
            raise LoadError([Diagnostic(problem, Position(str(file), 1, 1), fix)])
    return chosen
