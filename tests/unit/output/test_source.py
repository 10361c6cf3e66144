from __future__ import annotations

from pathlib import Path

import pytest

from deployer.model.diagnostic import Diagnostic, Severity
from deployer.model.source import Position
from deployer.output.lines import plain_text
from deployer.output.source import WIDEST, excerpt, pinpointed, report, shown


def at(tmp_path: Path, text: str, line: int, column: int) -> list[str]:
    path = tmp_path / "play.yml"
    path.write_text(text, "utf-8")
    return excerpt(Position(str(path), line, column))


def test_what_where_and_the_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("play.yml").write_text("- hosts: all\n  taks: []\n")
    position = Position(str(tmp_path / "play.yml"), 2, 3)
    assert shown(Diagnostic("no keyword `taks`", position, "did you mean `tasks`?")) == (
        "error: no keyword `taks`\n"
        "  --> play.yml:2:3\n"
        "  2 |   taks: []\n"
        "    |   ^\n"
        "  help: did you mean `tasks`?"
    )


def test_a_file_elsewhere_has_its_whole_path(tmp_path: Path) -> None:
    assert str(tmp_path / "x") in shown(Diagnostic("gone", Position(str(tmp_path / "x"))))


@pytest.mark.parametrize(
    ("text", "column", "lines"),
    [
        ("abc", 1, ["1 | abc", "  | ^"]),
        ("abc", 4, ["1 | abc", "  |    ^"]),
        ("abc", 99, ["1 | abc", "  |    ^"]),
        ("abc", 0, ["1 | abc"]),
        ("\tabc", 2, ["1 |     abc", "  |     ^"]),
        ("a\tbc", 3, ["1 | a   bc", "  |     ^"]),
        ("漢字: x", 3, ["1 | 漢字: x", "  |     ^"]),
        ("e\u0301a: x", 3, ["1 | e\u0301a: x", "  |  ^"]),
        ("\x1b[31m", 2, ["1 | \\x1b[31m", "  |     ^"]),
        ("abc\r", 3, ["1 | abc", "  |   ^"]),
    ],
)
def test_the_caret_stands_below_the_column(
    tmp_path: Path, text: str, column: int, lines: list[str]
) -> None:
    assert at(tmp_path, text + "\n", 1, column) == lines


@pytest.mark.parametrize("column", [1, 60, 150, 299, 300, 301])
def test_a_long_line_is_cut_around_the_caret(tmp_path: Path, column: int) -> None:
    text = "".join(chr(ord("a") + number % 26) for number in range(300))
    source, caret = at(tmp_path, text + "\n", 1, column)
    assert len(source) <= WIDEST + len("1 | ") + 2
    index = caret.index("^")
    expected = text[column - 1] if column <= 300 else ""
    assert source[index : index + 1] == expected


@pytest.mark.parametrize("line", [0, 7])
def test_a_line_that_is_not_there_is_left_out(tmp_path: Path, line: int) -> None:
    assert at(tmp_path, "one\n", line, 1) == []


def test_a_file_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for name in (str(binary), str(tmp_path / "gone"), str(tmp_path), "<-e>", "nul\0byte"):
        assert excerpt(Position(name, 1, 1)) == []


def test_several_are_sorted_and_counted() -> None:
    problems = [
        Diagnostic("third", Position("b.yml", 1, 1)),
        Diagnostic("second", Position("a.yml", 10, 1)),
        Diagnostic("first", Position("a.yml", 9, 5)),
        Diagnostic("careful", None, severity=Severity.WARNING),
    ]
    lines = [plain_text(each) for each in report(problems)]
    assert [text for text in lines if not text.startswith(" ")] == [
        "warning: careful", "error: first", "error: second", "error: third", "3 errors",
    ]  # fmt: skip


def test_one_is_not_counted() -> None:
    assert [plain_text(each) for each in report([Diagnostic("alone")])] == ["error: alone"]


def test_all_lines_of_a_summary_are_shown() -> None:
    assert shown(Diagnostic("one\ntwo")) == "error: one\n  two"


@pytest.mark.parametrize(
    ("text", "column", "message", "found"),
    [
        ('  msg: "{{ namse }}"', 8, "`namse` is undefined; did you mean `names`?", 12),
        ("  when: a.b and x", 9, "`a.b` is undefined", 9),
        ("  when: xa.b and a.b", 9, "`a.b` is undefined", 18),
        ("  msg: {{ x }}", 8, "`y` is undefined", 8),
        ("  msg: {{ x }}", 8, "something else about `x`", 8),
        ("  x: x.y", 6, "`x` is undefined", 6),
    ],
)
def test_the_caret_points_at_the_undefined_name(
    tmp_path: Path, text: str, column: int, message: str, found: int
) -> None:
    path = tmp_path / "play.yml"
    path.write_text(text + "\n")
    position = pinpointed(Position(str(path), 1, column), message)
    assert position is not None
    assert position.column == found
