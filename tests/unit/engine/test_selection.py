"""Tags, batches, and where a run starts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.engine.serial import batches
from deployer.engine.tags import TagFilter
from deployer.model.errors import LoadError


def chosen(tags, only=(), skip=()):
    return TagFilter(frozenset(only), frozenset(skip)).selects(tags)


@pytest.mark.parametrize(
    ("tags", "only", "skip", "runs"),
    [
        ([], [], [], True),
        (["a"], [], [], True),
        (["a"], ["a"], [], True),
        (["a"], ["b"], [], False),
        ([], ["a"], [], False),
        (["always"], ["a"], [], True),
        (["never"], [], [], False),
        (["never", "a"], ["a"], [], True),
        (["never"], ["never"], [], True),
        (["a"], ["tagged"], [], True),
        ([], ["tagged"], [], False),
        ([], ["untagged"], [], True),
        (["a"], ["untagged"], [], False),
        (["a"], [], ["a"], False),
        (["a", "b"], ["b"], ["a"], False),
        (["always"], [], ["always"], False),
        ([], [], ["untagged"], False),
        (["a"], [], ["tagged"], False),
        (["a"], [], ["all"], False),
        (["always"], [], ["all"], True),
    ],
)
def test_tags_select_as_in_ansible(tags, only, skip, runs):
    assert chosen(tags, only, skip) is runs


HOSTS = [f"h{number}" for number in range(10)]


@pytest.mark.parametrize(
    ("serial", "sizes"),
    [
        ([], [10]),
        ([3], [3, 3, 3, 1]),
        ([1, 5], [1, 5, 4]),
        (["30%"], [3, 3, 3, 1]),
        (["1%"], [1] * 10),
        ([1, "50%"], [1, 5, 4]),
        (["100%"], [10]),
        (["4"], [4, 4, 2]),
        ([0], [10]),
    ],
)
def test_serial_cuts_hosts_into_batches(serial, sizes):
    assert [len(batch) for batch in batches(HOSTS, serial)] == sizes


def test_a_wrong_serial_is_an_error():
    with pytest.raises(LoadError, match="neither a number nor a percentage"):
        batches(HOSTS, ["many"])


@given(
    st.lists(st.one_of(st.integers(1, 7), st.integers(1, 100).map("{}%".format)), max_size=4),
    st.integers(1, 40),
)
def test_every_host_is_in_exactly_one_batch(serial, count):
    hosts = [f"h{number}" for number in range(count)]
    assert [host for batch in batches(hosts, serial) for host in batch] == hosts
