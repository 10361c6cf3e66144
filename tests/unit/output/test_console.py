"""What a user reads; the recorded runs show the whole, these show one thing each."""

from __future__ import annotations

from dataclasses import replace

import pytest
from events import ONE_OF_EACH, done, end, failed, play, task, told

from deployer.model.events import (
    HostStarted,
    Included,
    ItemFinished,
    Notified,
    Output,
    PlayStarted,
    Retrying,
    TaskFinished,
)
from deployer.model.result import Forecast, Result, Status

CHANGED, OK = Result(Status.CHANGED), Result()


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


def test_every_event_can_be_told_at_every_verbosity() -> None:
    for verbosity in range(5):
        for compact in (False, True):
            assert told(ONE_OF_EACH, verbosity=verbosity, compact=compact)


def test_banners_are_padded_with_stars_as_ansible_does() -> None:
    text = told([play("a"), task(name="Install", role="web")])
    assert lines(text) == ["PLAY [Web] " + "*" * 68, "TASK [web : Install] " + "*" * 58]


def test_a_handler_has_its_own_banner() -> None:
    assert "RUNNING HANDLER [Install] ***" in told([play("a"), task(handler=True)])


def test_batches_are_numbered() -> None:
    assert "PLAY [Web] (batch 2 of 3) ***" in told([PlayStarted(1.0, "Web", None, ("a",), 2, 3)])


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (OK, "ok: [a]"),
        (CHANGED, "changed: [a]"),
        (Result(Status.SKIPPED), "skipping: [a]"),
        (failed("broken"), "fatal: [a]: FAILED! => broken"),
        (Result(Status.UNREACHABLE, "no route"), "fatal: [a]: UNREACHABLE! => no route"),
        (Result(Status.CHANGED, forecast=Forecast.CHANGE), "changed: [a]"),
        (Result(Status.CHANGED, forecast=Forecast.MAYBE), "maybe: [a]"),
        (Result(forecast=Forecast.MAYBE, reason="reads /x"), "maybe: [a] => reads /x"),
        (Result(forecast=Forecast.NO_CHANGE), "ok: [a]"),
        (Result(forecast=Forecast.DEFERRED, reason="needs `r`"), "deferred: [a] => needs `r`"),
    ],
)
def test_results_are_said_in_ansibles_words(result: Result, said: str) -> None:
    assert said in lines(told([play("a"), task(), done("a", result)]))


def test_the_host_that_did_the_work_is_named() -> None:
    assert "changed: [a -> b]" in told([task(), done("a", CHANGED, delegate="b")])


def test_items_are_said_one_by_one_and_not_once_more_together() -> None:
    item = ItemFinished(1.0, 1, "a", 0, "x", CHANGED)
    text = told([task(), item, done("a", CHANGED, loop=True)])
    assert lines(text)[1:] == ["changed: [a] => (item=x)"]


def test_a_failed_item() -> None:
    item = ItemFinished(1.0, 1, "a", 0, "x", failed("broken"))
    assert "failed: [a] (item=x) => broken" in told([task(), item])


def test_a_failure_shows_command_exit_code_and_output_once() -> None:
    result = failed(cmd=["ls", "-l", "a b"], rc=2, stdout="", stderr="no such file",
                    stderr_lines=["no such file"], stdout_lines=[])  # fmt: skip
    assert lines(told([task(), done("a", result)]))[1:] == [
        "fatal: [a]: FAILED! => non-zero return code",
        "    command: ls -l 'a b'",
        "    exit code: 2",
        "    stderr: no such file",
        "    --> site.yml:3:5",
    ]


def test_a_failed_script_shows_exit_code_and_output_though_it_names_no_command() -> None:
    result = failed(rc=7, stdout="half\n", stdout_lines=["half"], stderr="no such disk\n",
                    stderr_lines=["no such disk"])  # fmt: skip
    assert lines(told([task(), done("a", result)]))[1:] == [
        "fatal: [a]: FAILED! => non-zero return code",
        "    exit code: 7",
        "    stderr: no such disk",
        "    stdout: half",
        "    --> site.yml:3:5",
    ]


def test_of_long_output_the_end_is_shown() -> None:
    out = "\n".join(f"line {number}" for number in range(100))
    text = told([task(), done("a", failed(cmd="x", rc=1, stdout=out))])
    assert "      … 88 lines more (-v shows all)\n      line 88\n" in text
    assert "line 87\n" not in text


