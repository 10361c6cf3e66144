"""The parts of the lab that need no hosts."""

from __future__ import annotations

import ipaddress
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from lab.cgroups import Hierarchy
from lab.errors import LabError

from lab import cache, cgroups, layout, mirror, network

STANZA = """
Types: deb
# a comment
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/x.gpg

Types: deb-src
URIs: http://source.example/debian
Suites: bookworm
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: trixie
Components: main
"""
ONE_LINE = """
# deb http://comment.example/debian trixie main
deb [arch=amd64 trusted=yes] http://mirror.example/debian trixie main contrib
deb http://other.example/thing trixie-pgdg main
deb-src http://source.example/debian trixie main
"""


def test_stanzas_name_the_mirror():
    assert list(mirror.stanza_sources(STANZA)) == [
        mirror.Mirror("http://mirror.example/debian", trusted=False)
    ]


def test_lines_name_the_mirror():
    assert list(mirror.one_line_sources(ONE_LINE)) == [
        mirror.Mirror("http://mirror.example/debian", trusted=True)
    ]


def test_without_a_debian_mirror_the_error_says_what_to_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DEPLOY_LAB_MIRROR", raising=False)
    monkeypatch.setattr(mirror, "sources", lambda: iter([mirror.Mirror("http://a/ubuntu", False)]))
    with pytest.raises(LabError, match="DEPLOY_LAB_MIRROR"):
        mirror.find_mirror()
    monkeypatch.setenv("DEPLOY_LAB_MIRROR", "http://b/debian/")
    assert mirror.find_mirror() == mirror.Mirror("http://b/debian", trusted=False)


def test_names_fit_into_what_the_kernel_allows():
    for name in ("a", "x" * 31):
        assert len(layout.Layout(name).link) <= 15
    for bad in ("", "-a", "A", "a/b", "a.b", "x" * 32):
        with pytest.raises(LabError):
            layout.Layout(bad)


def test_two_checkouts_have_two_labs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DEPLOY_LAB", raising=False)
    first, second = Path("/a/My Project"), Path("/b/My Project")
    assert layout.default_name(first) != layout.default_name(second)
    assert layout.default_name(first) == layout.default_name(first)
    layout.Layout(layout.default_name(first))
    monkeypatch.setenv("DEPLOY_LAB", "chosen")
    assert layout.default_name(first) == "chosen"


def test_a_lab_avoids_addresses_in_use(monkeypatch: pytest.MonkeyPatch):
    one = layout.Layout("one")
    monkeypatch.setattr(network, "networks_in_use", list)
    wished = network.free_network(one)
    taken = [ipaddress.IPv4Network(f"{wished}.0/24")]
    monkeypatch.setattr(network, "networks_in_use", lambda: taken)
    other = network.free_network(one)
    assert other != wished
    taken.append(ipaddress.IPv4Network("10.0.0.0/8"))
    with pytest.raises(LabError, match="no free"):
        network.free_network(one)


def test_two_builders_build_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cache, "CACHE", tmp_path)
    monkeypatch.setattr(cache, "LOCKS", tmp_path / "locks")
    built: list[Path] = []
    both = threading.Barrier(2)

    def build(out: Path) -> None:
        built.append(out)
        (out / "thing").write_text("made")

    def ensure() -> None:
        both.wait()
        cache.ensure(cache.Recipe("x", (), (), build))

    threads = [threading.Thread(target=ensure) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert [path.read_text() for path in tmp_path.glob("x-*/thing")] == ["made"]


def test_what_a_failed_build_left_is_never_taken_for_the_thing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cache, "CACHE", tmp_path)
    monkeypatch.setattr(cache, "LOCKS", tmp_path / "locks")

    def fail(out: Path) -> None:
        (out / "half").touch()
        raise LabError("no")

    with pytest.raises(LabError):
        cache.ensure(cache.Recipe("x", (), (), fail))
    done = cache.ensure(cache.Recipe("x", (), (), lambda out: (out / "whole").touch()))
    assert [path.name for path in done.iterdir()] == ["whole"]


def test_a_recipes_key_follows_its_sources(tmp_path: Path):
    source = tmp_path / "packages"
    source.write_text("one\n")
    recipe = cache.Recipe("x", (source,), ("parent",), lambda _: None)
    before = recipe.key
    assert recipe.key == before
    source.write_text("two\n")
    changed = recipe.key
    source.chmod(0o755)
    assert len({before, changed, recipe.key}) == 3


OLD = [Hierarchy(Path("/c/cpu"), unified=False), Hierarchy(Path("/c/unified"), unified=True)]
NEW = [Hierarchy(Path("/c"), unified=True)]


@pytest.mark.parametrize(
    ("machine", "unified_only", "names"),
    [(OLD, False, ["cpu", "-"]), (OLD, True, ["-", "."]), (NEW, False, ["."]), (NEW, True, ["."])],
)
def test_which_control_groups_a_host_sees(
    machine: list[Hierarchy], unified_only: bool, names: list[str]
):
    assert [cgroups.name_inside(one, machine, unified_only) for one in machine] == names


def test_a_purge_spares_what_is_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    root = tmp_path / "cache"
    monkeypatch.setattr(cache, "CACHE", root)
    monkeypatch.setattr(cache, "LOCKS", root / "locks")
    for name in ("base-1", "base-2", "base-3.unfinished", "locks"):
        (root / name).mkdir(parents=True)
    cache.purge({"base-2"})
    assert sorted(path.name for path in root.iterdir()) == ["base-2", "locks"]
    cache.purge(set())
    assert not root.exists()


SCRIPTS = sorted(
    path
    for path in layout.SOURCES.rglob("*")
    if path.is_file() and path.read_bytes().startswith((b"#!/bin/sh", b"# shellcheck"))
)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shell_scripts_pass_shellcheck(script: Path):
    # The checker may be one of the environment's own programs, which need not be on the path.
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["shellcheck", script],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
