"""Arguments of kind "rest": every key that no other argument has."""

from __future__ import annotations

from dataclasses import dataclass

from deployer.model.source import Value
from deployer.sdk import arg, coerce
from deployer.sdk.arguments import argument_named, arguments_of, check_names


@dataclass(frozen=True, slots=True)
class Open:
    name: str = arg(doc="A name.", aliases=("host",))
    more: dict[str, Value] = arg(dict, doc="The rest.", kind="rest")


def test_unknown_keys_are_collected_as_they_are():
    made = coerce(Open, "open", {"host": "a", "x": [1], "y": None, "more": 2})
    assert made == Open(name="a", more={"x": [1], "y": None, "more": 2})


def test_without_further_keys_it_is_empty():
    assert coerce(Open, "open", {"name": "a"}).more == {}


def test_the_other_rules_still_hold():
    assert [str(p) for p in check_names(Open, "open", {"x": 1})] == [
        "`open` needs the argument `name`"
    ]
    assert [str(p) for p in check_names(Open, "open", {"name": 1, "host": 2, "x": 1})] == [
        "`host` and `name` are the same argument"
    ]


def test_the_open_ended_argument_answers_for_unknown_keys():
    found = argument_named(Open, "anything")
    assert found is not None
    assert found.kind == "rest"
    assert not found.settable
    assert [argument.name for argument in arguments_of(Open)] == ["name", "more"]
