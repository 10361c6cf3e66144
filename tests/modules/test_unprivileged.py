"""The file modules as a user without rights: what can be done is, what cannot fails in words."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from deployer.modules import copy, file, slurp
from deployer.sdk import ProbeError, Refused
from tests.support.shell import Host, arguments

NOBODY = 65534
DROP = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")

pytestmark = pytest.mark.root


@pytest.fixture
def host():
    return Host((*DROP, "/bin/dash"))


@pytest.fixture
def home():
    """A directory that nobody owns, and can reach (pytest's own are closed to others)."""
    with tempfile.TemporaryDirectory(prefix="deploy-nobody-") as path:
        os.chown(path, NOBODY, NOBODY)
        yield Path(path)


def test_what_is_owned_is_managed(host, home):
    args = arguments(copy.MODULE, content="x", dest=f"{home}/f", mode="0600")
    host.converge(copy.MODULE, args)
    assert (home / "f").stat().st_uid == NOBODY


def test_a_file_of_another_is_replaced_where_the_directory_allows_it(host, home):
    (home / "f").write_text("root's")
    (home / "f").chmod(0o644)
    host.converge(copy.MODULE, arguments(copy.MODULE, content="mine", dest=f"{home}/f"))
    assert (home / "f").read_text() == "mine"
    assert stat.S_IMODE((home / "f").stat().st_mode) == 0o644


def test_what_cannot_be_read_is_refused(host, home):
    (home / "f").write_text("root's")
    (home / "f").chmod(0o600)
    with pytest.raises(Refused, match="cannot be read"):
        host.plan(copy.MODULE, arguments(copy.MODULE, content="x", dest=f"{home}/f"))
    with pytest.raises(Refused, match="not readable"):
        host.plan(slurp.MODULE, arguments(slurp.MODULE, src=f"{home}/f"))


def test_an_owner_cannot_be_given_away_and_nothing_is_left_behind(host, home):
    args = arguments(copy.MODULE, content="x", dest=f"{home}/f", owner="root")
    _, outcome = host.apply(copy.MODULE, args)
    assert outcome.failed
    assert "Operation not permitted" in outcome.msg
    assert list(home.iterdir()) == []


def test_a_directory_that_is_closed_to_us(host, home):
    home.chmod(0o555)
    for module, given in ((copy, {"content": "x", "dest": f"{home}/f"}), (file, directory(home))):
        _, outcome = host.apply(module.MODULE, arguments(module.MODULE, **given))
        assert outcome.failed
        assert "Permission denied" in outcome.msg


def directory(home):
    return {"path": f"{home}/d", "state": "directory"}


def test_recursion_closes_directories_from_below(host, home):
    args = arguments(file.MODULE, path=f"{home}/a/b", state="directory")
    host.converge(file.MODULE, args)
    deep = arguments(file.MODULE, path=f"{home}/a", state="directory", recurse=True, mode="0300")
    _, outcome = host.apply(file.MODULE, deep)
    assert not outcome.failed
    assert stat.S_IMODE((home / "a" / "b").stat().st_mode) == 0o300
    with pytest.raises(ProbeError, match="cannot look below"):
        host.plan(file.MODULE, deep)
