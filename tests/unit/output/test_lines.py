from __future__ import annotations

import pytest

from deployer.model.secret import Secret
from deployer.output.lines import Span, Style, clean, last_written, line, lines_of, plain_text
from deployer.output.plain import painted


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("\x1b[2J\x1b[31mred", "\\x1b[2J\\x1b[31mred"),
        ("\x9b2J", "\\x9b2J"),
        ("bell\x07 back\x08", "bell\\x07 back\\x08"),
        ("a\x00b\x7f", "a\\x00b\\x7f"),
        ("user\u202etxt.exe", "user\\u202etxt.exe"),
        ("one\u2028two", "one\\u2028two"),
        ("tab\tstays, äöü 漢字 too", "tab\tstays, äöü 漢字 too"),
    ],
)
def test_no_host_can_play_with_the_terminal(said: str, shown: str) -> None:
    assert clean(said) == shown


def test_secrets_are_masked_whatever_brings_them() -> None:
    Secret("sesame-in-a-line")
    assert clean("open sesame-in-a-line!") == "open ********!"


@pytest.mark.parametrize(
    ("said", "shown"),
    [("10%\r50%\r100%", "100%"), ("done\r", "done"), ("plain", "plain"), ("", "")],
)
def test_of_an_overwritten_line_the_end_is_shown(said: str, shown: str) -> None:
    assert last_written(said) == shown


def test_each_line_of_a_text_is_a_line() -> None:
    made = lines_of("one\n10%\r20%\n", Style.MUTED, "  ")
    assert [plain_text(each) for each in made] == ["  one", "  20%", "  "]


def test_colour_is_only_where_there_is_text_and_style() -> None:
    spans = (Span("ok", Style.OK), Span(" "), Span("", Style.FAILED))
    assert painted(spans) == "\x1b[32mok\x1b[0m "
    assert painted(line("bare")) == "bare"
