"""`lineinfile`: what Ansible's documentation says, and nothing is lost."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from deployer.modules import lineinfile
from deployer.sdk import Refused, Secret
from deployer.sdk.files.lines import LineEdit, ensure_absent, ensure_present, split_lines
from tests.support.shell import arguments


def make(path, **given):
    return arguments(lineinfile.MODULE, path=str(path), **given)


@pytest.mark.parametrize(
    ("before", "given", "after"),
    [
        ("a\nb\n", {"line": "c"}, "a\nb\nc\n"),
        ("a\nb", {"line": "c"}, "a\nb\nc\n"),
        ("a\nb\n", {"line": "a"}, "a\nb\n"),
        ("a", {"line": "a"}, "a\n"),
        ("x=1\nx=2\n", {"regexp": "^x=", "line": "x=3"}, "x=1\nx=3\n"),
        ("x=1\nx=2\n", {"regexp": "^x=", "line": "x=3", "first": True}, "x=3\nx=2\n"),
        (
            "#x=1\n",
            {"regexp": r"^#?x=(\d)", "line": r"x=\1 # was", "backrefs": True},
            "x=1 # was\n",
        ),
        ("y\n", {"regexp": "^x", "line": r"\1", "backrefs": True}, "y\n"),
        ("a.b\n", {"search_string": "a.b", "line": "c"}, "c\n"),
        ("axb\n", {"search_string": "a.b", "line": "c"}, "axb\nc\n"),
        ("[s]\na\n[s]\nb\n", {"after": r"^\[s\]", "line": "n"}, "[s]\na\n[s]\nn\nb\n"),
        ("[s]\na\n[s]\n", {"after": r"^\[s\]", "line": "n", "first": True}, "[s]\nn\na\n[s]\n"),
        ("a\n[s]", {"after": r"^\[s\]", "line": "n"}, "a\n[s]\nn\n"),
        ("a\nb\n", {"before": "^b", "line": "n"}, "a\nn\nb\n"),
        ("a\nb\n", {"before": "BOF", "line": "n"}, "n\na\nb\n"),
        ("a\nb\n", {"before": "^none", "line": "n"}, "a\nb\nn\n"),
        ("a\nb\n", {"after": "EOF", "line": "n"}, "a\nb\nn\n"),
        ("a\nb\n", {"regexp": "^a", "after": "^b", "line": "n"}, "n\nb\n"),
        ("", {"line": "a"}, "a\n"),
        ("a\r\nb\r\n", {"line": "c"}, "a\r\nb\r\nc\n"),
        ("\x0ca\x85b\n", {"regexp": "^b", "line": "c"}, "\x0ca\x85b\nc\n"),
    ],
)
def test_present(before, given, after):
    edit = LineEdit(**given)
    once = ensure_present(split_lines(before), edit)
    assert once.text == after
    assert bool(once.msg) == (before != after)
    if not given.get("backrefs"):
        assert ensure_present(split_lines(once.text), edit).msg == ""


@pytest.mark.parametrize(
    ("given", "after", "found"),
    [
        ({"line": "a"}, "ab\n", 2),
        ({"regexp": "^a"}, "", 3),
        ({"search_string": "b"}, "a\na\n", 1),
        ({"line": "z"}, "a\nab\na\n", 0),
    ],
)
def test_absent(given, after, found):
    result = ensure_absent(split_lines("a\nab\na\n"), LineEdit(**given))
    assert (result.text, result.found) == (after, found)
    assert result.msg == (f"{found} line(s) removed" if found else "")


def test_a_line_is_replaced_and_the_file_keeps_its_mode(host, tmp_path):
    path = tmp_path / "sshd config"
    path.write_bytes(b"Port 22\n#PermitRootLogin yes\n\0\xff")
    path.chmod(0o640)
    args = make(path, regexp="^#?PermitRootLogin", line="PermitRootLogin no", backup=True)
    before = path.read_bytes()
    lines, outcome = host.converge(lineinfile.MODULE, args)
    assert lines == [f"update file {path}: line replaced"]
    assert path.read_bytes() == before.replace(b"#PermitRootLogin yes", b"PermitRootLogin no")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert outcome.msg == "line replaced"
    assert Path(outcome.values["backup"]).read_bytes() == before


def test_lines_are_removed(host, tmp_path):
    path = tmp_path / "f"
    path.write_text("a\nb\na\n")
    _, outcome = host.converge(lineinfile.MODULE, make(path, state="absent", regexp="^a"))
    assert path.read_text() == "b\n"
    assert (outcome.values["found"], outcome.msg) == (2, "2 line(s) removed")
    _, outcome = host.converge(lineinfile.MODULE, make(tmp_path / "no", state="absent", line="a"))
    assert outcome.msg == "file not present"


def test_a_missing_file_is_made_only_if_asked(host, tmp_path):
    path = tmp_path / "new dir" / "f"
    with pytest.raises(Refused, match="does not exist"):
        host.plan(lineinfile.MODULE, make(path, line="a"))
    unmatched = make(path, line=r"\1", regexp="(x)", backrefs=True, create=True)
    assert host.plan(lineinfile.MODULE, unmatched) == []
    lines, outcome = host.converge(
        lineinfile.MODULE, make(path, line="a", create=True, mode="0600")
    )
    assert lines == [f"create file {path}: absent"]
    assert path.read_text() == "a\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert outcome.msg == "line added"


def test_a_link_is_followed(host, tmp_path):
    (tmp_path / "real").write_text("a\n")
    (tmp_path / "link").symlink_to("real")
    host.converge(lineinfile.MODULE, make(tmp_path / "link", line="b"))
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "a\nb\n"


def test_what_changed_meanwhile_is_not_lost(host, tmp_path):
    path = tmp_path / "f"
    path.write_text("a\n")
    planned = host.plan(lineinfile.MODULE, make(path, line="b"))
    path.write_text("a\nother\n")
    reply = host.run(planned[0].script)
    assert reply.code != 0
    assert "has changed since it was looked at" in reply.err
    assert path.read_text() == "a\nother\n"


def test_only_attributes_differ(host, tmp_path):
    path = tmp_path / "f"
    path.write_text("a\n")
    lines, outcome = host.converge(lineinfile.MODULE, make(path, line="a", mode="0600"))
    assert lines == [f"set attributes of {path}: mode 0644 -> 0600"]
    assert outcome.msg == "ownership, perms or SE linux context changed"


def test_a_big_file_is_refused(host, tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"x" * (1024 * 1024 + 1))
    with pytest.raises(Refused, match="bytes: more than"):
        host.plan(lineinfile.MODULE, make(path, line="a"))


def test_a_secret_line_is_in_no_diff(host, tmp_path):
    path = tmp_path / "f"
    path.write_text("a\n")
    args = lineinfile.Args(path=str(path), line=Secret("pw=hunter2-hunter2"), diff_mode=True)
    assert host.plan(lineinfile.MODULE, args)[0].diff is None
    host.converge(lineinfile.MODULE, args)
    assert path.read_text() == "a\npw=hunter2-hunter2\n"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "line is required"),
        ({"line": "a", "backrefs": True}, "regexp is required"),
        ({"line": "a", "insertafter": "b", "insertbefore": "c"}, "exclude each other"),
        ({"line": "a", "regexp": "b", "search_string": "c"}, "exclude each other"),
        ({"state": "absent"}, "one of line"),
        ({"line": "a", "regexp": "("}, "bad regular expression"),
        ({"line": r"\2", "regexp": "(a)", "backrefs": True}, "bad regular expression"),
    ],
)
def test_contradictions_are_refused(host, tmp_path, given, words):
    (tmp_path / "f").write_text("a\n")
    with pytest.raises(Refused, match=words):
        host.plan(lineinfile.MODULE, make(tmp_path / "f", **given))
