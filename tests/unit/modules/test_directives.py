"""The modules that run on the controller only: what they ask of the engine."""

from __future__ import annotations

import pytest

from deployer.model.source import Position
from deployer.modules import load
from deployer.sdk import (
    AddHost,
    ArgumentError,
    Directed,
    Directive,
    IncludeVars,
    JoinGroup,
    Meta,
    Pause,
    Refused,
    SetFacts,
    ShowMessage,
    Situation,
    Verdict,
    coerce,
)


def direct(module_name: str, /, **given: object) -> Directed:
    module = load(module_name)
    assert isinstance(module, Directive)
    return module.run(coerce(module.args, module_name, given), Situation(host="web1"))


def test_set_fact_sets_every_key_but_its_own():
    directed = direct("set_fact", release="1.2", ports=[80, 443], cacheable="yes")
    assert directed.effects == (SetFacts({"release": "1.2", "ports": [80, 443]}, cacheable=True),)
    assert directed.outcome.changed is False
    assert directed.outcome.values == {"ansible_facts": {"release": "1.2", "ports": [80, 443]}}


def test_set_fact_keeps_none_and_text_that_looks_like_a_bool():
    assert direct("set_fact", a=None, b="yes").effects == (SetFacts({"a": None, "b": "yes"}),)


@pytest.mark.parametrize("name", ["1st", "with-dash", "a b", "", "class", "ä"])
def test_set_fact_refuses_what_no_variable_can_be_called(name: str):
    with pytest.raises(Refused, match="cannot be the name of a variable"):
        direct("set_fact", **{name: 1})


def test_set_fact_without_variables_is_refused():
    with pytest.raises(Refused, match="no variables given"):
        direct("set_fact")


def test_assert_tells_the_first_condition_that_does_not_hold():
    verdicts = (
        Verdict("a == 1", holds=True),
        Verdict("b == 2", holds=False, position=Position("site.yml", 7, 9)),
        Verdict("c == 3", holds=False),
    )
    outcome = direct("assert", that=verdicts).outcome
    assert outcome.failed
    assert outcome.msg == "Assertion failed: b == 2 (site.yml:7:9)"
    assert outcome.values == {"evaluated_to": False, "assertion": "b == 2"}


def test_assert_says_the_users_words():
    failing = direct("assert", that=(Verdict("x", holds=False),), msg="No disk")
    assert failing.outcome.msg == "No disk"
    fine = direct("assert", that=(Verdict("x", holds=True),), success_msg="Good")
    assert fine.outcome.msg == "Good"
    assert fine.effects == (ShowMessage(),)
    assert not direct("assert", that=(Verdict("x", holds=True),), quiet=True).effects


def test_assert_needs_conditions():
    with pytest.raises(ArgumentError, match="needs the argument `that`"):
        direct("assert")


def test_fail_fails_with_its_message():
    assert direct("fail").outcome.msg == "Failed as requested from task"
    assert direct("fail", msg="no").outcome.failed


@pytest.mark.parametrize(
    ("given", "effect"),
    [
        ({"seconds": 5}, Pause(5.0)),
        ({"seconds": "0.2"}, Pause(1.0)),
        ({"minutes": 2}, Pause(120.0)),
        ({"prompt": "Go on?", "echo": False}, Pause(None, "Go on?", echo=False)),
        ({"prompt": "Wait", "seconds": 3}, Pause(3.0, "Wait")),
        ({}, Pause(None, "Press enter to continue, Ctrl+C to interrupt")),
    ],
)
def test_pause(given: dict[str, object], effect: Pause):
    assert direct("pause", **given).effects == (effect,)


def test_pause_takes_one_length():
    with pytest.raises(Refused, match="exclude each other"):
        direct("pause", seconds=1, minutes=1)


@pytest.mark.parametrize(
    ("given", "effect"),
    [
        ({"name": "db1"}, AddHost("db1")),
        (
            {"hostname": "db1", "groupname": "db, new", "ansible_user": "ops"},
            AddHost("db1", ("db", "new"), {"ansible_user": "ops"}),
        ),
        ({"name": "db1:2222"}, AddHost("db1", (), {"ansible_port": 2222})),
        ({"name": "[fd00::1]:22"}, AddHost("fd00::1", (), {"ansible_port": 22})),
        ({"name": "fd00::1"}, AddHost("fd00::1")),
        ({"name": "db1:22", "ansible_port": 23}, AddHost("db1", (), {"ansible_port": 23})),
    ],
)
def test_add_host(given: dict[str, object], effect: AddHost):
    directed = direct("add_host", **given)
    assert directed.effects == (effect,)
    assert directed.outcome.changed is None
    assert directed.outcome.values["add_host"]["host_name"] == effect.name


def test_group_by_makes_a_name_of_its_key():
    directed = direct("group_by", key="os Debian GNU", parents="linux")
    assert directed.effects == (JoinGroup("os-Debian-GNU", ("linux",)),)
    assert direct("group_by", key="x").effects == (JoinGroup("x"),)


def test_meta_knows_its_orders():
    assert direct("meta", action="flush_handlers").effects == (Meta("flush_handlers"),)
    with pytest.raises(ArgumentError, match="did you mean `end_play`"):
        direct("meta", action="end_plays")


def test_include_vars_of_a_file_and_of_a_directory():
    assert direct("include_vars", file="a.yml").effects == (IncludeVars(file="a.yml"),)
    directed = direct("include_vars", dir="vars", extensions=".yml", depth=1, name="all")
    assert directed.effects == (IncludeVars(dir="vars", extensions=("yml",), depth=1, name="all"),)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"file": "a", "dir": "b"},
        {"file": "a", "depth": 1},
        {"dir": "d", "hash_behaviour": "merge"},
    ],
)
def test_include_vars_refuses_what_does_not_go_together(given: dict[str, object]):
    with pytest.raises(Refused):
        direct("include_vars", **given)
