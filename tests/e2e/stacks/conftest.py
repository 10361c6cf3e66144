"""A lab of their own for the tests of stacks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.labs import Lab, own_name


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Three fresh nodes, in no swarm."""
    made = Lab(own_name("stacks"))
    made.run("up", "3")
    yield made
    made.run("down")
