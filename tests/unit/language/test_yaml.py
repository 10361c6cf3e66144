from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from deployer.language import files, yaml
from deployer.language.values import EncryptedText
from deployer.language.yaml import load_file, load_text
from deployer.model.errors import LoadError
from deployer.model.source import Position, SourceList, SourceMap, Template


def at(line: int, column: int) -> Position:
    return Position("f.yml", line, column)


def problems(text: str) -> list[str]:
    with pytest.raises(LoadError) as caught:
        load_text(text, "f.yml")
    return [str(problem) for problem in caught.value.diagnostics]


def test_everything_knows_where_it_stands() -> None:
    value = load_text('top:\n  - "quoted"\n  - {ä: ö, b: 1}\ntext: |\n  two\n  lines\n', "f.yml")
    assert isinstance(value, SourceMap)
    assert value.origin == at(1, 1)
    assert value.keys_at == {"top": at(1, 1), "text": at(4, 1)}
    items = value["top"]
    assert isinstance(items, SourceList)
    assert (items.origin, items.items_at) == (at(2, 3), [at(2, 5), at(3, 5)])
    assert (items[0], items[0].origin) == ("quoted", at(2, 5))
    assert items[1].keys_at == {"ä": at(3, 6), "b": at(3, 12)}
    assert items[1]["ä"].origin == at(3, 9)
    assert (value["text"], value["text"].origin) == ("two\nlines\n", at(4, 7))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes", True), ("Off", False), ("y", "y"), ("~", None), ("", None), ("Null", None),
        ("0644", 420), ("0o17", "0o17"), ("08", "08"), ("0x1F", 31), ("0b11", 3), ("1_000", 1000),
        ("-7", -7), ("+7", 7), ("0", 0), ("1.5", 1.5), (".5", 0.5), ("1e3", "1e3"),
        ("1.0e+3", 1000.0), ("22:22", 1342), ("1:60", "1:60"), ("-1:30.5", -90.5),
        ("12:30:45", 45045), (".inf", float("inf")), ("-.INF", float("-inf")),
        ("2001-12-14", "2001-12-14"),
        ("1.2.3", "1.2.3"), ("=", "="), ("10.0.0.1", "10.0.0.1"), ("+", "+"), ("0b_", "0b_"),
        ("'yes'", "yes"), ("!!str 12", "12"), ("!!int '12'", 12), ("!!float 1", 1.0),
        ("!!bool 'no'", False), ("!!null ''", None), ("! 12", "12"),
    ],
)  # fmt: skip
def test_plain_scalars_are_read_as_ansible_reads_them(text: str, expected: Any) -> None:
    value = load_text(f"a: {text}", "f.yml")["a"]
    assert (value, type(value) is Template) == (expected, isinstance(expected, str))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(["yes", "0644", "1:30", "{{ a }}", "- b", "#c", "a: b", "*d", "on", "1_0"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(VALUES, st.booleans())
def test_what_pyyaml_writes_reads_the_same(value: Any, flow: bool) -> None:
    text = pyyaml.safe_dump(value, default_flow_style=flow, allow_unicode=True)
    assert load_text(text, "f.yml") == pyyaml.safe_load(text)


def test_the_pure_parser_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: [1, 'b', {c: d}]\nanchor: &x {k: v}\nalias: *x\nm: {<<: *x, n: 0644}\n"
    fast = load_text(text, "f.yml")
    monkeypatch.setattr(yaml, "_PARSER", pyyaml.SafeLoader)
    slow = load_text(text, "f.yml")
    assert (slow, slow.keys_at) == (fast, fast.keys_at)
    assert slow["a"][1].origin == fast["a"][1].origin
    assert problems("a: 'b") == [
        "f.yml:1:4: not valid YAML: found unexpected end of stream while scanning a quoted scalar"
        " (the quote that opens here is never closed)"
    ]


def test_merge_keys_yield_to_what_is_written() -> None:
    value = load_text("a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc: {<<: [*a, *b], y: 3}\n", "f.yml")
    assert value["c"] == {"y": 3, "x": 1, "z": 2}
    assert value["c"].at("z") == at(2, 14)
    assert problems("a: {<<: 1}") == ["f.yml:1:5: `<<` needs a mapping or a list of mappings"]


def test_ansible_tags() -> None:
    envelope = "$ANSIBLE_VAULT;1.1;AES256\n3132\n"
    text = "v: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132\nu: !unsafe '{{ x }}'\n"
    value = load_text(text, "f.yml")
    assert value["v"] == EncryptedText(envelope, at(1, 4))
    assert "3132" not in f"{value['v']} {value['v']!r}"
    assert (value["u"], type(value["u"])) == ("{{ x }}", str)
    assert load_text(envelope, "f.yml") == EncryptedText(envelope, at(1, 1))


def test_more_than_one_problem_of_a_file_is_reported() -> None:
    found = problems("a: 1\na: 2\nb: {{ c }}/d\n")
    assert [problem.split(": ")[0] for problem in found] == ["f.yml:2:1", "f.yml:3:5"]


def test_bombs_are_refused() -> None:
    laughs = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join(['*' + old] * 10)}]\n" for old, new in pairwise("abcdefgh")
    )
    assert problems(laughs) == ["f.yml:6:8: aliases stand for too many values"]
    assert problems("[" * 1000) == ["f.yml:1:151: nested too deeply"]


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("binary").write_bytes(b"a: 1\nb: \0")
    Path("latin").write_bytes(b"a: 1\nb: \xe9\n")
    Path("control").write_bytes(b"a: 1\nb: \x01\n")
    Path("large").write_bytes(b"#" * 20)
    Path("empty").write_bytes(b"")
    monkeypatch.setattr(files, "LARGEST_FILE", 19)

    def problem(name: str) -> str:
        with pytest.raises(LoadError) as caught:
            load_file(name)
        return str(caught.value)

    assert problem("nothing") == "nothing: no such file"
    assert problem("folder") == "folder: a directory, not a file"
    assert problem("binary") == "binary:2:1: a binary file, not text"
    assert problem("latin") == "latin:2:4: not UTF-8 (the byte 0xe9 stands here)"
    assert problem("control").startswith("control:2:4: not valid YAML: a control character")
    assert "larger than" in problem("large")
    assert load_file("empty") is None


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "f.yml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert load_file(tmp_path / "f.yml") == {"a": 1}