def test_output_that_the_message_repeats_is_not_shown_again() -> None:
    text = told([task(), done("a", failed("exit status 1: oops", rc=1, stdout="", stderr="oops"))])
    assert text.count("oops") == 1


def test_output_that_was_shown_as_it_came_is_not_shown_again() -> None:
    events = [task(), Output(1.0, 1, "a", "stderr", "oops\n"),
              done("a", failed(cmd="x", rc=1, stdout="", stderr="oops"))]  # fmt: skip
    assert told(events, verbosity=1).count("oops") == 1
    assert told(events).count("oops") == 1


def test_hosts_that_fail_in_the_same_way_are_told_together() -> None:
    result = failed(cmd="x", rc=1, stdout="", stderr="oops")
    events = [task(), *(done(host, result) for host in "abc"), task(2)]
    said = lines(told(events))
    assert said[1] == "fatal: [a]: FAILED! => non-zero return code"
    assert said[-2] == "fatal: [b] [c]: FAILED! => the same as above"
    assert sum("oops" in line for line in said) == 1


def test_hosts_that_are_lost_in_the_same_way_are_not_called_failed() -> None:
    lost = Result(Status.UNREACHABLE, "no route to host")
    said = lines(told([task(), *(done(host, lost) for host in "abc"), task(2)]))
    assert "fatal: [b] [c]: UNREACHABLE! => the same as above" in said


def test_hosts_that_fail_differently_are_told_each() -> None:
    events = [task(), *(done(host, failed(f"{host} is broken")) for host in "abc"), task(2)]
    assert [f"{host} is broken" in told(events) for host in "abc"] == [True] * 3


def test_the_same_failure_in_another_task_is_explained_again() -> None:
    result = failed("no route to the registry")
    assert told([task(1), done("a", result), task(2), done("a", result, 2)]).count("registry") == 2


def test_a_failure_that_is_ignored_says_so() -> None:
    result = Result(Status.FAILED, "broken", ignored=True)
    assert lines(told([task(), done("a", result)]))[-1] == "...ignoring"


def test_several_attempts_are_counted() -> None:
    result = Result(Status.FAILED, "broken", attempts=4)
    assert "=> broken (after 4 attempts)" in told([task(), done("a", result)])


def test_a_retry_says_what_is_left_and_when_it_follows() -> None:
    text = told([task(), Retrying(1.0, 1, "a", 1, 2, 5.0)])
    assert "FAILED - RETRYING: [a]: Install (2 retries left). Next in 5 s." in text


def test_includes_are_told_once_for_all_hosts() -> None:
    events = [task()]
    for host in "ab":
        events += [Included(1.0, 1, host, "more.yml"), done(host, OK)]
    assert lines(told([*events, task(2, "Next")]))[1] == "included: more.yml for a, b"


def test_an_include_that_fails_has_included_nothing() -> None:
    text = told([task(), Included(1.0, 1, "a", "more.yml"), done("a", failed("no file")), task(2)])
    assert "included" not in text
    assert "no file" in text


def test_a_message_is_pretty() -> None:
    result = Result(values={"msg": {"a": [1, 2]}}, shown=True)
    text = told([task(), done("a", result)])
    assert text.endswith("ok: [a] =>\n    msg:\n      a:\n      - 1\n      - 2\n")


def test_live_output_is_shown_line_by_line_with_v() -> None:
    pieces = [Output(1.0, 1, "a", "stdout", text) for text in ("one\ntw", "o\nthr", "ee")]
    events = [play("a", "b"), task(), *pieces, done("a", OK)]
    said = lines(told(events, verbosity=1))
    assert said[2:5] == ["    a | one", "    a | two", "    a | three"]
    assert lines(told(events))[2:] == ["ok: [a]"]


def test_with_one_host_lines_do_not_name_it() -> None:
    text = told([play("a"), task(), Output(1.0, 1, "a", "stdout", "one\n")], verbosity=1)
    assert "    | one\n" in text


def test_output_of_a_task_whose_turn_is_yet_to_come_waits_for_it() -> None:
    events = [play("a"), task(1), Output(1.0, 2, "a", "stdout", "second\n"), done("a", OK),
              task(2, "Second"), done("a", OK, 2)]  # fmt: skip
    text = told(events, verbosity=1)
    assert text.index("TASK [Second]") < text.index("| second")


