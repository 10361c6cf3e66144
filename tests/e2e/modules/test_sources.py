"""Files of the controller that tasks name: those in a vault, and trees with links in them."""

from __future__ import annotations

import textwrap

import pytest

from deployer.cli.exits import Exit
from tests.support.inprocess import command
from tests.support.vaulting import encrypt

KEY = "-----BEGIN of a key-----\n" + "x" * 40 + "\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hosts.ini").write_text("a ansible_connection=local\n")
    (tmp_path / "password").write_text("sesame\n")
    return tmp_path


def run(folder, tasks, *flags):
    head = "- hosts: all\n  gather_facts: false\n  tasks:\n"
    (folder / "play.yml").write_text(head + textwrap.indent(textwrap.dedent(tasks), "    "))
    return command("run", "play.yml", "-i", "hosts.ini", "--output", "jsonl", *flags)


@pytest.fixture
def sealed(folder):
    (folder / "tree").mkdir()
    for name, text in [
        ("key", KEY),
        ("tree/key", KEY),
        ("conf.j2", "{{ 1 + 1 }} hidden words\n"),
        ("tell.sh", '#!/bin/sh\necho "$1" >"$2"\n'),
    ]:
        (folder / name).write_text(encrypt(text, "sesame"))


SEALED = """
    - copy: {src: key, dest: out-key, mode: "0600"}
    - copy: {src: key, dest: out-raw, decrypt: false}
    - copy: {src: tree/, dest: out-tree}
    - template: {src: conf.j2, dest: out-conf}
    - script: tell.sh told out-told
      args: {creates: out-told}
    - copy: {content: "{{ lookup('file', 'key') }}", dest: out-lookup}
"""


def test_files_in_a_vault_arrive_opened(folder, sealed):
    flags = ("--vault-password-file", "password", "--diff")
    seen = run(folder, SEALED, *flags)
    assert seen.code == 0, seen.error
    assert (folder / "out-key").read_text() == KEY
    assert (folder / "out-raw").read_bytes() == (folder / "key").read_bytes()
    assert (folder / "out-tree" / "key").read_text() == KEY
    assert (folder / "out-conf").read_text() == "2 hidden words\n"
    assert (folder / "out-told").read_text() == "told\n"
    assert (folder / "out-lookup").read_text() == KEY.rstrip()
    assert "xxxx" not in str(seen.events)
    assert "hidden words" not in str(seen.events)
    again = run(folder, SEALED, *flags)
    assert again.recap == {"a": "ok=6"}


def test_a_file_in_a_vault_needs_the_password(folder, sealed):
    seen = run(folder, "- copy: {src: key, dest: out-key}")
    assert seen.code == Exit.TASK_FAILED
    assert "no vault password is given" in seen.failures["a"][0]
    assert not (folder / "out-key").exists()


@pytest.fixture
def linked(folder):
    tree = folder / "site"
    (tree / "real" / "deep").mkdir(parents=True)
    (tree / "real" / "deep" / "file").write_text("1")
    (tree / "current").symlink_to("real")
    (tree / "name").symlink_to("real/deep/file")
    (tree / "real" / "round").symlink_to("..")


def test_links_to_directories_are_copied_with_what_is_in_them(folder, linked):
    seen = run(folder, "- copy: {src: site/, dest: out}")
    assert seen.code == 0, seen.error
    assert (folder / "out" / "current" / "deep" / "file").read_text() == "1"
    assert not (folder / "out" / "current").is_symlink()
    assert not (folder / "out" / "name").is_symlink()
    assert str((folder / "out" / "real" / "round").readlink()) == ".."


def test_without_local_follow_links_stay_links(folder, linked):
    seen = run(folder, "- copy: {src: site/, dest: out, local_follow: false}")
    assert seen.code == 0, seen.error
    assert str((folder / "out" / "current").readlink()) == "real"
    assert str((folder / "out" / "name").readlink()) == "real/deep/file"
