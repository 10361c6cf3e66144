"""Every fragment of every module, as it stands: both shells parse it.

What shellcheck says of them is one of the checks (`tests/support/shellcheck.py`).
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.fragments import program_fragments
from tests.support.shell import source_of


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
