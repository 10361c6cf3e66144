"""Arguments: names, places, coercion of what a playbook gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest

from deployer.model.source import Position, SourceMap, Template, Value
from deployer.sdk import ArgumentError, Secret, arg, arguments_of, coerce
from deployer.sdk.arguments import argument_named, check_names
from deployer.sdk.coercion import convert, describe


@dataclass(frozen=True, slots=True)
class Args:
    path: str = arg(doc="Where.", aliases=("dest",))
    state: Literal["file", "absent"] = arg("file", doc="What.")
    recurse: bool = arg(False, doc="Whether.")
    names: list[str] = arg(list, doc="Who.")
    labels: dict[str, str] = arg(dict, doc="With.")
    limit: int | None = arg(None, doc="How many.")
    anything: Value = arg(None, doc="Anything.")
    diff_mode: bool = arg(False, doc="Set by --diff.", kind="diff_mode")


def make(**given):
    return coerce(Args, "thing", given)


def test_what_is_not_given_has_its_default():
    made = make(path="/x")
    assert (made.state, made.recurse, made.names, made.labels) == ("file", False, [], {})
    assert make(path="/x", names=["a"]).names == ["a"]
    assert made.names is not make(path="/x").names


def test_null_is_as_if_it_was_not_given():
    assert make(path="/x", state=None).state == "file"


def test_an_alias_means_its_argument():
    assert make(dest="/x").path == "/x"
    assert argument_named(Args, "dest") is argument_named(Args, "path")


def test_what_is_unknown_missing_or_given_twice_is_told_with_its_place():
    at = Position("play.yml", 3, 5)
    given = SourceMap({"paht": "/x"}, Position("play.yml", 2, 1), {"paht": at})
    (unknown,) = check_names(Args, "thing", given)  # one slip, told once
    assert (unknown.message, unknown.position) == ("`thing` has no argument `paht`", at)
    assert unknown.help == "did you mean `path`?"
    unknown, missing = check_names(Args, "thing", {"zzz": "/x"})
    assert unknown.message == "`thing` has no argument `zzz`"
    assert missing.message == "`thing` needs the argument `path`"
    (twice,) = check_names(Args, "thing", {"path": "/x", "dest": "/y"})
    assert "are the same argument" in twice.message


def test_what_the_engine_sets_cannot_be_given():
    with pytest.raises(ArgumentError, match="has no argument `diff_mode`"):
        make(path="/x", diff_mode=True)


def test_a_wrong_value_is_told_with_its_key():
    given = SourceMap({"path": "/x", "state": "fiel"}, None, {"state": Position("p.yml", 4, 9)})
    with pytest.raises(ArgumentError, match="`state` of `thing`: `fiel` is none of") as caught:
        coerce(Args, "thing", given)
    assert "did you mean `file`?" in caught.value.message
    assert caught.value.position == Position("p.yml", 4, 9)


@pytest.mark.parametrize(
    ("value", "wanted", "made"),
    [
        ("yes", bool, True),
        ("Off", bool, False),
        (1, bool, True),
        (80, str, "80"),
        (True, str, "True"),
        ({"a": 1}, str, '{"a": 1}'),
        (" 12 ", int, 12),
        (3.0, int, 3),
        ("1.5", float, 1.5),
        ("a, b,c", list[str], ["a", "b", "c"]),
        ("", list[str], []),
        (5, list[int], [5]),
        ("1,2", list[int], [1, 2]),
        ("a=1 b=2", dict[str, str], {"a": "1", "b": "2"}),
        ({"a": 1}, dict[str, str], {"a": "1"}),
        (True, Literal["yes", "no"], "yes"),
        (None, int | None, None),
        ("x", int | str, "x"),
        (420, str | int, 420),
        ("0644", str | int, "0644"),
        (Template("t"), str, "t"),
    ],
)
def test_values_become_what_is_asked_for(value, wanted, made):
    result = convert(value, wanted)
    assert result == made
    assert type(result) is type(made)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("maybe", bool),
        (2, bool),
        (True, int),
        ("1.5", int),
        (1.5, int),
        ("x", float),
        (None, str),
        ("a", dict[str, str]),
        (["a"], dict[str, str]),
        ("c", Literal["a", "b"]),
    ],
)
def test_what_does_not_fit_is_refused(value, wanted):
    with pytest.raises(ValueError, match=r"is not|is none of"):
        convert(value, wanted)


def test_a_secret_stays_one_and_is_not_shown():
    made = make(path=Secret("/very/secret/path"), names=Secret("alpha-one,beta-two"))
    assert isinstance(made.path, Secret)
    assert all(isinstance(name, Secret) for name in made.names)
    with pytest.raises(ArgumentError) as caught:
        make(path="/x", limit=Secret("not-a-number-7"))
    assert "not-a-number" not in caught.value.message


def test_types_are_described_in_words():
    shown = {argument.name: argument.shown_type for argument in arguments_of(Args)}
    assert shown["names"] == "list of str"
    assert shown["state"] == "one of file, absent"
    assert shown["limit"] == "int"
    assert shown["anything"] == "any"
    assert describe(dict[str, str]) == "dict"
