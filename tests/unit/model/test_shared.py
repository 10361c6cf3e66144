"""The shared values: picklable, with places, and scripts as data."""

from __future__ import annotations

import hashlib
import pickle

import pytest

from deployer.model.change import Change, Diff, Outcome, failure
from deployer.model.diagnostic import Diagnostic, did_you_mean
from deployer.model.errors import DeployError, LoadError
from deployer.model.events import PlayStarted, TaskFinished
from deployer.model.result import Result, Status
from deployer.model.script import Batch, Guarded, Reply, guard_digest, sh
from deployer.model.source import Position, SourceList, SourceMap, Template, origin_of

HERE = Position("site.yml", 3, 7)
CHMOD = sh('chmod "$1" -- "$2"')
CHOWN = sh('chown "$1" -- "$2"')


@pytest.mark.parametrize(
    "value",
    [
        Template("{{ x }}", HERE),
        SourceMap({"a": Template("b", HERE)}, HERE, {"a": HERE}),
        SourceList([1, 2], HERE, [HERE, HERE]),
        Batch(apply=CHMOD("0644", "/x"), probes=(CHOWN("root", "/x"),)),
        Change("create", "file /x", "absent", CHMOD("1", "2"), Diff("", "new")),
        Result(Status.CHANGED, values={"rc": 0}),
        TaskFinished(1.0, 1, "web1", Result()),
        PlayStarted(1.0, "play", HERE, ("a", "b")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_may_cross_a_process_is_picklable(value):
    again = pickle.loads(pickle.dumps(value))
    assert again == value
    assert type(again) is type(value)
    assert origin_of(again) == origin_of(value)


def test_a_template_is_its_text_and_knows_its_place():
    text = Template("{{ x }}", HERE)
    assert text == "{{ x }}"
    assert origin_of(text) == HERE
    assert type(str(text)) is str
    assert origin_of("{{ x }}") is None


def test_positions_read_as_compilers_write_them():
    assert str(HERE) == "site.yml:3:7"
    assert str(Position("site.yml")) == "site.yml"


def test_a_mapping_knows_where_its_keys_are():
    mapping = SourceMap({"a": 1, "b": 2}, HERE, {"a": Position("site.yml", 9, 1)})
    assert mapping.at("a") == Position("site.yml", 9, 1)
    assert mapping.at("b") == HERE


def test_scripts_join_in_order():
    both = CHMOD("0644", "/x") + CHOWN("root", "/x")
    assert [call.fragment for call in both.calls] == [CHMOD, CHOWN]
    assert sh("true")() + sh("true")() != sh("true")()


def test_the_same_source_is_the_same_fragment():
    assert sh('chmod "$1" -- "$2"') is CHMOD
    assert CHMOD.name == CHMOD.name != CHOWN.name


def test_the_guard_digest_is_what_sha256sum_says():
    reply = Reply(3, b"some\noutput")
    assert guard_digest(reply) == hashlib.sha256(b"some\noutputrc3\n").hexdigest()


def test_a_batch_is_as_sensitive_as_its_parts():
    quiet = CHMOD("1", "2")
    loud = CHMOD("1", "2", exposed=True)
    assert not Batch(quiet).sensitive
    assert Batch(probes=(loud,)).sensitive
    assert Batch(chain=(Guarded(quiet, "", loud),)).sensitive


def test_a_change_reads_as_a_line_of_a_plan():
    assert str(Change("create", "directory /opt", "absent")) == "create directory /opt: absent"
    assert str(Change("wait for", "port 80")) == "wait for port 80"


def test_a_failure_shows_status_and_last_lines():
    outcome = failure(Reply(4, b"", b"one\ntwo\n\nthree\nfour\n"), "install app")
    assert outcome == Outcome(
        failed=True,
        msg="install app: exit status 4: two; three; four",
        values={"rc": 4, "stdout": "", "stderr": "one\ntwo\n\nthree\nfour\n"},
    )


def test_a_registered_result_has_ansibles_keys():
    stored = Result(Status.CHANGED, msg="done", values={"rc": 0}).as_variable()
    assert stored == {"rc": 0, "changed": True, "failed": False, "msg": "done"}
    skipped = Result(Status.SKIPPED, reason="Conditional result was False").as_variable()
    assert skipped["skipped"] is True
    assert skipped["changed"] is False


def test_names_are_suggested_only_where_they_are_near():
    assert did_you_mean("moed", ["mode", "owner"]) == "did you mean `mode`?"
    assert did_you_mean("xyz", ["mode", "owner"]) == ""


def test_a_load_error_says_all_its_problems():
    error = LoadError([Diagnostic("one", HERE), Diagnostic("two", None, "fix it")])
    assert str(error) == "site.yml:3:7: one\ntwo (fix it)"
    assert error.exit_code == 65


def test_every_error_has_an_exit_code_of_the_documented_ones():
    def below(cls):
        for child in cls.__subclasses__():
            yield child
            yield from below(child)

    codes = {child.exit_code for child in below(DeployError)}
    assert codes <= {2, 4, 64, 65, 70, 130}
