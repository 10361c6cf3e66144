"""Files of the playbook that cannot be read: what, where, and exit code 65."""

from __future__ import annotations

import pytest

from deployer.cli.exits import Exit
from tests.support.inprocess import command

PLAY = "- hosts: all\n  gather_facts: false\n  tasks:\n    - include_tasks: part.yml\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hosts.ini").write_text("a ansible_connection=local\n")
    return tmp_path


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\x00\x01\x02\x03" * 100, "binary"),
        (b"- hosts: all # \xff\xfe\n", "UTF-8"),
        (b"", "no plays"),
        (b"\x7fELF" + bytes(200), "binary"),
    ],
)
def test_a_playbook_that_is_no_text(folder, content, word):
    (folder / "play.yml").write_bytes(content)
    seen = command("run", "play.yml", "-i", "hosts.ini")
    assert seen.code == Exit.BAD_INPUT
    assert word.lower() in seen.error.lower()
    assert "play.yml" in seen.error


def test_a_playbook_that_is_missing(folder):
    seen = command("run", "nowhere.yml", "-i", "hosts.ini")
    assert seen.code == Exit.BAD_INPUT
    assert "nowhere.yml" in seen.error


def test_a_playbook_that_is_a_directory(folder):
    (folder / "play.yml").mkdir()
    seen = command("run", "play.yml", "-i", "hosts.ini")
    assert seen.code == Exit.BAD_INPUT
    assert "directory" in seen.error


def test_a_task_file_that_is_binary_fails_its_task(folder):
    (folder / "play.yml").write_text(PLAY)
    (folder / "part.yml").write_bytes(b"\x00\x01" * 10)
    seen = command("run", "play.yml", "-i", "hosts.ini", "--output", "jsonl")
    assert seen.code == Exit.TASK_FAILED
    assert "binary" in seen.failures["a"][0]
    failed = [event for event in seen.events if event["event"] == "TaskFinished"]
    assert failed[0]["result"]["position"]["file"].endswith("part.yml")


def test_a_template_that_is_binary_fails_its_task(folder):
    (folder / "play.yml").write_text(
        PLAY.replace("include_tasks: part.yml", "template: {src: t, dest: ./made}")
    )
    (folder / "t").write_bytes(b"\xff\xfe\x00")
    seen = command("run", "play.yml", "-i", "hosts.ini", "--output", "jsonl")
    assert seen.code == Exit.TASK_FAILED
    assert "UTF-8" in seen.failures["a"][0]
    assert not (folder / "made").exists()


def test_everything_wrong_is_said_at_once(folder):
    (folder / "play.yml").write_text(
        "- hosts: all\n  tasks:\n    - debug: {msgg: 1}\n    - import_tasks: gone.yml\n"
        "- hosts: all\n  rolls: []\n"
    )
    seen = command("run", "play.yml", "-i", "hosts.ini")
    assert seen.code == Exit.BAD_INPUT
    for place in ("play.yml:4:", "play.yml:6:"):
        assert place in seen.error
