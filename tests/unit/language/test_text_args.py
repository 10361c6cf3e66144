from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.language.text_args import joined_lines, parse, split


@pytest.mark.parametrize(
    ("text", "options", "rest"),
    [
        ("a=1 b=2", {"a": "1", "b": "2"}, ""),
        ("a='x y' b=\"z w\"", {"a": "x y", "b": "z w"}, ""),
        ("a={{ b | default('c d') }}", {"a": "{{ b | default('c d') }}"}, ""),
        ("a=\"{{ b['c'] }} d\"", {"a": "{{ b['c'] }} d"}, ""),
        ("a={% if b %}c d{% endif %} e=f", {"a": "{% if b %}c", "e": "f"}, "d{% endif %}"),
        ("a=b=c", {"a": "b=c"}, ""),
        ("a\\=b=c", {"a\\=b": "c"}, ""),
        (r'a="say \"hi\""', {"a": 'say "hi"'}, ""),
        (r'a="\t" b=x\x41', {"a": "\t", "b": "xA"}, ""),
        ("a=1\n  b=2\n", {"a": "1", "b": "2"}, ""),
        ("file.yml a=1", {"a": "1"}, "file.yml"),
        ("{{ a == b }}", {}, "{{ a == b }}"),
        ("=a", {}, "=a"),
        ("a=", {"a": ""}, ""),
    ],
)
def test_words_become_options(text: str, options: dict[str, str], rest: str) -> None:
    found = parse(text)
    assert found is not None
    assert (dict(found.options), found.rest) == (options, rest)


@pytest.mark.parametrize("text", ["a='b", 'a="b', "a={{ b", "a={% b", "don't"])
def test_what_is_not_closed_is_nothing(text: str) -> None:
    assert parse(text) is None


def test_a_command_line_keeps_its_white_space_and_escapes() -> None:
    found = parse("echo  'a   b' \\n chdir=/x  x=1\n  y", {"chdir"})
    assert found is not None
    assert (found.options, found.rest) == ((("chdir", "/x"),), "echo  'a   b' \\n x=1\n  y")


def test_continued_lines_are_joined() -> None:
    assert joined_lines("a \\\n  b \\\n\tc \\\\\n d") == "a b c \\\\\n d"


@given(st.text(alphabet="ab= \n'\"\\{}%#", max_size=30))
def test_splitting_loses_nothing_but_white_space(text: str) -> None:
    spans = split(text)
    if spans is not None:
        joined = "".join(text[start:end] for start, end in spans)
        between = "".join(
            text[end:start]
            for (_, end), (start, _) in zip([(0, 0), *spans], [*spans, (len(text), 0)], strict=True)
        )
        assert not between.strip()
        assert len(joined) + len(between) == len(text)


@given(st.text(alphabet="ab= '{}x", max_size=12))
def test_a_quoted_value_comes_back(value: str) -> None:
    if "{" not in value:
        found = parse(f'key="{value}" other=1')
        assert found is not None
        assert dict(found.options) == {"key": value.strip(), "other": "1"} or value != value.strip()
