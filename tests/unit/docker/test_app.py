"""The files of a compose app: what differs, what goes over, what is remembered."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from deployer.docker.app_files import (
    AppFile,
    OnHost,
    app_files,
    manifest_text,
    mounted,
    plan_files,
    read_manifest,
)
from deployer.docker.app_scripts import CLEAR, CONTENTS, MANIFEST, MARK, SEAL
from deployer.model.script import LocalFile
from deployer.modules.compose_app import _unindented
from deployer.sdk import Refused, Rendered, RenderedTree, Secret
from deployer.sdk.files import FileState
from tests.support.shell import SHELLS, payload, run


def wanted(path: str, text: str = "new\n", mode: int = 0o644) -> AppFile:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return AppFile(path, digest, mode, text)


def there(**states: FileState) -> OnHost:
    return OnHost("directory", {name.replace("_", "."): state for name, state in states.items()})


def file(text: str, mode: int = 0o644) -> FileState:
    return FileState("x", "file", mode=mode, sha256=hashlib.sha256(text.encode()).hexdigest())


def planned(files, host, *, show=False):
    return plan_files("/opt/app", files, host, show=show)


def lines(plan):
    return [str(change) for change in plan.changes]


def test_what_is_as_it_shall_be_is_not_sent():
    one = wanted("a.yml")
    host = OnHost("directory", {"a.yml": file("new\n")}, {"a.yml": one.sum})
    plan = planned([one], host)
    assert (plan.send, plan.changes, plan.stale) == ((), (), frozenset())


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (FileState("a.yml"), "create file /opt/app/a.yml: absent"),
        (file("old\n"), "update file /opt/app/a.yml: content differs"),
        (file("new\n", 0o600), "update file /opt/app/a.yml: mode 0600 instead of 0644"),
        (FileState("a.yml", "link"), "create file /opt/app/a.yml: is a link"),
    ],
)
def test_causes(state, line):
    plan = planned([wanted("a.yml")], there(a_yml=state))
    assert lines(plan) == [line]
    assert plan.stale == {"a.yml"}


def test_a_directory_in_the_place_of_a_file_is_refused():
    with pytest.raises(Refused, match="is a directory, not a file"):
        planned([wanted("a.yml")], there(a_yml=FileState("a.yml", "directory")))


def test_what_was_ours_and_is_not_wanted_goes():
    host = OnHost("directory", {"a.yml": file("new\n")}, {"a.yml": wanted("a.yml").sum, "old": "1"})
    plan = planned([wanted("a.yml")], host)
    assert lines(plan) == ["remove file /opt/app/old: not in `src` any more"]
    assert plan.gone == ("old",)


def test_a_file_that_has_not_been_brought_up_is_stale():
    one = wanted("a.yml")
    host = OnHost("directory", {"a.yml": file("new\n")}, {"a.yml": "pending"})
    plan = planned([one], host)
    assert (plan.changes, plan.stale) == ((), {"a.yml"})


def test_the_parcel_holds_what_differs_and_what_is_pending(tmp_path: Path):
    script = tmp_path / "run.sh"
    script.write_text("#!/bin/sh\n")
    digest = hashlib.sha256(script.read_bytes()).hexdigest()
    local = LocalFile(str(script), script.stat().st_size, digest, 0o755)
    tree = RenderedTree(
        "/src",
        (
            ("a.yml", Rendered("new\n", "/src/a.yml.j2")),
            ("bin/run.sh", local),
            ("same", Rendered("s", "/src/same")),
        ),
    )
    host = OnHost("directory", {"same": file("s")}, {"same": wanted("s", "s").sum, "gone": "7"})
    plan = planned(app_files(tree, 0o600), host)
    with tarfile.open(fileobj=io.BytesIO(payload(plan.parcel(host.manifest)))) as tar:
        modes = [(entry.name, oct(entry.mode)) for entry in tar]
        held = {entry.name: tar.extractfile(entry).read() for entry in tar.getmembers()}
    assert modes == [
        (f"./{MANIFEST}", "0o600"),
        ("./a.yml", "0o644"),
        ("./bin/run.sh", "0o755"),
    ]
    assert held["./bin/run.sh"] == b"#!/bin/sh\n"
    manifest = read_manifest(held[f"./{MANIFEST}"].decode())
    assert manifest == {
        "a.yml": "pending",
        "bin/run.sh": "pending",
        "gone": "7",
        "same": wanted("s", "s").sum,
    }


def test_a_secret_is_private_and_has_no_diff():
    tree = RenderedTree("/src", (("web.env", Rendered(Secret("TOKEN=planted"), "/s", 0o644)),))
    (one,) = app_files(tree, 0o600)
    plan = planned([one], there(), show=True)
    assert one.mode == 0o600
    assert plan.changes[0].diff is None
    assert "planted" not in repr(plan)


@pytest.mark.parametrize("name", ["two\nlines", MANIFEST])
def test_names_that_cannot_be(name):
    with pytest.raises(Refused, match="cannot be the name"):
        app_files(RenderedTree("/src", ((name, Rendered("", "/s")),)), 0o600)


def test_a_container_sees_a_file_by_itself_or_by_a_directory_above():
    paths = ["site/a", "site/b/c", "siteness", "web.env"]
    assert mounted(paths, ["/opt/app/site"], "/opt/app") == ["site/a", "site/b/c"]
    assert mounted(paths, ["/opt/app/web.env", "/var/lib"], "/opt/app") == ["web.env"]
    assert mounted(paths, ["/opt/app/"], "/opt/app") == sorted(paths)


def test_manifests_are_read_back():
    lines_ = {"a b": "1", "c": "pending"}
    assert read_manifest(manifest_text(lines_).decode()) == lines_


@pytest.mark.parametrize("shell", SHELLS, ids=["dash", "busybox"])
@pytest.mark.parametrize("text", ["", "a", "a\n", " a\n\n", "@list\n!1 x\n"])
def test_contents_arrive_as_they_are(tmp_path: Path, shell, text):
    (tmp_path / "f").write_text(text)
    reply = run(CONTENTS(str(tmp_path), MANIFEST, MARK, "100", "0", "f"), shell)
    _, _, body = reply.out.partition("@content f\n")
    assert _unindented(body) == text


@pytest.mark.parametrize("shell", SHELLS, ids=["dash", "busybox"])
def test_big_and_equal_files_are_not_shown(tmp_path: Path, shell):
    (tmp_path / "big").write_text("x" * 101)
    (tmp_path / "same").write_text("same")
    digest = hashlib.sha256(b"same").hexdigest()
    words = ("0", "big", digest, "same", "0", "absent")
    reply = run(CONTENTS(str(tmp_path), MANIFEST, MARK, "100", *words), shell)
    assert "@content" not in reply.out


@pytest.mark.parametrize("shell", SHELLS, ids=["dash", "busybox"])
def test_what_is_sealed_and_cleared(tmp_path: Path, shell):
    app = tmp_path / "app"
    (app / "site/deep").mkdir(parents=True)
    (app / "site/deep/ours").write_text("")
    (app / "theirs").write_text("")
    assert run(SEAL(str(app), MANIFEST, stdin=b"1 site/deep/ours\n"), shell).ok
    assert (app / MANIFEST).read_text() == "1 site/deep/ours\n"
    assert run(CLEAR(str(app), "site/deep/ours", MANIFEST), shell).ok
    assert [path.name for path in app.iterdir()] == ["theirs"]
    (app / "theirs").unlink()
    assert run(CLEAR(str(app), "site/deep/ours", MANIFEST), shell).ok
    assert not app.exists()
