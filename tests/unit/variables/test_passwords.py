"""Where vault passwords come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployer.model.errors import LoadError
from deployer.model.secret import reveal
from deployer.variables.passwords import VaultPassword, from_file, from_vault_id


def text(password: VaultPassword) -> str:
    return reveal(password.password())


def script(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_a_file_is_read_without_the_spaces_around(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("  pass word \n")
    password = from_file(tmp_path / "p")
    assert (text(password), password.label) == ("pass word", "default")
    assert "pass word" not in repr(password)
    assert "pass word" not in str(password.password())


def test_a_vault_id_has_a_label_and_a_source(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("x\n")
    assert from_vault_id(f"prod@{tmp_path}/p").label == "prod"
    assert from_vault_id(f"{tmp_path}/p").label == "default"
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return "typed"

    password = from_vault_id("dev@prompt", ask)
    assert not asked
    assert (text(password), text(password), asked) == ("typed", "typed", ["Vault password (dev): "])


def test_an_executable_prints_it_and_clients_are_told_the_label(tmp_path: Path) -> None:
    plain = script(tmp_path / "get.sh", 'echo "got:$*"')
    client = script(tmp_path / "keys-client.sh", 'echo "got:$*"')
    assert text(from_vault_id(f"prod@{plain}")) == "got:"
    assert text(from_vault_id(f"prod@{client}")) == "got:--vault-id prod"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: from_file(folder / "none"), "there is no such vault password file"),
        (lambda folder: from_file(folder / "empty"), "the vault password is empty"),
        (lambda folder: from_file(folder / "binary"), "cannot be read: not text"),
        (lambda folder: from_file(script(folder / "x", "exit 3")), "exit status 3"),
        (lambda folder: from_vault_id("prompt"), "there is no terminal"),
    ],
)
def test_sources_that_fail_say_why(tmp_path: Path, make, said: str) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(LoadError, match=said):
        make(tmp_path).password()
