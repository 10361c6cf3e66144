"""Modes: what Ansible's documentation says, and what chmod does."""

from __future__ import annotations

import stat
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.sdk import Refused
from deployer.sdk.files.modes import octal, parse_mode, shown


@pytest.mark.parametrize(
    ("value", "bits"),
    [(420, 0o644), ("0644", 0o644), ("644", 0o644), ("0o755", 0o755), ("4755", 0o4755), (0, 0)],
)
def test_numbers_and_octal_text(value, bits):
    assert parse_mode(value).resolve(0o777, directory=False) == bits


@pytest.mark.parametrize("value", ["", "rwx", "u=q", "0999", "77777", "u=rw,,g=r", 9999, -1, "u~w"])
def test_what_is_no_mode(value):
    with pytest.raises(Refused, match=r"mode"):
        parse_mode(value)


@pytest.mark.parametrize(
    ("text", "current", "directory", "bits"),
    [
        ("u=rwX,g=rX,o=", 0o600, False, 0o640),
        ("u=rwX,g=rX,o=", 0o600, True, 0o750),
        ("u=rwX,g=rX,o=", 0o610, False, 0o750),
        ("a+x", 0o644, False, 0o755),
        ("+x", 0o644, False, 0o755),
        ("+w", 0o444, False, 0o644),
        ("g=u,o-rwx", 0o754, False, 0o770),
        ("u+s,g+s", 0o755, False, 0o6755),
        ("o+t", 0o777, True, 0o1777),
        ("g=rx", 0o2775, True, 0o755),
        ("u=rw+x", 0o000, False, 0o700),
        ("ug=", 0o777, False, 0o007),
    ],
)
def test_symbolic(text, current, directory, bits):
    assert shown(parse_mode(text).resolve(current, directory=directory)) == shown(bits)


def test_only_a_mode_without_who_needs_the_umask():
    assert parse_mode("+w").needs_umask
    assert not parse_mode("u+w").needs_umask
    assert parse_mode("+w").resolve(0, directory=False, umask=0o077) == 0o200


def test_the_operand_clears_set_id_bits_of_directories(tmp_path):
    tmp_path.chmod(0o2777)
    subprocess.run(["chmod", octal(0o755), tmp_path], check=True)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


WHO = st.text("ugo", min_size=1, max_size=3)
WHAT = st.one_of(st.sampled_from("ugo"), st.text("rwxX", min_size=1, max_size=3))
CLAUSE = st.builds("{}{}{}".format, WHO, st.sampled_from("+-="), WHAT)
MODES = st.lists(CLAUSE, min_size=1, max_size=3).map(",".join)


@settings(max_examples=60, deadline=None)
@given(mode=MODES, current=st.integers(0, 0o777), directory=st.booleans())
def test_as_chmod_does(tmp_path_factory, mode, current, directory):
    path = tmp_path_factory.mktemp("chmod") / "x"
    path.mkdir() if directory else path.write_text("")
    path.chmod(current)
    subprocess.run(["chmod", "--", mode, path], check=True)
    assert parse_mode(mode).resolve(current, directory=directory) == stat.S_IMODE(
        path.stat().st_mode
    )
