"""What a plan says of tasks that build on changes which it does not make (law 4)."""

import json

import pytest

from tests.support.inprocess import command

OLD = {"file": {"path": "{{ here }}/old", "state": "absent"}}
NEW = {"file": {"path": "{{ here }}/new", "state": "directory"}}
LINK = {"src": "{{ here }}/new", "path": "{{ here }}/now", "state": "link"}
INSIDE = {"copy": {"content": "x", "dest": "{{ here }}/old/file"}}
ABOVE = {"command": {"cmd": "true", "chdir": "{{ here }}"}}


def gated(**gate):
    return {"command": {**ABOVE["command"], **gate}}


@pytest.mark.parametrize(
    ("tasks", "said", "done"),
    [
        pytest.param(
            [OLD, {"file": {"path": "{{ here }}/old", "state": "directory"}}, INSIDE],
            ["change", "maybe", "maybe"],
            ["changed", "changed", "changed"],
            id="what lies in a directory that goes",
        ),
        pytest.param(
            [OLD, {"file": {"path": "{{ here }}/old/file", "state": "absent"}}],
            ["change", "maybe"],
            ["changed", "ok"],
            id="removed with its directory",
        ),
        pytest.param([NEW, NEW], ["change", "maybe"], ["changed", "ok"], id="created twice"),
        pytest.param([OLD, OLD], ["change", "maybe"], ["changed", "ok"], id="removed twice"),
        pytest.param(
            [
                NEW,
                {"file": {**LINK, "force": True}},
                {"copy": {"content": "x", "dest": "{{ here }}/new/file"}},
            ],
            ["change", "change", "change"],
            ["changed", "changed", "changed"],
            id="what is made in and of something new is sure",
        ),
        pytest.param(
            [OLD, gated(creates="old"), gated(creates="{{ here }}/old/file")],
            ["change", "maybe", "maybe"],
            ["changed", "changed", "changed"],
            id="commands that create what goes",
        ),
        pytest.param(
            [NEW, gated(removes="{{ here }}/n*"), gated(creates="new"), gated(creates="none")],
            ["change", "maybe", "maybe", "change"],
            ["changed", "changed", "ok", "changed"],
            id="commands that ask for what comes",
        ),
    ],
)
def test_what_is_sure_happens(tmp_path, monkeypatch, tasks, said, done):
    (tmp_path / "old").mkdir()
    (tmp_path / "old/file").write_text("x")
    play = {"hosts": "all", "gather_facts": False, "connection": "local", "tasks": tasks}
    play["vars"] = {"here": str(tmp_path)}
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    monkeypatch.chdir(tmp_path)
    words = ["play.yml", "-i", "a,", "--output", "jsonl"]
    assert [result["forecast"] for result in results("plan", words)] == said
    assert [result["status"] for result in results("run", words)] == done


def test_what_is_made_on_another_host_says_nothing_of_this_one(tmp_path, monkeypatch):
    there = {"delegate_to": "b"}
    tasks = [NEW | there, OLD | there, NEW, gated(creates="old"), OLD]
    play = {"hosts": "a", "gather_facts": False, "connection": "local", "tasks": tasks}
    play["vars"] = {"here": str(tmp_path)}
    (tmp_path / "old").mkdir()
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    monkeypatch.chdir(tmp_path)
    words = ["play.yml", "-i", "a,b,", "-c", "local", "--output", "jsonl"]
    said = [result["forecast"] for result in results("plan", words)]
    assert said == ["change", "change", "change", "no change", "change"]


def results(verb, words):
    events = command(verb, *words).events
    return [event["result"] for event in events if event["event"] == "TaskFinished"]
