"""`docker_stack` in a swarm whose nodes go: lost, or drained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.labs import Lab, own_name
from tests.support.labhost import LabHost, converge, plan, settle

pytestmark = pytest.mark.lab


@pytest.fixture
def swarm() -> Iterator[Lab]:
    made = Lab(own_name("stack2"))
    made.run("up", "2")
    made.ask("node1", "docker swarm init --advertise-addr eth0")
    join(made)
    yield made
    made.run("down")


def join(lab: Lab) -> None:
    token = lab.ask("node1", "docker swarm join-token -q worker").strip()
    address = lab.ask("node1", "docker node inspect self -f '{{.Status.Addr}}'").strip()
    lab.ask("node2", f"docker swarm join --token {token} {address}:2377")


def stack(**more: Any) -> dict[str, Any]:
    deploy = {"replicas": 2, "endpoint_mode": "dnsrr", "placement": {"max_replicas_per_node": 1}}
    service = {"image": "web:v1", "deploy": deploy} | more
    return {"name": "t", "compose": [{"version": "3.8", "services": {"a": service}}]}


def test_tasks_of_a_lost_node_hold_nothing_up(swarm: Lab):
    """Docker counts them as running until the node's entry is removed: 3/2."""
    node = LabHost(swarm.name, "node1")
    settle(node, "docker_stack", stack())
    swarm.ask("node2", "docker swarm leave")
    swarm.ask("node1", "until docker node ls | grep -q Down; do sleep 0.2; done")
    join(swarm)
    swarm.ask("node1", "until docker service ls | grep -q 3/2; do sleep 0.2; done")
    given = {**stack(environment={"A": "1"}), "wait_timeout": 60}
    assert settle(node, "docker_stack", given) == ["update service t_a: env A is missing"]


def test_what_still_runs_on_a_drained_node_is_waited_for(swarm: Lab):
    """Docker counts it as running until it has stopped, wherever the next one is by then."""
    node = LabHost(swarm.name, "node1")
    stubborn = {"test": ["CMD", "true"], "interval": "1s"}
    trap = ["sh", "-c", "trap '' TERM; sleep 99 & wait; wait"]
    slow = {"image": "busybox:lab", "command": trap, "stop_grace_period": "6s"}
    given = stack(**slow, healthcheck=stubborn, deploy={"mode": "global", "endpoint_mode": "dnsrr"})
    settle(node, "docker_stack", given)
    swarm.ask("node1", "docker node update --availability drain node2")
    swarm.ask("node1", "until docker node ps node2 | grep -q 'Shutdown.*Running'; do :; done")
    waits = plan(node, "docker_stack", given)
    assert [str(change) for change in waits] == [
        "wait for stack t: t_a 2/1 (tasks are being stopped)"
    ]
    assert not any(change.counts for change in waits)
    done = converge(node, "docker_stack", given)
    assert not done.outcome.failed, done.outcome.msg
    assert "Running" not in swarm.ask("node1", "docker node ps node2 --format '{{.CurrentState}}'")
    assert plan(node, "docker_stack", given) == ()
