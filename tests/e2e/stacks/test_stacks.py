"""`docker_stack` on a swarm of one: what it compares, removes, pins and refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.labs import Lab, own_name
from tests.support.labhost import LabHost, converge, described, plan, settle

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def swarm() -> Iterator[Lab]:
    made = Lab(own_name("stack1"))
    made.run("up", "1")
    made.ask("node1", "docker swarm init --advertise-addr eth0 2>&1 || docker swarm init 2>&1")
    yield made
    made.run("down")


@pytest.fixture
def node(swarm: Lab) -> Iterator[LabHost]:
    host = LabHost(swarm.name, "node1")
    yield host
    settle(host, "docker_stack", {"name": "t", "state": "absent"})


def stack(**services: dict[str, Any]) -> dict[str, Any]:
    """A stack with these services, none of which needs a virtual address."""
    for service in services.values():
        service.setdefault("image", "web:v1")
        service.setdefault("deploy", {}).setdefault("endpoint_mode", "dnsrr")
    return {"name": "t", "compose": [{"version": "3.8", "services": services}], "wait_timeout": 40}


def images(lab: Lab) -> str:
    return lab.ask("node1", "docker service ls --format '{{.Name}} {{.Image}} {{.Replicas}}'")


def test_a_service_that_is_gone_stays_unless_pruned(swarm: Lab, node: LabHost):
    settle(node, "docker_stack", stack(a={}, b={}))
    assert settle(node, "docker_stack", stack(a={})) == []
    pruned = settle(node, "docker_stack", {**stack(a={}), "prune": True})
    assert pruned == ["remove service t_b: not in the file"]
    assert images(swarm) == "t_a web:v1 1/1"


def test_removal_ends_when_all_is_gone(swarm: Lab, node: LabHost):
    settle(node, "docker_stack", stack(a={}))
    settle(node, "docker_stack", {"name": "t", "state": "absent"})
    assert swarm.ask("node1", "docker ps -q; docker network ls -q --filter name=t_") == ""


def test_what_a_removal_that_broke_off_has_left_is_removed(swarm: Lab, node: LabHost):
    own = "--label com.docker.stack.namespace=t"
    swarm.ask("node1", f"echo x | docker secret create {own} t_left -")
    swarm.ask("node1", f"docker network create {own} --driver overlay t_net")
    absent = {"name": "t", "state": "absent"}
    assert settle(node, "docker_stack", absent) == ["remove stack t: 2 parts left"]
    assert swarm.ask("node1", "docker secret ls -q; docker network ls -q --filter name=t_") == ""
    assert settle(node, "docker_stack", absent) == []


def test_tags_are_pinned_and_a_moved_tag_is_seen(swarm: Lab, node: LabHost):
    registry = described(swarm.name)["registry"]["open"]
    image = f"{registry}/web:moving"
    push = f"docker tag web:%s {image} && docker push -q {image}"
    swarm.ask("node1", push % "v1")
    settle(node, "docker_stack", stack(a={"image": image}))
    assert "@sha256:" in swarm.ask(
        "node1", "docker service inspect t_a --format '{{.Spec.TaskTemplate.ContainerSpec.Image}}'"
    )
    swarm.ask("node1", push % "v2")
    assert plan(node, "docker_stack", {**stack(a={"image": image}), "resolve_image": "never"}) == ()
    (line,) = settle(node, "docker_stack", stack(a={"image": image}))
    assert line.startswith(f"update service t_a: image {image}@sha256:")
    assert "→" in line


def test_an_image_set_by_hand_is_set_right_without_a_registry(swarm: Lab, node: LabHost):
    given = {**stack(a={}), "resolve_image": "never"}
    settle(node, "docker_stack", given)
    swarm.ask("node1", "docker service update -q --detach --image web:v2 t_a")
    assert settle(node, "docker_stack", given) == ["update service t_a: image web:v2 → web:v1"]
    assert images(swarm) == "t_a web:v1 1/1"


def test_a_registry_with_a_login(swarm: Lab, node: LabHost):
    registry = described(swarm.name)["registry"]
    image = f"{registry['login']}/web:v1"
    login = f"docker login -u {registry['user']} --password-stdin {registry['login']}"
    swarm.ask("node1", login, typed=registry["password"])
    swarm.ask("node1", f"docker tag web:v1 {image} && docker push -q {image}")
    given = {**stack(a={"image": image}), "with_registry_auth": True}
    assert not converge(node, "docker_stack", given).outcome.failed
    again = converge(node, "docker_stack", given)
    assert again.plan == [f"deploy stack t: t_a: the registry could not be asked for {image}"], (
        "only the host's own login can ask"
    )
    assert again.outcome.changed is False


def test_stacks_are_listed(node: LabHost):
    settle(node, "docker_stack", stack(a={}, b={}))
    (listed,) = converge(node, "docker_stack_info", {}).outcome.values["results"]
    assert (listed["name"], listed["Services"], listed["orchestrator"]) == ("t", "2", "Swarm")


def test_what_cannot_be_placed_fails_at_the_deadline(node: LabHost):
    placed = {"placement": {"constraints": ["node.labels.nowhere == yes"]}}
    given = {**stack(a={"deploy": placed}), "wait_timeout": 3}
    outcome = converge(node, "docker_stack", given).outcome
    assert outcome.failed
    assert "did not converge within 3 s" in outcome.msg
    assert "no suitable node" in outcome.msg


def test_a_global_service_that_no_node_is_meant_for_any_more_has_converged(node: LabHost):
    """What ran before is kept in its history."""
    settle(node, "docker_stack", stack(a={"deploy": {"mode": "global"}}))
    nowhere = {"constraints": ["node.labels.nowhere == yes"]}
    given = {**stack(a={"deploy": {"mode": "global", "placement": nowhere}}), "wait_timeout": 30}
    settle(node, "docker_stack", given)


def test_tasks_that_are_being_stopped_do_not_count(swarm: Lab, node: LabHost):
    """`docker service ls` counts them: scaled down by hand, and at once up again by us."""
    slow = {
        "image": "busybox:lab",
        "command": ["sh", "-c", "trap '' TERM; sleep 99 & wait; wait"],
        "stop_grace_period": "8s",
        "healthcheck": {"test": ["CMD", "true"], "interval": "2s"},
        "deploy": {"replicas": 2},
    }
    given = stack(a=slow)
    settle(node, "docker_stack", given)
    swarm.ask("node1", "docker service scale --detach t_a=0")
    settle(node, "docker_stack", given)
    running = "docker service ps -f desired-state=running --format '{{.CurrentState}}' t_a"
    states = swarm.ask("node1", running).splitlines()
    assert [state.split()[0] for state in states] == ["Running", "Running"]


def test_a_failure_does_not_repeat_what_the_file_says(node: LabHost):
    given = stack(a={"image": "web:exits", "environment": {"TOKEN": "planted-in-the-file"}})
    outcome = converge(node, "docker_stack", given).outcome
    assert outcome.failed
    assert "planted-in-the-file" not in f"{outcome.msg}{outcome.values}"


def test_without_a_health_check_a_task_must_stay_up(node: LabHost):
    short = {"image": "busybox:lab", "command": ["sh", "-c", "echo bye; sleep 1; exit 3"]}
    given = {**stack(a=short), "wait_timeout": 12}
    outcome = converge(node, "docker_stack", given).outcome
    assert outcome.failed, "it is up for a second only"
    assert "  | bye" in outcome.msg


def test_jobs_are_waited_for(swarm: Lab, node: LabHost):
    job = {"image": "busybox:lab", "command": ["true"]}
    job["deploy"] = {"mode": "replicated-job", "restart_policy": {"condition": "none"}}
    settle(node, "docker_stack", stack(once=job))
    assert "1/1 completed" in images(swarm)


def test_secrets_are_not_in_what_docker_is_asked(swarm: Lab, node: LabHost):
    """An inline file travels on standard input: no argv on the host shows it."""
    given = stack(a={"environment": {"TOKEN": "planted-in-the-file"}})
    watch = "for i in $(seq 200); do cat /proc/[0-9]*/cmdline 2>/dev/null; done | grep -c %s"
    import threading

    seen: list[str] = []
    asking = threading.Thread(
        target=lambda: seen.append(swarm.ssh("node1", watch % "planted-in-the-fil[e]").stdout)
    )
    asking.start()
    settle(node, "docker_stack", given)
    asking.join()
    assert seen == ["0\n"]
