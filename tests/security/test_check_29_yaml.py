"""Check 29: YAML is data: no objects, no duplicate keys, no bombs, no files without end."""

from __future__ import annotations

import time

import pytest

from deployer.cli.exits import Exit
from tests.support.cli import LOCAL, Command

HEAD = "- hosts: all\n  gather_facts: false\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)

WRONG = {
    "an object": (HEAD + "  vars: {x: !!python/object/apply:os.system ['touch PWNED']}\n", ":3:"),
    "a name": (HEAD + "  vars: {x: !!python/name:os.system }\n", ":3:"),
    "a module": (HEAD + "  vars: {x: !!python/module:os }\n", ":3:"),
    "a tag of one's own": (HEAD + "  vars: {x: !evil y}\n", ":3:"),
    "a duplicate key": (HEAD + "  vars: {x: 1, y: 2, x: 3}\n", ":3:22"),
    "a duplicate keyword": (HEAD + "  become: true\n  become: false\n", ":4:3"),
    "a bomb of aliases": (BOMB, "aliases stand for too many values"),
    "a circle of aliases": ("- &a {hosts: all, vars: {x: *a}}\n", ":1:"),
    "deep nesting": ("[" * 2000 + "]" * 2000, "play.yml:"),
    "several documents": (HEAD + "---\n" + HEAD, ":3:"),
    "a tab": (HEAD + "\ttasks: []\n", ":3:"),
    "a merge of nothing": (HEAD + "  vars: {<<: 3}\n", ":3:"),
}


@pytest.mark.parametrize("name", WRONG)
def test_check_29_what_is_not_plain_data_is_refused_with_its_place(deploy: Command, name: str):
    text, place = WRONG[name]
    deploy.write("play.yml", text)
    started = time.monotonic()
    ran = deploy("run", "play.yml", *LOCAL)
    assert time.monotonic() - started < 5
    assert ran.code == Exit.BAD_INPUT, ran.both
    assert place in ran.both
    assert not (deploy.folder / "PWNED").exists()


@pytest.mark.parametrize("where", ["hosts.yml", "group_vars/all.yml", "vars.yml", "extra.yml"])
def test_check_29_every_reader_of_yaml_refuses_objects(deploy: Command, where: str):
    evil = "x: !!python/object/apply:os.system ['touch PWNED']\n"
    deploy.write("hosts.ini", "localhost ansible_connection=local\n")
    deploy.write(where, f"all: {{vars: {{{evil.strip()}}}}}\n" if where == "hosts.yml" else evil)
    more = "  vars_files: [vars.yml]\n" if where == "vars.yml" else ""
    deploy.write("play.yml", HEAD + more + "  tasks: [{debug: {msg: '{{ x }}'}}]\n")
    words = ["-i", where if where == "hosts.yml" else "hosts.ini"]
    words += ["-e", "@extra.yml"] if where == "extra.yml" else []
    ran = deploy("run", "play.yml", *words)
    assert ran.code == Exit.BAD_INPUT, ran.both
    assert f"{where}:1:" in ran.both
    assert not (deploy.folder / "PWNED").exists()


def test_check_29_filters_that_read_yaml_build_no_objects(deploy: Command):
    evil = "!!python/object/apply:os.system ['touch PWNED']"
    deploy.write(
        "play.yml",
        HEAD
        + f'  vars: {{text: "{evil}"}}\n'
        + "  tasks: [{debug: {msg: '{{ text | from_yaml }}'}}]\n",
    )
    ran = deploy("run", "play.yml", *LOCAL)
    assert ran.code == Exit.TASK_FAILED, ran.both
    assert not (deploy.folder / "PWNED").exists()


def test_check_29_a_huge_file_is_refused(deploy: Command):
    path = deploy.write("play.yml", HEAD)
    with path.open("ab") as stream:
        stream.truncate(300 * 1024 * 1024)
    started = time.monotonic()
    ran = deploy("run", "play.yml", *LOCAL)
    assert time.monotonic() - started < 5
    assert ran.code == Exit.BAD_INPUT, ran.both