def test_results_are_json_with_v_without_what_was_shown() -> None:
    result = Result(Status.CHANGED, values={"rc": 0, "stdout": "x", "stdout_lines": ["x"]})
    live = Output(1.0, 1, "a", "stdout", "x\n")
    assert 'changed: [a] => {"changed": true, "rc": 0}' in told(
        [task(), live, done("a", result)], verbosity=1
    )
    assert 'changed: [a] => {"changed": true, "rc": 0, "stdout": "x"}' in told(
        [task(), done("a", result)], verbosity=1
    )


def test_paths_of_tasks_come_with_vv_and_notifications_with_v() -> None:
    events = [task(), Notified(1.0, 1, "a", ("Restart", "Reload"))]
    assert "task path: site.yml:3:5" in told(events, verbosity=2)
    assert "task path" not in told(events, verbosity=1)
    assert "notified: [a] => Restart, Reload" in told(events, verbosity=1)
    assert "notified" not in told(events)


def test_hosts_that_go_their_own_way_bring_back_the_banner() -> None:
    """`strategy: free`: results of several tasks come mixed."""
    events = [task(1, "One"), task(2, "Two"), done("a", OK, 1), done("b", OK, 2)]
    said = [line.split(" *")[0] for line in lines(told(events))]
    assert said == ["TASK [One]", "TASK [Two]", "TASK [One]", "ok: [a]", "TASK [Two]", "ok: [b]"]


def test_a_plan_leaves_out_what_does_not_change_unless_asked() -> None:
    same, other = Result(forecast=Forecast.NO_CHANGE), Result(Status.CHANGED, plan=("make x",),
                                                              forecast=Forecast.CHANGE)  # fmt: skip
    events = [task(1, "Same"), done("a", same), task(2, "Other"), done("a", other, 2)]
    assert [line.split(" *")[0] for line in lines(told(events, compact=True))] == [
        "TASK [Other]", "changed: [a]", "    make x",
    ]  # fmt: skip
    assert "TASK [Same]" in told(events, compact=True, verbosity=1)


def test_a_plan_tells_of_ignored_failures_and_of_warnings_though_nothing_changes() -> None:
    ignored = replace(failed("`x` is undefined"), ignored=True)
    warned = Result(forecast=Forecast.NO_CHANGE, warnings=("old docker",))
    events = [task(1, "Wrong"), done("a", ignored), task(2, "Odd"), done("a", warned, 2),
              task(3, "Odd again"), done("a", warned, 3)]  # fmt: skip
    assert [line.split(" *")[0] for line in lines(told(events, compact=True))] == [
        "TASK [Wrong]", "fatal: [a]: FAILED! => `x` is undefined", "    --> site.yml:3:5",
        "...ignoring",
        "TASK [Odd]", "warning: [a] old docker", "ok: [a]",
    ]  # fmt: skip


def test_a_modules_warning_comes_once_a_run() -> None:
    result = Result(warnings=("old docker",))
    text = told([task(), done("a", result), done("b", result)])
    assert lines(text).count("warning: [a] old docker") == text.count("old docker") == 1


def test_the_place_of_a_wrong_template_is_shown_with_its_line() -> None:
    result = Result(Status.FAILED, "`x` is undefined", position=task().position)
    assert "    --> site.yml:3:5" in told([task(), done("a", result)])


def test_hostile_output_is_defused_everywhere() -> None:
    evil = "\x1b[2J\x1b]0;owned\x07"
    events = [play(evil), task(name=evil), HostStarted(1.0, 1, evil),
              Output(1.0, 1, evil, "stdout", evil + "\n"),
              ItemFinished(1.0, 1, evil, 0, evil, Result(Status.CHANGED, values={"x": evil})),
              done(evil, failed(evil, cmd=evil, rc=1, stdout=evil, stderr=evil)),
              done(evil, Result(values={"msg": evil}, shown=True)),
              Included(1.0, 1, evil, evil), end()]  # fmt: skip
    for verbosity in (0, 4):
        assert "\x1b" not in told(events, verbosity=verbosity)


def test_no_result_is_lost_without_its_start() -> None:
    """A recording may begin in the middle."""
    assert "ok: [a]" in told([TaskFinished(1.0, 7, "a", OK)])
