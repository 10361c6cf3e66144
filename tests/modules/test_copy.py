"""`copy`: what is written, what is left alone, what a plan says."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from deployer.model.script import LocalFile
from deployer.modules import copy
from deployer.sdk import LocalTree, Refused, Secret, TreeEntry
from tests.support.shell import arguments


def local(path):
    data = path.read_bytes()
    return LocalFile(str(path), len(data), hashlib.sha256(data).hexdigest(), path.stat().st_mode)


def bits(path):
    return stat.S_IMODE(path.lstat().st_mode)


def make(**given):
    return arguments(copy.MODULE, **given)


def test_content_is_written_with_its_mode(host, tmp_path):
    dest = tmp_path / "app.conf"
    args = make(content="port = 80\n", dest=str(dest), mode="0640")
    lines, outcome = host.converge(copy.MODULE, args)
    assert lines == [f"create file {dest}: absent"]
    assert dest.read_text() == "port = 80\n"
    assert bits(dest) == 0o640
    assert outcome.values["checksum"] == hashlib.sha1(b"port = 80\n").hexdigest()
    assert outcome.values["mode"] == "0640"
    assert outcome.values["size"] == 10
    assert outcome.values["uid"] == os.getuid()
    assert [entry.name for entry in tmp_path.iterdir()] == ["app.conf"]


def test_a_new_file_gets_the_umask_and_a_replaced_one_keeps_its_mode(host, tmp_path):
    dest = tmp_path / "f"
    host.converge(copy.MODULE, make(content="a", dest=str(dest)))
    assert bits(dest) == 0o644
    dest.chmod(0o4711)
    lines, _ = host.converge(copy.MODULE, make(content="b", dest=str(dest)))
    assert lines == [f"update file {dest}: content differs"]
    assert bits(dest) == 0o4711


def test_only_attributes_differ(host, tmp_path):
    dest = tmp_path / "f"
    dest.write_text("same")
    dest.chmod(0o600)
    inode = dest.stat().st_ino
    lines, _ = host.converge(copy.MODULE, make(content="same", dest=str(dest), mode="u=rw,go=r"))
    assert lines == [f"set attributes of {dest}: mode 0600 -> 0644"]
    assert dest.stat().st_ino == inode


@pytest.mark.parametrize(
    "name", ["a b", "it's", "-rf", "new\nline", "$(reboot)", "ü", "a\\b", "%s"]
)
def test_any_name_can_be_written(host, tmp_path, name):
    dest = tmp_path / name
    args = make(content=f"for {name}", dest=str(dest), backup=True, validate="test -s %s")
    host.converge(copy.MODULE, args)
    assert dest.read_text() == f"for {name}"


def test_a_mapping_becomes_json(host, tmp_path):
    dest = tmp_path / "daemon.json"
    host.converge(copy.MODULE, make(content={"debug": True}, dest=str(dest)))
    assert dest.read_text() == '{"debug": true}'


def test_a_file_goes_into_a_directory_under_its_name(host, tmp_path):
    src = tmp_path / "tool.sh"
    src.write_bytes(b"#!/bin/sh\n\0")
    src.chmod(0o755)
    (tmp_path / "bin").mkdir()
    args = make(src=local(src), dest=str(tmp_path / "bin"), mode="preserve")
    _, outcome = host.converge(copy.MODULE, args)
    written = tmp_path / "bin" / "tool.sh"
    assert written.read_bytes() == b"#!/bin/sh\n\0"
    assert bits(written) == 0o755
    assert outcome.values["dest"] == str(written)
    assert outcome.values["src"] == str(src)


def test_a_slash_at_the_end_makes_the_directory(host, tmp_path):
    src = tmp_path / "a.txt"
    src.write_text("a")
    dest = tmp_path / "new" / "deep"
    args = make(src=local(src), dest=f"{dest}/", directory_mode="0750", mode="0600")
    lines, _ = host.converge(copy.MODULE, args)
    assert lines == [f"create directory {dest}: absent", f"create file {dest}/a.txt: absent"]
    assert bits(dest) == bits(tmp_path / "new") == 0o750
    assert bits(dest / "a.txt") == 0o600


def test_a_missing_directory_fails_and_says_so(host, tmp_path):
    args = make(content="x", dest=str(tmp_path / "no" / "file"))
    lines, outcome = host.apply(copy.MODULE, args)
    assert lines == [f"create file {tmp_path}/no/file: absent"]
    assert outcome.failed
    assert f"the directory {tmp_path}/no/ does not exist" in outcome.msg


def test_validation_protects_the_file(host, tmp_path):
    dest = tmp_path / "sudoers"
    dest.write_text("good")
    args = make(content="bad", dest=str(dest), validate="grep -q good %s")
    _, outcome = host.apply(copy.MODULE, args)
    assert outcome.failed
    assert "failed to validate" in outcome.msg
    assert dest.read_text() == "good"
    assert [entry.name for entry in tmp_path.iterdir()] == ["sudoers"]


def test_validate_needs_a_place_for_the_file(host, tmp_path):
    args = make(content="x", dest=str(tmp_path / "f"), validate="true")
    with pytest.raises(Refused, match="validate must contain %s"):
        host.plan(copy.MODULE, args)


def test_backup_keeps_what_was_there(host, tmp_path):
    dest = tmp_path / "f"
    dest.write_text("old")
    _, outcome = host.converge(copy.MODULE, make(content="new", dest=str(dest), backup=True))
    kept = outcome.values["backup_file"]
    assert kept.startswith(f"{dest}.")
    assert kept.endswith("~")
    assert Path(kept).read_text() == "old"


def test_without_force_what_exists_stays(host, tmp_path):
    dest = tmp_path / "f"
    host.converge(copy.MODULE, make(content="first", dest=str(dest), force=False))
    host.converge(copy.MODULE, make(content="second", dest=str(dest), force=False, mode="0600"))
    assert dest.read_text() == "first"
    assert bits(dest) == 0o644


def test_a_file_that_appears_meanwhile_is_not_overwritten_without_force(host, tmp_path):
    dest = tmp_path / "f"
    args = make(content="mine", dest=str(dest), force=False)
    planned = host.plan(copy.MODULE, args)
    dest.write_text("theirs")
    reply = host.run(planned[0].script)
    assert reply.code != 0
    assert "has appeared meanwhile" in reply.err
    assert dest.read_text() == "theirs"


def test_a_link_is_replaced_or_followed(host, tmp_path):
    target, dest = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    dest.symlink_to("target")
    lines, _ = host.converge(copy.MODULE, make(content="new", dest=str(dest), follow=True))
    assert lines == [f"update file {dest}: content differs"]
    assert dest.is_symlink()
    assert target.read_text() == "new"
    lines, _ = host.converge(copy.MODULE, make(content="other", dest=str(dest)))
    assert lines == [f"replace file {dest}: is a link"]
    assert not dest.is_symlink()
    assert target.read_text() == "new"


def test_home_and_variables_are_expanded_on_the_host(host, tmp_path):
    host.env = {"HOME": str(tmp_path), "NAME": "conf"}
    _, outcome = host.converge(copy.MODULE, make(content="x", dest="~/${NAME}.d-$NAME"))
    assert (tmp_path / "conf.d-conf").read_text() == "x"
    assert outcome.values["dest"] == str(tmp_path / "conf.d-conf")


def test_a_secret_is_written_and_not_shown(host, tmp_path):
    dest = tmp_path / "key"
    secret = Secret("hunter2-hunter2")
    args = copy.Args(content=secret, dest=str(dest), mode="0600", diff_mode=True)
    planned = host.plan(copy.MODULE, args)
    assert planned[0].script.sensitive
    assert planned[0].diff is None
    host.converge(copy.MODULE, args)
    assert dest.read_text() == "hunter2-hunter2"


def test_a_diff_shows_before_and_after(host, tmp_path):
    dest = tmp_path / "f"
    dest.write_text("a\n")
    args = copy.Args(content="b\n", dest=str(dest), diff_mode=True)
    change = host.plan(copy.MODULE, args)[0]
    assert (change.diff.before, change.diff.after) == ("a\n", "b\n")


def test_the_probe_of_an_equal_file_brings_no_content(host, tmp_path):
    dest = tmp_path / "f"
    dest.write_text("a\n" * 1000)
    args = copy.Args(content="a\n" * 1000, dest=str(dest), diff_mode=True)
    assert len(host.run(copy.MODULE.probe(args)).stdout) < 200


def test_a_wrong_checksum_is_refused(host, tmp_path):
    args = make(content="x", dest=str(tmp_path / "f"), checksum="0" * 40)
    with pytest.raises(Refused, match="expected checksum"):
        host.plan(copy.MODULE, args)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"dest": "/x"}, "one of src and content"),
        ({"dest": "/x/", "content": "a"}, "ends with a slash"),
        ({"dest": "/x", "content": "a", "mode": "rwx"}, "bad symbolic mode"),
        ({"dest": "/x", "content": "a", "mode": 9999}, "out of range"),
        ({"dest": "/x", "content": "a", "setype": "etc_t"}, "not supported yet"),
    ],
)
def test_contradictions_are_refused(host, given, words):
    with pytest.raises(Refused, match=words):
        host.plan(copy.MODULE, make(**given))


def test_remote_file(host, tmp_path):
    src, dest = tmp_path / "src", tmp_path / "dest"
    src.write_bytes(bytes(range(256)))
    src.chmod(0o750)
    args = make(src=str(src), dest=str(dest), remote_src=True, mode="preserve")
    host.converge(copy.MODULE, args)
    assert dest.read_bytes() == src.read_bytes()
    assert bits(dest) == 0o750
    with pytest.raises(Refused, match="not found"):
        host.plan(copy.MODULE, make(src="/nonexistent/x", dest=str(dest), remote_src=True))


def test_remote_tree(host, tmp_path):
    src, dest = tmp_path / "src", tmp_path / "dest"
    (src / "sub" / "deep").mkdir(parents=True)
    (src / "sub" / "deep" / "f\n1").write_text("1")
    (src / ".hidden").write_text("2")
    (src / "link").symlink_to(".hidden")
    args = make(src=f"{src}/", dest=str(dest), remote_src=True, mode="u=rwX,go=", owner=os.getuid())
    host.converge(copy.MODULE, args)
    assert (dest / "sub" / "deep" / "f\n1").read_text() == "1"
    assert str((dest / "link").readlink()) == ".hidden"
    assert bits(dest / ".hidden") == 0o600
    (src / ".hidden").write_text("3")
    lines, _ = host.converge(copy.MODULE, args)
    assert lines == [f"copy 1 of 5 entries to {dest}: from {src}/"]


@pytest.fixture
def closed(tmp_path):
    """A source on the host with a closed directory and a link to it."""
    src = tmp_path / "src"
    (src / "closed").mkdir(parents=True)
    (src / "closed" / "tool").write_text("1")
    (src / "closed" / "tool").chmod(0o775)
    (src / "closed").chmod(0o700)
    (src / "way").symlink_to("closed")
    src.chmod(0o750)
    return src


def test_a_remote_tree_keeps_its_modes(host, tmp_path, closed):
    host.converge(copy.MODULE, make(src=f"{closed}/", dest=f"{tmp_path}/up/to", remote_src=True))
    there = tmp_path / "up" / "to"
    assert [bits(there), bits(there / "closed")] == [0o750, 0o700]
    assert bits(there / "closed" / "tool") == 0o775
    assert bits(tmp_path / "up") == 0o755


def test_a_mode_does_not_reach_through_a_copied_link(host, tmp_path, closed):
    dest = tmp_path / "to"
    args = make(src=f"{closed}/", dest=str(dest), remote_src=True, mode="0640")
    host.converge(copy.MODULE, args)
    assert [bits(dest / "closed"), bits(dest / "closed" / "tool")] == [0o700, 0o640]
    (dest / "closed" / "tool").unlink()
    (dest / "closed" / "tool").symlink_to("/nonexistent")
    host.converge(copy.MODULE, args)
    assert bits(dest / "closed" / "tool") == 0o640


@pytest.mark.parametrize("remote", [False, True])
def test_a_tree_keeps_what_it_replaces(host, tmp_path, site, remote):
    dest = tmp_path / "srv"
    (dest / "css").mkdir(parents=True)
    (dest / "css" / "a b.css").write_text("mine")
    (dest / "css" / "a b.css").chmod(0o600)
    src = f"{site}/" if remote else tree(site, contents_only=True)
    host.converge(copy.MODULE, make(src=src, dest=str(dest), backup=True, remote_src=remote))
    assert (dest / "css" / "a b.css").read_text() == "x" * 5000
    (kept,) = (dest / "css").glob("a b.css.*~")
    assert (kept.read_text(), bits(kept)) == ("mine", 0o600)
    assert not list(dest.glob("*~"))


@pytest.mark.parametrize("given", [{"validate": "true %s"}, {"checksum": "0" * 40}])
def test_a_tree_refuses_what_is_for_files(host, tmp_path, site, given):
    for src, remote in [(tree(site), False), (str(site), True)]:
        args = make(src=src, dest=f"{tmp_path}/srv", remote_src=remote, **given)
        with pytest.raises(Refused, match="for a single file"):
            host.plan(copy.MODULE, args)


def test_the_checksum_of_a_remote_file_counts(host, tmp_path):
    src, dest = tmp_path / "src", tmp_path / "dest"
    src.write_text("hello")
    right = hashlib.sha1(b"hello").hexdigest()
    with pytest.raises(Refused, match="expected checksum"):
        host.plan(
            copy.MODULE, make(src=str(src), dest=str(dest), remote_src=True, checksum="0" * 40)
        )
    _, outcome = host.converge(
        copy.MODULE, make(src=str(src), dest=str(dest), remote_src=True, checksum=right.upper())
    )
    assert dest.read_text() == "hello"
    assert outcome.values["checksum"] == right


def tree(root, contents_only=False):
    entries = []
    for path in sorted(root.rglob("*")):
        name, mode = str(path.relative_to(root)), path.lstat().st_mode & 0o7777
        if path.is_symlink():
            entries.append(TreeEntry(name, "link", mode, target=str(path.readlink())))
        elif path.is_dir():
            entries.append(TreeEntry(name, "directory", mode))
        else:
            entries.append(TreeEntry(name, "file", mode, local(path)))
    return LocalTree(str(root), tuple(entries), contents_only)


@pytest.fixture
def site(tmp_path):
    root = tmp_path / "site"
    (root / "css" / "empty").mkdir(parents=True)
    (root / "index.html").write_text("<html>")
    (root / "css" / "a b.css").write_text("x" * 5000)
    (root / "css" / "it's\n$(new)").write_text("")
    (root / ("long" * 40)).write_text("l")
    (root / "latest").symlink_to("index.html")
    (root / "run").write_text("#!/bin/sh")
    (root / "run").chmod(0o755)
    return root


def test_a_tree_arrives_under_its_name(host, tmp_path, site):
    dest = tmp_path / "srv"
    args = make(src=tree(site), dest=str(dest), mode="preserve")
    lines, _ = host.converge(copy.MODULE, args)
    assert len(lines) == 1
    assert lines[0].startswith(f"copy 6 of 6 files to {dest}: absent; site absent; ")
    there = dest / "site"
    assert (there / "css" / "a b.css").read_text() == "x" * 5000
    assert (there / "css" / "it's\n$(new)").read_text() == ""
    assert (there / ("long" * 40)).read_text() == "l"
    assert str((there / "latest").readlink()) == "index.html"
    assert (there / "css" / "empty").is_dir()
    assert bits(there / "run") == 0o755
    assert bits(there / "index.html") == 0o644
    assert sorted(entry.name for entry in dest.iterdir()) == ["site"]


def test_only_what_differs_of_a_tree_is_sent(host, tmp_path, site):
    dest = tmp_path / "srv"
    args = make(src=tree(site, contents_only=True), dest=str(dest), mode="0640")
    host.converge(copy.MODULE, args)
    (dest / "other").write_text("not ours")
    (dest / "index.html").write_text("changed")
    (dest / "css" / "a b.css").chmod(0o600)
    kept = (dest / "run").stat().st_ino
    lines, _ = host.converge(copy.MODULE, args)
    assert len(lines) == 1
    assert lines[0].startswith(f"copy 1 of 6 files to {dest}: ")
    assert "css/a b.css mode 0600 -> 0640" in lines[0]
    assert "index.html differs" in lines[0]
    assert (dest / "index.html").read_text() == "<html>"
    assert (dest / "other").read_text() == "not ours"
    assert (dest / "run").stat().st_ino == kept


def test_a_tree_does_not_replace_a_directory_by_a_file(host, tmp_path, site):
    dest = tmp_path / "srv"
    (dest / "index.html").mkdir(parents=True)
    with pytest.raises(Refused, match="is a directory, not a file"):
        host.plan(copy.MODULE, make(src=tree(site, contents_only=True), dest=str(dest)))


def test_a_tree_costs_one_look_and_one_apply(host, tmp_path, site):
    args = make(src=tree(site), dest=str(tmp_path / "srv"))
    assert len(copy.MODULE.probe(args).calls) == 1
    (tmp_path / "srv").mkdir()
    change = host.plan(copy.MODULE, args)
    assert len(change) == 1
    assert len(change[0].script.calls) == 1
