"""`stat` and `slurp`: they look and change nothing."""

from __future__ import annotations

import base64
import getpass
import hashlib
import os
from pathlib import Path

import pytest

from deployer.modules import slurp, stat
from deployer.sdk import Refused
from tests.support.shell import arguments


def look(host, **given):
    lines, outcome = host.apply(stat.MODULE, arguments(stat.MODULE, **given))
    assert lines == []
    return outcome.values["stat"]


def test_a_file(host, tmp_path):
    path = tmp_path / "a b"
    path.write_text("text\n")
    path.chmod(0o4750)
    seen = look(host, path=str(path))
    real = path.stat()
    assert seen["exists"] is True
    assert seen["path"] == str(path)
    assert (seen["isreg"], seen["isdir"], seen["islnk"]) == (True, False, False)
    assert seen["mode"] == "4750"
    assert (seen["size"], seen["inode"], seen["dev"]) == (5, real.st_ino, real.st_dev)
    assert (seen["nlink"], seen["uid"], seen["gid"]) == (1, os.getuid(), os.getgid())
    assert (seen["mtime"], seen["ctime"]) == (int(real.st_mtime), int(real.st_ctime))
    assert (seen["rusr"], seen["xgrp"], seen["woth"], seen["isuid"]) == (True, True, False, True)
    assert seen["pw_name"] == getpass.getuser()
    assert seen["checksum"] == hashlib.sha1(b"text\n").hexdigest()
    assert seen["readable"] is True


def test_nothing(host, tmp_path):
    assert look(host, path=str(tmp_path / "none")) == {"exists": False}


def test_a_device(host):
    seen = look(host, path="/dev/null")
    assert (seen["ischr"], seen["device_type"]) == (True, Path("/dev/null").stat().st_rdev)
    assert "checksum" not in seen


def test_a_link_and_what_it_points_to(host, tmp_path):
    (tmp_path / "target").write_text("x")
    (tmp_path / "link").symlink_to("target")
    seen = look(host, path=str(tmp_path / "link"))
    assert seen["islnk"] is True
    assert seen["lnk_target"] == "target"
    assert seen["lnk_source"] == str(tmp_path / "target")
    followed = look(host, path=str(tmp_path / "link"), follow=True)
    assert followed["isreg"] is True
    (tmp_path / "target").unlink()
    assert look(host, path=str(tmp_path / "link"))["exists"] is True
    assert look(host, path=str(tmp_path / "link"), follow=True) == {"exists": False}


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
def test_checksums(host, tmp_path, algorithm):
    path = tmp_path / "f"
    path.write_bytes(b"\0\n" * 10)
    seen = look(host, path=str(path), checksum_algorithm=algorithm)
    assert seen["checksum"] == hashlib.new(algorithm, b"\0\n" * 10).hexdigest()
    assert "checksum" not in look(host, path=str(path), get_checksum=False)


def test_a_path_below_home(host, tmp_path):
    host.env = {"HOME": str(tmp_path)}
    (tmp_path / ".ssh").mkdir()
    assert look(host, path="~/.ssh")["path"] == str(tmp_path / ".ssh")


@pytest.mark.parametrize("name", ["f", "new\nline", "~"])
def test_slurp_brings_any_bytes(host, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(bytes(range(256)) * 3)
    lines, outcome = host.apply(slurp.MODULE, arguments(slurp.MODULE, src=str(path)))
    assert lines == []
    assert base64.b64decode(outcome.values["content"]) == bytes(range(256)) * 3
    assert outcome.values["encoding"] == "base64"
    assert outcome.values["source"] == str(path)


def test_slurp_of_what_is_no_file(host, tmp_path):
    for path, words in ((tmp_path, "is a directory"), (tmp_path / "none", "not found")):
        with pytest.raises(Refused, match=words):
            host.plan(slurp.MODULE, arguments(slurp.MODULE, path=str(path)))
