from __future__ import annotations

import pytest
from events import done, end, failed, play, task, told

from deployer.model.events import Cost, HostStarted, RunStarted, Tally
from deployer.model.result import Forecast, Result, Status
from deployer.output.lines import plain_text
from deployer.output.summary import amount, banner, duration, outlook, recap, some

CHANGED = Result(Status.CHANGED)


def test_the_recap_is_ansibles_to_the_blank() -> None:
    rows = [plain_text(row) for row in recap({"web1": Tally(ok=30, changed=4, ignored=1)}, 80)]
    assert rows == [
        "PLAY RECAP " + "*" * 68,
        "web1                       : ok=30   changed=4    unreachable=0    failed=0    "
        "skipped=0    rescued=0    ignored=1   ",
        "",
    ]


def test_long_names_of_hosts_push_the_counts() -> None:
    name = "a-very-long-name-of-a-host.example.org"
    assert plain_text(list(recap({name: Tally()}, 80))[1]).startswith(f"{name} : ok=0    changed=0")


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_a_banner_has_at_least_three_stars(columns: int) -> None:
    text = plain_text(banner("TASK [a name that is long]", columns))
    assert text.endswith("***")
    assert len(text) <= max(columns, 31)


def test_what_changed_names_tasks_and_hosts() -> None:
    events = [play("a", "b"), task(1, "Make"), done("a", CHANGED), done("b", CHANGED),
              task(2, "Look"), done("a", Result(), 2), end()]  # fmt: skip
    text = told(events)
    assert "Changed: 1 task on 2 hosts\n    Make: a, b\n" in text


def test_what_changed_names_hosts_in_the_order_of_the_recap() -> None:
    recapped = end(recap={"node1": Tally(), "node2": Tally(), "node10": Tally()})
    finished = (done(host, CHANGED) for host in ("node10", "lost", "node2", "node1"))
    text = told([play("node1", "node2", "node10"), task(1, "Make"), *finished, recapped])
    assert "    Make: node1, node2, node10, lost\n" in text


def test_nothing_changed_is_said() -> None:
    assert "Nothing changed." in told([task(), done("a", Result()), end()])


def test_what_failed_in_mid_change_is_not_called_unchanged() -> None:
    half = Result(Status.FAILED, "no", {"changed": True})
    text = told([task(1, "Make"), done("a", half), end()])
    assert "Nothing changed." not in text
    assert "Failed, perhaps in mid-change: 1 task on 1 host\n    Make: a\n" in text
    text = told([task(1, "Look"), done("a", Result(Status.FAILED, "no")), end()])
    assert "Nothing changed." in text


def test_of_many_changed_tasks_some_are_named() -> None:
    events = [each for number in range(30) for each in
              (task(number, f"T{number}"), done("a", CHANGED, number))]  # fmt: skip
    text = told([*events, end()])
    assert "    T19: a\n    … and 10 tasks more\n" in text


def test_what_took_longest_comes_first_and_what_took_no_time_is_left_out() -> None:
    events = []
    for number, seconds in enumerate([0.01, 3.0, 1.0, 9.0, 2.0, 4.0, 5.0], 1):
        events += [task(number, f"T{number}"),
                   done("a", Result(Status.CHANGED, seconds=seconds), number)]  # fmt: skip
    text = told([*events, end()])
    ranked = text[text.index("Longest:") :].splitlines()[1:6]
    assert [line.split()[-1] for line in ranked] == ["T4", "T7", "T6", "T2", "T5"]
    assert ranked[0] == "       9.0 s  T4"


def test_attempts_and_waits_count_as_the_tasks_time() -> None:
    events = [task(), HostStarted(100.0, 1, "a"), HostStarted(105.0, 1, "a"),
              done("a", Result(seconds=0.5, attempts=2), at=107.0), end()]  # fmt: skip
    assert "       7.0 s  Install" in told(events)


def test_a_plan_ends_with_its_counts() -> None:
    results = [Result(Status.CHANGED, forecast=Forecast.CHANGE)] * 2
    results += [Result(forecast=Forecast.NO_CHANGE), Result(Status.SKIPPED), Result()]
    results += [Result(forecast=Forecast.MAYBE), Result(forecast=Forecast.DEFERRED)]
    events = [RunStarted(1.0, ("x",), 1, check=True), task()]
    text = told([*events, *(done(f"h{n}", result) for n, result in enumerate(results)), end()])
    assert "\n2 to change, 3 unchanged, 1 maybe, 1 deferred\n" in text
    assert "Changed:" not in text


@pytest.mark.parametrize(
    ("result", "counts_as"),
    [
        (failed(), "failed"),
        (Result(Status.FAILED, ignored=True), "unchanged"),
        (Result(Status.CHANGED), "change"),
        (Result(Status.SKIPPED, forecast=Forecast.CHANGE), "unchanged"),
        (Result(Status.UNREACHABLE), "failed"),
    ],
)
def test_what_a_result_counts_as_in_a_plan(result: Result, counts_as: str) -> None:
    assert outlook(result) == counts_as


def test_the_cost_comes_with_v() -> None:
    finished = end(cost=Cost(12, 34_567, 8_900_000))
    assert "\ndone in 12.3 s: 12 exchanges, 34.6 kB sent, 8.9 MB received\n" in told(
        [finished], verbosity=1
    )
    assert "\ndone in 12.3 s\n" in told([finished])


@pytest.mark.parametrize(
    ("code", "word"),
    [(0, "done"), (2, "failed"), (4, "hosts unreachable"), (130, "interrupted"), (70, "stopped")],
)
def test_how_it_ended(code: int, word: str) -> None:
    assert f"{word} in 12.3 s" in told([end(code)])


def test_an_interrupted_run_says_what_was_given_up() -> None:
    events = [task(1, "Slow"), HostStarted(1.0, 1, "a"), end(130, interrupted=True)]
    text = told(events)
    assert "Interrupted: nothing was begun after what is said above." in text
    assert "given up while it ran: Slow on a" in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (75, "75.0 s"), (725, "12 min 5 s"), (3720, "1 h 2 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2_500_000, "2.5 MB"), (7 * 10**9, "7.0 GB")],
)
def test_amounts(size: int, text: str) -> None:
    assert amount(size) == text


def test_many_hosts_are_counted() -> None:
    assert some(f"h{n}" for n in range(5)) == "h0, h1, h2, h3, h4"
    assert some(f"h{n}" for n in range(50)) == "h0, h1, h2, h3 and 46 more"
