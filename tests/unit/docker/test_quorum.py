"""The arithmetic of majorities, as properties over every small cluster."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.docker.quorum import (
    QuorumLost,
    Raft,
    Step,
    advice,
    majority,
    safest_first,
    tolerated,
    walk,
)

rafts = st.integers(1, 9).flatmap(
    lambda n: st.builds(Raft, managers=st.just(n), reachable=st.integers(0, n))
)
steps = st.lists(
    st.builds(Step, text=st.just("a step"), adds=st.booleans(), reachable=st.booleans()),
    max_size=8,
)


@given(rafts, steps)
def test_a_walk_that_is_allowed_keeps_a_majority_at_every_step(raft, path):
    try:
        walk(raft, path)
    except QuorumLost:
        return
    for step in path:
        assert raft.reachable * 2 > raft.managers
        raft = step.after(raft)
        assert raft.reachable * 2 > raft.managers


@given(rafts, steps)
def test_a_walk_that_is_refused_would_lose_a_majority_somewhere(raft, path):
    try:
        walk(raft, path)
    except QuorumLost:
        states = [raft]
        for step in path:
            states.append(step.after(states[-1]))
        # More reachable than there are: a path that cannot be (removing whom nobody counted).
        bad = (s.reachable * 2 <= s.managers or s.reachable > s.managers for s in states)
        assert any(bad)


@given(rafts, steps)
def test_the_safest_order_goes_through_wherever_the_given_one_does(raft, path):
    """Of removals and additions that somehow work, additions first work as well."""
    reachable_joins = [Step(step.text, step.adds, reachable=True) for step in path if step.adds]
    mixed = [step for step in path if not step.adds] + reachable_joins
    try:
        walk(raft, mixed)
    except QuorumLost:
        return
    walk(raft, safest_first(mixed))


@pytest.mark.parametrize(
    ("managers", "needed", "spare"), [(1, 1, 0), (2, 2, 0), (3, 2, 1), (5, 3, 2)]
)
def test_a_majority_is_more_than_half(managers, needed, spare):
    assert majority(managers) == needed
    assert tolerated(managers) == spare


def test_a_refusal_has_the_numbers():
    with pytest.raises(QuorumLost) as caught:
        walk(Raft(3, 2), [Step("demoting node3", adds=False)])
    assert str(caught.value) == (
        "demoting node3 would lose quorum: 1 reachable of 2 managers would be left, "
        "and 2 are needed"
    )
    with pytest.raises(QuorumLost, match="1 of 3 managers is reachable, 2 are needed to agree"):
        walk(Raft(3, 1), [Step("joining node4", adds=True)])


def test_the_last_manager_stays():
    with pytest.raises(QuorumLost, match="0 reachable of 0 managers"):
        walk(Raft(1, 1), [Step("demoting node1", adds=False)])


def test_a_dead_manager_may_go():
    assert walk(Raft(3, 2), [Step("removing node3", adds=False, reachable=False)]) == Raft(2, 2)


def test_advice_is_given_for_even_and_for_many_managers():
    assert advice(3) == ""
    assert "use an odd number" in advice(4)
    assert "more than the 7" in advice(9)
