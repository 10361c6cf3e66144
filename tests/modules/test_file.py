"""`file`: each state, made and found made."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from deployer.modules import file
from deployer.sdk import Refused
from tests.support.shell import arguments


def bits(path):
    return stat.S_IMODE(path.lstat().st_mode)


def make(**given):
    return arguments(file.MODULE, **given)


def test_a_directory_is_made_with_its_parents(host, tmp_path):
    deep = tmp_path / "a" / "b c" / "d"
    lines, outcome = host.converge(
        file.MODULE, make(path=f"{deep}/", state="directory", mode="0750")
    )
    assert lines == [f"create directory {deep}: absent"]
    assert bits(tmp_path / "a") == bits(deep) == 0o750
    assert outcome.values["path"] == str(deep)
    assert outcome.values["state"] == "directory"
    assert outcome.values["mode"] == "0750"


def test_a_number_is_a_mode_as_yaml_reads_it(host, tmp_path):
    path = tmp_path / "d"
    host.converge(file.MODULE, make(path=str(path), state="directory", mode=0o755))
    assert bits(path) == 0o755


def test_a_new_directory_without_a_mode_has_the_umask(host, tmp_path):
    path = tmp_path / "d"
    host.converge(file.MODULE, make(path=str(path), state="directory", group=str(os.getgid())))
    assert bits(path) == 0o755


def test_set_id_bits_of_a_directory_are_set_and_cleared(host, tmp_path):
    path = tmp_path / "d"
    host.converge(file.MODULE, make(path=str(path), state="directory", mode="2775"))
    assert bits(path) == 0o2775
    host.converge(file.MODULE, make(path=str(path), state="directory", mode="0775"))
    assert bits(path) == 0o775


def test_a_directory_is_not_made_of_a_file(host, tmp_path):
    (tmp_path / "f").write_text("")
    with pytest.raises(Refused, match="already exists as a file"):
        host.plan(file.MODULE, make(path=str(tmp_path / "f"), state="directory"))


@pytest.mark.root
def test_owner_by_name_and_by_number(host, tmp_path):
    path = tmp_path / "d"
    lines, _ = host.converge(file.MODULE, make(path=str(path), state="directory", owner="daemon"))
    lines, outcome = host.converge(
        file.MODULE, make(path=str(path), state="directory", owner="0", group="daemon")
    )
    assert lines == [f"set attributes of {path}: owner 1 -> 0, group root -> daemon"]
    assert outcome.values["group"] == "daemon"
    assert path.stat().st_gid == 1
    _, outcome = host.converge(file.MODULE, make(path=str(path), owner=54321))
    assert (outcome.values["owner"], outcome.values["uid"]) == ("54321", 54321)


@pytest.mark.root
def test_an_owner_that_does_not_exist_is_planned_and_fails(host, tmp_path):
    path = tmp_path / "d"
    path.mkdir()
    lines, outcome = host.apply(file.MODULE, make(path=str(path), state="directory", owner="app-x"))
    assert lines == [f"set attributes of {path}: owner root -> app-x"]
    assert outcome.failed


@pytest.mark.root
def test_recursion_sets_what_differs(host, tmp_path):
    top = tmp_path / "top"
    (top / "sub").mkdir(parents=True)
    (top / "sub" / "run\nme").write_text("")
    (top / "sub" / "run\nme").chmod(0o700)
    (top / "data").write_text("")
    (top / "out").symlink_to("/etc/hostname")
    before = Path("/etc/hostname").stat().st_mode
    args = make(
        path=str(top), state="directory", recurse=True, mode="u=rwX,g=rX,o=", owner="daemon"
    )
    lines, outcome = host.converge(file.MODULE, args)
    assert (outcome.values["mode"], outcome.values["owner"]) == ("0750", "daemon")
    assert lines == [
        f"set attributes in {top}: owner root -> daemon, mode 0755 -> 0750, "
        "mode 0644 -> 0640, mode 0700 -> 0750",
    ]
    assert bits(top / "sub" / "run\nme") == 0o750
    assert bits(top / "data") == 0o640
    assert (top / "sub").stat().st_uid == 1
    assert Path("/etc/hostname").stat().st_mode == before


@pytest.mark.root
def test_recursion_into_closed_directories(host, tmp_path):
    (tmp_path / "top" / "sub").mkdir(parents=True)
    (tmp_path / "top" / "sub" / "f").write_text("")
    args = make(path=str(tmp_path / "top"), state="directory", recurse=True, mode="0400")
    host.converge(file.MODULE, args)
    assert bits(tmp_path / "top") == 0o400


def test_absent_removes_files_trees_and_links(host, tmp_path):
    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "link").symlink_to("d")
    (tmp_path / "-f").write_text("")
    for name, words in (("link", "link"), ("-f", "file"), ("d", "directory")):
        path = tmp_path / name
        lines, outcome = host.converge(file.MODULE, make(path=str(path), state="absent"))
        assert lines == [f"remove {words} {path}: exists"]
        assert outcome.values == {"path": str(path), "state": "absent"}
        assert (tmp_path / "d").exists() == (name != "d")
    assert host.plan(file.MODULE, make(path=str(tmp_path / "d"), state="absent")) == []


@pytest.mark.parametrize("path", ["/", "//", "/.", "/.."])
def test_the_root_is_not_removed(host, path):
    with pytest.raises(Refused, match="is not removed"):
        host.plan(file.MODULE, make(path=path, state="absent"))


def test_file_needs_a_file(host, tmp_path):
    with pytest.raises(Refused, match="is absent, cannot continue"):
        host.plan(file.MODULE, make(path=str(tmp_path / "f"), state="file"))
    with pytest.raises(Refused, match="is a directory, cannot continue"):
        host.plan(file.MODULE, make(path=str(tmp_path), state="file"))


def test_without_a_state_what_is_there_gets_the_attributes(host, tmp_path):
    (tmp_path / "f").write_text("")
    (tmp_path / "link").symlink_to("f")
    lines, _ = host.converge(file.MODULE, make(path=str(tmp_path / "link"), mode="a+x"))
    assert lines == [f"set attributes of {tmp_path}/link: mode 0644 -> 0755"]
    assert bits(tmp_path / "f") == 0o755
    host.converge(file.MODULE, make(path=str(tmp_path), mode="0711"))
    assert bits(tmp_path) == 0o711


def test_touch_makes_a_file_and_moves_its_times(host, tmp_path):
    path = tmp_path / "f"
    lines, outcome = host.apply(file.MODULE, make(path=str(path), state="touch", mode="0600"))
    assert lines == [f"create file {path}: absent"]
    assert bits(path) == 0o600
    assert outcome.values["dest"] == str(path)
    os.utime(path, (1, 1))
    lines, _ = host.apply(file.MODULE, make(path=str(path), state="touch"))
    assert lines == [f"touch file {path}: access time now, modification time now"]
    assert path.stat().st_mtime > 1e9
    assert path.stat().st_atime > 1e9


def test_touch_with_preserved_or_given_times_is_idempotent(host, tmp_path):
    path = tmp_path / "f"
    kept = {"access_time": "preserve", "modification_time": "preserve"}
    host.converge(file.MODULE, make(path=str(path), state="touch", **kept))
    os.utime(path, (5, 5))
    host.converge(file.MODULE, make(path=str(path), state="touch", **kept))
    assert path.stat().st_mtime == 5
    given = {"access_time": "preserve", "modification_time": "202401021504.05"}
    lines, _ = host.converge(file.MODULE, make(path=str(path), state="touch", **given))
    assert lines == [f"touch file {path}: modification time 202401021504.05"]
    assert path.stat().st_atime == 5
    with pytest.raises(Refused, match="not a time"):
        host.plan(file.MODULE, make(path=str(path), state="touch", access_time="noon"))


def test_a_link_is_made_moved_and_kept(host, tmp_path):
    link = tmp_path / "current"
    for release in ("r 1", "r2"):
        (tmp_path / release).mkdir()
        args = make(path=str(link), src=str(tmp_path / release), state="link")
        lines, outcome = host.converge(file.MODULE, args)
        assert str(link.readlink()) == str(tmp_path / release)
        assert outcome.values["dest"] == str(link)
        assert outcome.values["src"] == str(tmp_path / release)
        assert outcome.values["state"] == "link"
    assert lines == [f"create link {link} -> {tmp_path}/r2: points to {tmp_path}/r 1"]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["current", "r 1", "r2"]
    assert list((tmp_path / "r 1").iterdir()) == []


def test_a_relative_target_counts_from_the_link(host, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "target").write_text("")
    args = make(path=str(tmp_path / "sub" / "link"), src="target", state="link")
    host.converge(file.MODULE, args)
    assert str((tmp_path / "sub" / "link").readlink()) == "target"


@pytest.mark.root
def test_the_attributes_of_a_link_are_its_target_s(host, tmp_path):
    (tmp_path / "target").write_text("")
    args = make(path=str(tmp_path / "l"), src=str(tmp_path / "target"), state="link", mode="0600")
    host.converge(file.MODULE, args)
    assert bits(tmp_path / "target") == 0o600
    (tmp_path / "l").unlink()
    args = make(
        path=str(tmp_path / "l"),
        src=str(tmp_path / "target"),
        state="link",
        follow=False,
        owner="1",
    )
    _, outcome = host.converge(file.MODULE, args)
    assert (tmp_path / "l").lstat().st_uid == outcome.values["uid"] == 1
    assert (tmp_path / "target").stat().st_uid == 0


def test_force_makes_a_link_to_nothing_and_in_place_of_a_file(host, tmp_path):
    path = tmp_path / "l"
    with pytest.raises(Refused, match="src file does not exist"):
        host.plan(file.MODULE, make(path=str(path), src="/nonexistent", state="link"))
    host.converge(file.MODULE, make(path=str(path), src="/nonexistent", state="link", force=True))
    path.unlink()
    path.write_text("data")
    with pytest.raises(Refused, match="refusing to convert from file"):
        host.plan(file.MODULE, make(path=str(path), src="/etc", state="link"))
    host.converge(file.MODULE, make(path=str(path), src="/etc", state="link", force=True))
    assert str(path.readlink()) == "/etc"


def test_only_an_empty_directory_gives_way_to_a_link(host, tmp_path):
    path = tmp_path / "d"
    (path / ".hidden").mkdir(parents=True)
    args = make(path=str(path), src="/etc", state="link", force=True)
    with pytest.raises(Refused, match="is not empty"):
        host.plan(file.MODULE, args)
    (path / ".hidden").rmdir()
    host.converge(file.MODULE, args)
    assert str(path.readlink()) == "/etc"


def test_a_hard_link(host, tmp_path):
    source, path = tmp_path / "a", tmp_path / "b"
    source.write_text("x")
    args = make(path=str(path), src=str(source), state="hard")
    _, outcome = host.converge(file.MODULE, args)
    assert path.samefile(source)
    assert outcome.values["state"] == "hard"
    path.unlink()
    path.write_text("other")
    with pytest.raises(Refused, match="use force"):
        host.plan(file.MODULE, args)
    host.converge(file.MODULE, make(path=str(path), src=str(source), state="hard", force=True))
    assert path.samefile(source)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"recurse": True, "state": "touch"}, "recurse needs"),
        ({"src": "/etc", "state": "directory"}, "src needs"),
        ({"state": "link"}, "src is required"),
        ({"state": "hard"}, "src is required"),
        ({"state": "directory", "attributes": "+i"}, "not supported yet"),
    ],
)
def test_contradictions_are_refused(host, tmp_path, given, words):
    with pytest.raises(Refused, match=words):
        host.plan(file.MODULE, make(path=str(tmp_path / "x"), **given))
