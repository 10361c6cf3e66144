from __future__ import annotations

from deployer.model.change import Diff
from deployer.output.diffs import LONGEST, diff_lines
from deployer.output.lines import Style, plain_text


def shown(diff: Diff) -> list[str]:
    return [plain_text(each) for each in diff_lines(diff)]


def test_a_changed_line() -> None:
    assert shown(Diff("a\nb\nc\n", "a\nB\nc\n", "/etc/x", "/etc/x")) == [
        "--- before: /etc/x", "+++ after: /etc/x", "@@ -1,3 +1,3 @@", " a", "-b", "+B", " c",
    ]  # fmt: skip


def test_colours_say_what_goes_and_what_comes() -> None:
    styles = [each[0].style for each in diff_lines(Diff("a\n", "b\n"))]
    assert styles == [Style.REMOVED, Style.ADDED, Style.HUNK, Style.REMOVED, Style.ADDED]


def test_equal_sides_are_nothing() -> None:
    assert shown(Diff("a\n", "a\n")) == []


def test_a_newline_at_the_end_that_comes_or_goes_is_said() -> None:
    assert shown(Diff("a\n", "a")) == ["\\ No newline at end of file (after)"]
    assert shown(Diff("a", "a\n")) == ["\\ No newline at end of file (before)"]


def test_a_new_and_a_removed_file() -> None:
    assert shown(Diff("", "x\n", after_header="new"))[2:] == ["@@ -0,0 +1 @@", "+x"]
    assert shown(Diff("x\n", "", before_header="old"))[2:] == ["@@ -1 +0,0 @@", "-x"]


def test_a_huge_diff_is_counted_instead() -> None:
    text = shown(Diff("", "x\n" * (LONGEST + 1)))
    assert text[-1] == f"@@ too long to show: 0 and {LONGEST + 1} lines @@"


def test_control_characters_in_files_do_no_harm() -> None:
    assert "+\\x1b[31m" in shown(Diff("", "\x1b[31m\n"))
