"""Where the passwords of vaults come from: a file, a script that prints it, or the user.

`--vault-id LABEL@SOURCE` and `--vault-password-file FILE` as in Ansible: SOURCE is `prompt`, a
file, or an executable; one whose name ends in `-client` is told the label with `--vault-id`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import field
from pathlib import Path

from deployer.model.diagnostic import Diagnostic
from deployer.model.errors import LoadError
from deployer.model.secret import Secret, reveal
from deployer.model.source import Position
from deployer.model.values import dataclass

#: Asks the user for something that is not echoed; gets the prompt.
Ask = Callable[[str], str]

#: Seconds that a password script may take (it may ask a key store, or the user).
DEADLINE = 120.0
DEFAULT_LABEL = "default"


@dataclass(slots=True)
class VaultPassword:
    """A password and its label (the vault id), read when first needed."""

    label: str
    _read: Callable[[], str]
    _known: Secret | None = field(default=None, repr=False)

    def password(self) -> Secret:
        """The password. Raises LoadError where its source fails or gives nothing."""
        if self._known is None:
            self._known = Secret(reveal(self._read()))
        return self._known


def from_text(text: str, label: str = DEFAULT_LABEL) -> VaultPassword:
    """A password that is known already."""
    return VaultPassword(label, lambda: text)


def from_vault_id(vault_id: str, ask: Ask | None = None) -> VaultPassword:
    """The password that `--vault-id` names: `LABEL@SOURCE` or only a source."""
    label, at, source = vault_id.partition("@")
    if not at:
        label, source = "", vault_id
    if source in ("prompt", "prompt_ask_vault_pass"):
        return from_prompt(ask, label or DEFAULT_LABEL)
    return from_file(source, label or DEFAULT_LABEL)


def from_prompt(ask: Ask | None, label: str = DEFAULT_LABEL) -> VaultPassword:
    """A password that the user is asked for. `ask` None: nobody is there to answer."""

    def read() -> str:
        if ask is None:
            summary = "the vault password cannot be asked for: there is no terminal"
            raise LoadError([Diagnostic(summary, None, "use --vault-password-file")])
        shown = "Vault password: " if label == DEFAULT_LABEL else f"Vault password ({label}): "
        return _needed(ask(shown), Position("<prompt>"))

    return VaultPassword(label, read)


def from_file(path: str | Path, label: str = DEFAULT_LABEL) -> VaultPassword:
    """A password in a file (the spaces around it do not count), or printed by an executable."""
    return VaultPassword(label, lambda: _from_path(Path(path).expanduser(), label))


def _from_path(path: Path, label: str) -> str:
    position = Position(str(path))
    try:
        if not path.is_file():
            raise _fault("there is no such vault password file", position)
        if os.access(path, os.X_OK):
            return _needed(_from_script(path, label), position)
        return _needed(path.read_text(), position)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise _fault(f"the vault password file cannot be read: {reason}", position) from error


def _from_script(path: Path, label: str) -> str:
    """What a password script prints. Its standard input and error are the user's: it may ask."""
    position = Position(str(path))
    words = ["--vault-id", label] if path.stem.endswith("-client") else []
    try:
        done = subprocess.run(
            [str(path.absolute()), *words],
            stdout=subprocess.PIPE,
            timeout=DEADLINE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _fault(f"the script did not end within {DEADLINE:g} s", position) from error
    if done.returncode:
        raise _fault(f"the script failed with exit status {done.returncode}", position)
    return done.stdout.decode("utf-8", "surrogateescape")


def _needed(text: str, position: Position) -> str:
    stripped = text.strip()
    if not stripped:
        raise _fault("the vault password is empty", position)
    return stripped


def _fault(summary: str, position: Position) -> LoadError:
    return LoadError([Diagnostic(summary, position)])
