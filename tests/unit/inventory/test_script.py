"""Executables that print an inventory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deployer.inventory import load
from deployer.inventory.draft import Draft
from deployer.inventory.script import read_script
from deployer.model.errors import LoadError
from deployer.model.source import Position, Template


@pytest.fixture
def script(tmp_path: Path):
    def make(body: str) -> Path:
        path = tmp_path / "inv.sh"
        path.write_text("#!/bin/sh\n" + body)
        path.chmod(0o755)
        return path

    return make


def test_groups_and_hostvars_of_one_call(script) -> None:
    answer = {
        "web": {"hosts": ["w1", "w2"], "vars": {"v": "{{ x }}"}, "children": ["edge"]},
        "edge": ["e1"],
        "_meta": {"hostvars": {"w1": {"n": 1}, "lonely": {"m": [1]}}},
    }
    path = script(f"[ \"$1\" = --list ] || exit 9\ncat <<'E'\n{json.dumps(answer)}\nE\n")
    inventory = load([str(path)])
    assert inventory.groups["web"].members == ("w1", "w2", "e1")
    assert inventory.hosts["w1"].vars == {"n": 1}
    assert inventory.groups["ungrouped"].members == ("lonely",)
    value = inventory.groups["web"].vars["v"]
    assert isinstance(value, Template)
    assert value.origin == Position(str(path))


def test_only_a_script_is_waited_for(script, tmp_path: Path) -> None:
    waits: list[str] = []
    (tmp_path / "hosts.ini").write_text("a\n")
    load([str(tmp_path / "hosts.ini")], on_wait=lambda: waits.append("file"))
    load([str(script("echo '{}'"))], on_wait=lambda: waits.append("script"))
    assert waits == ["script"]


def test_without_meta_every_host_is_asked(script) -> None:
    path = script(
        'case $1 in --list) echo \'{"g": ["a", "b"]}\' ;;\n'
        '--host) [ "$2" = a ] && echo "{\\"who\\": \\"$2\\"}" ;; esac\nexit 0\n'
    )
    hosts = load([str(path)]).hosts
    assert (hosts["a"].vars, hosts["b"].vars) == ({"who": "a"}, {})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "echo boom >&2; exit 3",
            "`inv.sh --list` failed with exit status 3: boom",
        ),
        ("echo '{\"a\": [}'", "the output of `inv.sh --list`:1:8: this is not JSON"),
        ("echo '[]'", "must be a JSON object of groups"),
        ('echo \'{"g": {"hosts": "a"}}\'', "`hosts` of group `g` must be a list of names"),
        ("echo '{\"g\": 5}'", "group `g` must be a JSON object or a list of hosts"),
        ('echo \'{"g": ["-oX"]}\'', "begins with `-`"),
        ('echo \'{"_meta": {"hostvars": []}}\'', "`_meta.hostvars` must be a JSON object"),
    ],
)
def test_failures_say_what_the_script_did(script, body, said) -> None:
    with pytest.raises(LoadError) as caught:
        load([str(script(body + "\n"))])
    assert said in str(caught.value)


def test_a_script_that_hangs_is_ended_at_its_deadline(script) -> None:
    path = script("echo waiting >&2; exec sleep 60\n")
    with pytest.raises(LoadError, match=r"did not end within 0.3 s: waiting"):
        read_script(path, Draft(), deadline=0.3)


def test_a_script_that_may_not_run_says_how(script) -> None:
    path = script("echo '{}'\n")
    path.chmod(0o644)
    with pytest.raises(LoadError, match=r"chmod \+x inv.sh"):
        load([str(path)])


def test_json_files_may_be_in_either_form(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"g": {"hosts": ["a"]}}')
    (tmp_path / "b.json").write_text('{"g": {"hosts": {"b": {"n": 1}}}}')
    inventory = load([str(tmp_path / "a.json"), str(tmp_path / "b.json")])
    assert inventory.groups["g"].members == ("a", "b")
    assert inventory.hosts["b"].vars == {"n": 1}
