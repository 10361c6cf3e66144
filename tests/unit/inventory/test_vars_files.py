"""group_vars/ and host_vars/: which files count, in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployer.inventory import VarsFiles, load_variables
from deployer.language.values import EncryptedText
from deployer.model.errors import LoadError
from deployer.model.source import Position, SourceMap


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize("name", ["all", "all.yml", "all.yaml", "all.json"])
def test_every_ending_counts(tmp_path: Path, name: str) -> None:
    write(tmp_path, {f"group_vars/{name}": '{"v": 1}'})
    assert VarsFiles([tmp_path]).group("all") == {"v": 1}


def test_a_directory_is_all_files_below_it_in_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "group_vars/web/20.yml": "v: 20\nb: 1\n",
            "group_vars/web/10.yml": "v: 10\na: 1\n",
            "group_vars/web/15/x.yaml": "v: 15\nc: 1\n",
            "group_vars/web/plain": "d: 1\n",
            "group_vars/web/no.txt": "e: 1\n",
            "group_vars/web/.hidden.yml": "e: 1\n",
            "group_vars/web/x.yml~": "e: 1\n",
        },
    )
    assert VarsFiles([tmp_path]).group("web") == {"v": 20, "a": 1, "b": 1, "c": 1, "d": 1}


def test_the_first_name_stands_for_the_others_which_are_warned_about(tmp_path: Path) -> None:
    write(tmp_path, {"group_vars/all/a.yml": "v: dir\n", "group_vars/all.yml": "w: file\n"})
    files = VarsFiles([tmp_path])
    assert files.group("all") == {"v": "dir"}
    (warning,) = files.warnings
    assert warning.position.file.endswith("all.yml")
    assert warning.help == "move it to `all/`"


def test_later_directories_win_and_one_named_twice_counts_once(tmp_path: Path) -> None:
    write(tmp_path, {"a/host_vars/h": "v: a\nx: a\n", "b/host_vars/h.yml": "v: b\n"})
    files = VarsFiles([tmp_path / "a", tmp_path / "b", tmp_path / "a"])
    assert files.host("h") == {"v": "b", "x": "a"}
    assert [path.name for path in files.files("host_vars", "h")] == ["h", "h.yml"]


def test_beside_a_file_and_inside_a_directory(tmp_path: Path) -> None:
    write(tmp_path, {"inv/hosts": "", "inv/group_vars/all": "v: 1\n", "group_vars/all": "v: 2\n"})
    assert VarsFiles.beside([str(tmp_path / "inv")]).group("all") == {"v": 1}
    assert VarsFiles.beside([str(tmp_path / "inv/hosts")]).group("all") == {"v": 1}
    assert VarsFiles.beside([str(tmp_path / "inv.yml")]).group("all") == {"v": 2}


def test_hosts_with_dots_and_none_at_all(tmp_path: Path) -> None:
    write(tmp_path, {"host_vars/web1.example.com": "v: 1\n", "host_vars/empty.yml": "---\n"})
    files = VarsFiles([tmp_path, tmp_path / "none"])
    assert files.host("web1.example.com") == {"v": 1}
    assert files.host("empty") == {}
    assert files.host("web2") == {}


def test_values_know_where_they_stand(tmp_path: Path) -> None:
    write(tmp_path, {"group_vars/all.yml": "a: 1\nuser: '{{ me }}'\n"})
    value = VarsFiles([tmp_path]).group("all")["user"]
    assert value.origin == Position(str(tmp_path / "group_vars/all.yml"), 2, 7)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", "a file of variables must be a mapping"),
        ("a: {b\n", "all.yml"),
        ("a: 1\na: 2\n", "twice"),
        ("$ANSIBLE_VAULT;1.1;AES256\n61\n", "encrypted, and no vault password is given"),
    ],
)
def test_files_that_cannot_be_read_are_errors(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path, {"group_vars/all.yml": text})
    with pytest.raises(LoadError, match=said):
        VarsFiles([tmp_path]).group("all")


def test_an_encrypted_file_goes_to_the_vault(tmp_path: Path) -> None:
    write(tmp_path, {"x.yml": "$ANSIBLE_VAULT;1.1;AES256\n61\n"})

    def decrypt(encrypted: EncryptedText) -> SourceMap:
        assert encrypted.origin == Position(str(tmp_path / "x.yml"), 1, 1)
        return SourceMap({"opened": True})

    assert load_variables(tmp_path / "x.yml", decrypt) == {"opened": True}


def test_files_are_read_once(tmp_path: Path) -> None:
    write(tmp_path, {"group_vars/all.yml": "v: 1\n"})
    files = VarsFiles([tmp_path])
    assert files.group("all") == {"v": 1}
    write(tmp_path, {"group_vars/all.yml": "v: 2\n"})
    assert files.group("all") == {"v": 1}
