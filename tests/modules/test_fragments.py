"""Every fragment of every module, as it stands: both shells parse it, shellcheck has no word."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.fragments import program_fragments
from tests.support.shell import source_of

# What a fragment alone cannot show: which functions and variables of a library are used by
# another fragment. SC2088 takes a pattern of `case` for a path.
EXCLUDED = "SC2088,SC2034,SC2329,SC2317,SC2148"


@pytest.fixture(scope="module")
def fragments(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fragments")
    paths = []
    for fragment in program_fragments():
        path = folder / f"{fragment.name}.sh"
        path.write_text(source_of(fragment) + "\n")
        paths.append(str(path))
    return paths


@pytest.mark.parametrize("shell", [("dash", "-n"), ("busybox", "sh", "-n")], ids=lambda s: s[0])
def test_shells_parse_every_fragment(fragments, shell):
    assert len(fragments) > 20
    for path in fragments:
        done = subprocess.run([*shell, path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stderr}\n{Path(path).read_text()}"


def test_shellcheck_has_no_word(fragments):
    done = subprocess.run(
        ["shellcheck", "-s", "sh", "-e", EXCLUDED, "-f", "gcc", *fragments],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert lines == []
    assert done.returncode == 0
