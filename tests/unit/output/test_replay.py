from __future__ import annotations

import json
from typing import get_args

import pytest
from events import ONE_OF_EACH

from deployer.model.events import Event, Output, TaskFinished
from deployer.model.result import Result
from deployer.model.secret import Secret
from deployer.output.jsonlines import encode
from deployer.output.replay import decode, read_events


def test_there_is_one_of_each() -> None:
    assert {type(event) for event in ONE_OF_EACH} == set(get_args(Event))


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: type(event).__name__)
def test_what_was_written_is_read_back(event: Event) -> None:
    assert decode(encode(event)) == event


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: type(event).__name__)
def test_an_event_is_one_line_of_json_with_its_type(event: Event) -> None:
    text = encode(event)
    assert "\n" not in text
    assert json.loads(text)["event"] == type(event).__name__


def test_fields_of_later_versions_are_left_out() -> None:
    text = '{"event": "HostStarted", "at": 1, "task": 2, "host": "a", "mood": "good"}'
    assert encode(decode(text)) == '{"event": "HostStarted", "at": 1, "task": 2, "host": "a"}'


@pytest.mark.parametrize(
    "text", ["nonsense", "[]", "{}", '{"event": "Party"}', '{"event": "HostStarted"}', "3"]
)
def test_what_is_no_event_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(ValueError, match="line 3 is not an event"):
        list(read_events(["", encode(ONE_OF_EACH[0]), text]))


def test_secrets_are_masked_in_values_keys_and_text() -> None:
    secret = Secret("jsonl-secret")
    values = {"direct": secret, "inside": "x jsonl-secret y", "jsonl-secret": 1}
    text = encode(TaskFinished(1.0, 1, "a", Result(values=values)))
    text += encode(Output(1.0, 1, "a", "stdout", "jsonl-secret\n"))
    assert "jsonl-secret" not in text
    assert text.count("********") == 4


def test_a_secret_that_looks_like_json_leaves_the_line_readable() -> None:
    Secret("null")
    Secret('": {')
    result = Result(values={"a": None, "b": {"c": "null"}})
    decoded = decode(encode(TaskFinished(1.0, 1, "a", result)))
    assert isinstance(decoded, TaskFinished)
    assert decoded.result.values == {"a": None, "b": {"c": "********"}}


def test_numbers_that_json_does_not_know_become_text() -> None:
    text = encode(TaskFinished(1.0, 1, "a", Result(values={"x": float("nan"), "y": float("inf")})))
    assert json.loads(text)["result"]["values"] == {"x": "nan", "y": "inf"}


def test_values_of_other_types_become_masked_text() -> None:
    Secret("set-of-secret")
    text = encode(
        TaskFinished(1.0, 1, "a", Result(values={"x": {"set-of-secret"}, "y": b"set-of-secret"}))
    )
    assert "set-of-secret" not in text
