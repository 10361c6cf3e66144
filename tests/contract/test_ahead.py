"""What an exchange finds out ahead for all its probes changes nothing but their cost."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from deployer.model.script import Batch, Script
from deployer.sdk.files.look import look
from tests.contract.conftest import Place


def _subjects(folder: Path) -> list[Path]:
    """One of every kind of thing that can be at a path, and some that are not there."""
    names = ["file", "empty", "a space", "new\nline", "back\\slash", "h", "-dash", "|bar|", "star*"]
    for name in names:
        (folder / name).write_text("" if name == "empty" else name * 3)
    (folder / "directory").mkdir()
    (folder / "link").symlink_to(folder / "file")
    (folder / "to-directory").symlink_to("directory")
    (folder / "dangling").symlink_to("nowhere")
    os.mkfifo(folder / "fifo")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(folder / "socket"))
    listening.close()
    others = ["directory", "link", "to-directory", "dangling", "fifo", "socket", "missing"]
    return [folder / name for name in (*names, *others)] + [Path("/dev/null"), folder / "file/no"]


def _probes(paths: list[Path]) -> list[Script]:
    made = []
    for path in map(str, paths):
        made += [
            look(path),
            look(path, sha256=True, umask=True),
            look(path, sha256=True, follow=True, limit=1000),
            look(path, sha256=True, name="file"),
            look(path, times=True),
        ]
    return made


def test_probes_together_say_what_each_alone_says(place: Place, tmp_path: Path) -> None:
    probes = _probes(_subjects(tmp_path))
    together = place.exchange(Batch(probes=tuple(probes))).probes
    alone = [place.probe(probe) for probe in probes]
    assert [reply.stdout for reply in together] == [reply.stdout for reply in alone]
    assert [reply.code for reply in together] == [reply.code for reply in alone]


def test_what_was_found_ahead_is_forgotten(place: Place, tmp_path: Path) -> None:
    paths = [tmp_path / "one", tmp_path / "two"]
    for path in paths:
        path.write_text("before")
    probes = tuple(look(str(path), sha256=True) for path in paths)
    before = place.exchange(Batch(probes=probes)).probes
    paths[0].write_text("after it")
    again = place.probe(probes[0])
    assert again.stdout != before[0].stdout
    assert place.exchange(Batch(probes=probes)).probes[0].stdout == again.stdout
