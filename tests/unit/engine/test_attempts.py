"""Retries: how long to wait between two attempts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from deployer.engine.verdicts import Attempts


def never(low, high):
    raise AssertionError("no jitter was asked for")


def test_ansibles_delay_is_constant():
    plan = Attempts(retries=3, delay=5)
    assert [plan.wait(attempt, never) for attempt in (1, 2, 3)] == [5, 5, 5]


def test_backoff_grows_up_to_its_limit():
    plan = Attempts(retries=6, delay=1, factor=2, longest=10)
    assert [plan.wait(attempt, never) for attempt in range(1, 7)] == [1, 2, 4, 8, 10, 10]


@given(st.floats(0, 60), st.floats(1, 4), st.floats(0, 100), st.floats(0.01, 10), st.floats(0, 1))
def test_jitter_only_adds(delay, factor, longest, jitter, share):
    plan = Attempts(3, delay, factor, longest, jitter)
    plain = Attempts(3, delay, factor, longest).wait(2, never)
    jittered = plan.wait(2, lambda low, high: low + share * (high - low))
    assert plain <= jittered <= plain + jitter
