"""Checks 11 to 13 as the fragments stand: temporary files are made by mktemp (private from the
start, with names that nobody can guess) and go on every way out; nothing is opened for others."""

from __future__ import annotations

import re

import pytest

from deployer.model.script import Fragment
from tests.support.fragments import program_fragments

FRAGMENTS = program_fragments()
#: A variable that gets the name of a temporary file or directory.
MADE = re.compile(r"(\w+)=\$\(mktemp( -d)? ?(?:-- )?([^)]*)\)")


def whole(fragment: Fragment) -> str:
    return "\n".join([*(whole(used) for used in fragment.uses), fragment.source])


def with_mktemp():
    found = [fragment for fragment in FRAGMENTS if "mktemp" in fragment.source]
    assert len(found) >= 8
    return [pytest.param(fragment, id=fragment.source.split("\n")[0][:40]) for fragment in found]


@pytest.mark.parametrize("fragment", with_mktemp())
def test_check_11_a_temporary_file_is_private_and_goes_on_every_way_out(fragment: Fragment):
    text = whole(fragment)
    for name, _, template in MADE.findall(fragment.source):
        assert not template or template.rstrip('"').endswith("XXXXXX"), template
        removed = re.search(rf"(rm -r?f|trap)[^\n]*\${{?{name}\b", text)
        handed_on = re.search(rf"(mv |echo \"backup )[^\n]*\${name}\b", text)
        assert removed or handed_on, f"${name} is left behind"
        assert "trap" in text or 'echo "backup' in text, "also where the script ends early"
        assert re.search(rf"{name}=\$\(mktemp[^\n]*(\|\||&&)|set -e", text), "fails if it cannot"


@pytest.mark.parametrize(
    "fragment", [pytest.param(each, id=each.source.split("\n")[0][:40]) for each in FRAGMENTS]
)
def test_check_11_no_fragment_uses_a_name_in_tmp_that_can_be_guessed(fragment: Fragment):
    for line in fragment.source.splitlines():
        code = line.split(" #")[0]
        for path in re.findall(r"(?:/tmp|/var/tmp)/[^\s\"';)]*", code):
            assert "XXXXXX" in path, line
        if "$$" in code and "echo $$" not in code:
            assert "backup=" in code, f"a process id is no secret: {line}"
            assert "set -C" in fragment.source, "a name that can be guessed is made anew"


@pytest.mark.parametrize(
    "fragment", [pytest.param(each, id=each.source.split("\n")[0][:40]) for each in FRAGMENTS]
)
def test_check_13_nothing_is_made_readable_for_all_so_that_another_user_can_read_it(
    fragment: Fragment,
):
    code = re.sub(r"#.*", "", fragment.source)
    assert not re.search(r"chmod\s+(-\w+\s+)*([ao]?\+r|0?[0-7]?[0-7][0-7][4-7]\b)", code)
