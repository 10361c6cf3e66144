"""One node with docker for the tests of compose."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.labs import Lab, own_name
from tests.support.labhost import LabHost

TIDY = (
    "docker ps -aq | xargs -r docker rm -f >/dev/null; docker network prune -f >/dev/null;"
    " docker volume prune -af >/dev/null; rm -rf /opt/*"
)


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    made = Lab(own_name("compose"))
    made.run("up", "1")
    yield made
    made.run("down")


@pytest.fixture
def node(lab: Lab) -> LabHost:
    """The node, with nothing of an earlier test on it."""
    lab.ask("node1", TIDY)
    return LabHost(lab.name, "node1")
