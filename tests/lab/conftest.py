"""A lab of the tests' own, beside the one that the developer may have up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.lab.labs import Lab, own_name


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Three nodes, busy and sysd; tests leave the hosts as they found them, or reset them."""
    made = Lab(own_name("hosts"))
    made.run("up", "3", "--systemd")
    yield made
    made.run("down")


@pytest.fixture
def new_lab() -> Iterator[Callable[[str], Lab]]:
    """Makes names of labs that are ended after the test, whatever became of them."""
    made: list[Lab] = []

    def make(purpose: str) -> Lab:
        made.append(Lab(own_name(purpose)))
        return made[-1]

    yield make
    for one in made:
        one.run("down")
