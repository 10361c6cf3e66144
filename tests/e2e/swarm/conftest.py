"""Three lab hosts that are in no swarm when a test begins."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from deployer.model.script import sh
from tests.e2e.swarm.cluster import ClusterRunner
from tests.lab.labs import Lab, own_name
from tests.support.labhost import LabHost, described

NODES = ("node1", "node2", "node3")
#: A daemon that a test stopped is started again; what a swarm keeps goes with it.
TIDY = sh("""
if ! docker version >/dev/null 2>&1; then
    service docker start >/dev/null 2>&1
    left=100
    until docker version >/dev/null 2>&1 || [ "$left" -eq 0 ]; do
        sleep 0.1
        left=$((left - 1))
    done
fi
docker swarm leave --force >/dev/null 2>&1
docker ps -aq --filter name=t- | xargs -r docker rm -f >/dev/null
docker network ls -q --filter name=t- | xargs -r docker network rm >/dev/null
rm -rf /root/.docker /tmp/t-*
:
""")
SAY = sh('"$@" 2>&1')


def say(host: LabHost, *words: str) -> str:
    """What a command prints; it must succeed."""
    reply = host.run(SAY(*words))
    assert reply.ok, reply.out
    return reply.out.strip()


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Three nodes and `busy`, for the tests of this folder alone."""
    made = Lab(own_name("swarm"))
    made.run("up", "3")
    yield made
    made.run("down")


@pytest.fixture(scope="session")
def facts(lab: Lab) -> dict[str, Any]:
    """Addresses, registries and passwords of the lab."""
    return described(lab.name)


@pytest.fixture(scope="session")
def machines(lab: Lab) -> dict[str, LabHost]:
    return {name: LabHost(lab.name, name) for name in NODES}


@pytest.fixture
def hosts(machines: dict[str, LabHost]) -> Iterator[dict[str, LabHost]]:
    tidy_all(machines)
    yield machines
    tidy_all(machines)


def tidy_all(machines: dict[str, LabHost]) -> None:
    with ThreadPoolExecutor(len(machines)) as pool:
        replies = list(pool.map(lambda host: host.run(TIDY()), machines.values()))
    assert all(reply.ok for reply in replies)


@pytest.fixture
def node1(hosts: dict[str, LabHost]) -> LabHost:
    return hosts["node1"]


@pytest.fixture
def cluster(hosts: dict[str, LabHost]) -> ClusterRunner:
    return ClusterRunner("swarm_cluster", hosts)
