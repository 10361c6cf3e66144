"""Tasks that several hosts make up together: rounds, answers handed on, failures, dry runs."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from deployer import modules
from deployer.model.script import Reply
from deployer.sdk import Change, Cluster, ClusterChange, Outcome, arg, sh
from deployer.sdk.kinds import Manual
from tests.support.runs import play_on

SHOW = sh("show_ring")
START = sh("start_ring")
JOIN = sh("join_ring")


@dataclass(frozen=True, slots=True)
class Args:
    members: list[str] = arg(doc="Who.")
    motto: object = arg(None, doc="One of each.", kind="per_host")


def start(state, args, _stdin):
    state["ring"] = "key1"
    return Reply(0, b"key1")


def join(state, args, stdin):
    if state.get("stubborn"):
        return Reply(1, b"", b"will not join\n")
    state["ring"] = args[0]
    state["motto"] = args[1]
    return Reply(0)


BEHAVIOURS = {
    SHOW: lambda state, args, _: Reply(0, state.get("ring", "").encode()),
    START: start,
    JOIN: join,
}


def plan(args, states):
    if not any(states.values()):
        first = args.members[0]
        begin = Change("start", first, "no ring", START())
        yield ClusterChange(first, 1, begin, name="key")
        outside = args.members[1:]
    else:
        outside = [name for name, ring in states.items() if not ring]
    for name in outside:
        yield ClusterChange(
            name,
            2,
            Change("join", name, "alone"),
            script_from=lambda replies, name=name: JOIN(
                replies["key"].out if "key" in replies else "key1", str(args.motto[name])
            ),
        )


RING = Cluster(
    name="ring",
    args=Args,
    members=lambda args, situation: args.members,
    probe=lambda args, host: SHOW(),
    parse=lambda args, host, reply: reply.out,
    plan=lambda args, states: list(plan(args, states)),
    report=lambda args, host, states: Outcome(values={"ring": states[host]}),
    manual=Manual(summary="A ring."),
)


@pytest.fixture(autouse=True)
def ring(monkeypatch):
    real = modules.load
    monkeypatch.setattr(modules, "load", lambda name: RING if name == "ring" else real(name))


PLAY = json.dumps(
    [
        {
            "hosts": "all",
            "gather_facts": False,
            "tasks": [
                {"ring": {"members": ["h0", "h1", "h2"], "motto": "{{ inventory_hostname }}!"}}
            ],
        }
    ]
)


def outcomes(ran):
    return {host: (result.status.value, result.plan) for _, host, result in ran.results}


def test_rounds_hand_their_answers_on(tmp_path):
    states = [{}, {}, {}]
    ran = play_on(tmp_path, PLAY, states, BEHAVIOURS, known={"ring"})
    assert [state["ring"] for state in states] == ["key1"] * 3
    assert [state.get("motto") for state in states] == [None, "h1!", "h2!"]
    assert outcomes(ran)["h0"] == ("changed", ("start h0: no ring",))
    assert outcomes(ran)["h2"] == ("changed", ("join h2: alone",))


def test_nothing_to_do_is_one_look(tmp_path):
    states = [{"ring": "key1"} for _ in range(3)]
    ran = play_on(tmp_path, PLAY, states, BEHAVIOURS, known={"ring"})
    assert {status for status, _ in outcomes(ran).values()} == {"ok"}
    assert ran.exchanges == 3


def test_a_host_added_later_only_joins(tmp_path):
    states = [{"ring": "key1"}, {"ring": "key1"}, {}]
    ran = play_on(tmp_path, PLAY, states, BEHAVIOURS, known={"ring"})
    assert [status for status, _ in outcomes(ran).values()] == ["ok", "ok", "changed"]


def test_a_member_that_fails_fails_the_task(tmp_path):
    states = [{}, {}, {"stubborn": "yes"}]
    ran = play_on(tmp_path, PLAY, states, BEHAVIOURS, known={"ring"})
    assert ran.code == 2
    messages = {host: result.msg for _, host, result in ran.results}
    assert "will not join" in messages["h2"]
    assert "h2" in messages["h1"]


def test_a_dry_run_changes_nothing(tmp_path):
    states = [{}, {}, {}]
    ran = play_on(tmp_path, PLAY, states, BEHAVIOURS, known={"ring"}, check=True)
    assert states == [{}, {}, {}]
    assert {result.forecast.value for _, _, result in ran.results} == {"change"}


def test_a_member_that_is_out_of_reach_keeps_the_others_from_nothing(tmp_path):
    states = [{"ring": "key1"}, {}, {}]
    ran = play_on(tmp_path, PLAY, states, BEHAVIOURS, known={"ring"}, away={"h2"})
    found = outcomes(ran)
    assert found["h0"] == ("ok", ())
    assert found["h1"] == ("changed", ("join h1: alone",))
    assert found["h2"][0] == "unreachable"
    assert ran.code == 4


def test_nobody_can_be_reached(tmp_path):
    away = {"h0", "h1", "h2"}
    ran = play_on(tmp_path, PLAY, [{}, {}, {}], BEHAVIOURS, known={"ring"}, away=away)
    assert {status for status, _ in outcomes(ran).values()} == {"unreachable"}
