"""The main job: three fresh hosts become a swarm with a healthy stack, and stay it.

The tests go on from one another: what one leaves is where the next begins, as on real hosts.
"""

from __future__ import annotations

import pytest

from tests.lab.labs import Lab
from tests.support.playing import Played, play

pytestmark = pytest.mark.lab

PLAYBOOK = "playbooks/swarm.yml"
FORM = "Managers, workers and their labels"
STACK = "Stack, until every service has converged"
FILE = "Stack file"
PAGE = "The page answers"
#: Updates go on at once here; real ones look a while whether a new task stays up.
QUICK = ("-e", "stack_monitor=1s", "-e", "stack_secret=the-token-of-the-tests")


def run(lab: Lab, *words: str) -> Played:
    return play(lab.name, "run", PLAYBOOK, *QUICK, *words)


def plan(lab: Lab, *words: str) -> Played:
    return play(lab.name, "plan", PLAYBOOK, *QUICK, *words)


def page(lab: Lab) -> str:
    return lab.ask("node1", "curl -fsS --max-time 10 http://localhost:8080/")


@pytest.fixture(scope="module")
def deployed(lab: Lab) -> tuple[Played, Played]:
    """The plan on fresh hosts, and the run after it."""
    return plan(lab), run(lab)


def test_one_command_forms_the_swarm_and_the_stack(lab: Lab, deployed: tuple[Played, Played]):
    _, done = deployed
    assert done.code == 0, done.text[-3000:]
    nodes = lab.ask("node1", "docker node ls --format '{{.Hostname}} {{.ManagerStatus}}'")
    assert sorted(line.split()[0] for line in nodes.splitlines()) == ["node1", "node2", "node3"]
    assert all(line.split()[1] in ("Leader", "Reachable") for line in nodes.splitlines())
    services = lab.ask("node1", "docker service ls --format '{{.Name}} {{.Replicas}}'")
    assert services.startswith("web_web 3/3")
    assert "v1" in page(lab)


def test_the_plan_before_it_says_what_happens(deployed: tuple[Played, Played]):
    planned, done = deployed
    assert planned.code == 0
    assert planned.changed == done.changed
    assert planned.plan(STACK) == [
        "deploy stack web: not deployed: this host is not part of a swarm (so far)"
    ]
    assert done.plan(STACK) == ["create service web_web: absent"]


def test_the_plan_changes_nothing(lab: Lab):
    lab.run("reset", "node3")
    before = lab.ask("node3", "docker info --format '{{.Swarm.LocalNodeState}}'")
    plan(lab)
    assert lab.ask("node3", "docker info --format '{{.Swarm.LocalNodeState}}'") == before
    lab.run("reset")
    assert run(lab).code == 0


def test_the_second_run_changes_nothing(lab: Lab, deployed: tuple[Played, Played]):
    before = lab.ask("node1", "docker service inspect web_web --format '{{.Version.Index}}'")
    assert plan(lab).changed == set()
    done = run(lab)
    assert (done.code, done.changed) == (0, set())
    after = lab.ask("node1", "docker service inspect web_web --format '{{.Version.Index}}'")
    assert after == before, "the service must not even be touched"


def test_a_new_image_rolls_out(lab: Lab, deployed: tuple[Played, Played]):
    words = ("-e", "stack_image=web:v2")
    planned = plan(lab, *words)
    done = run(lab, *words)
    assert done.code == 0, done.text[-3000:]
    assert planned.changed == done.changed == {(FILE, "node1"), (STACK, "node1")}
    assert planned.plan(STACK) == done.plan(STACK)
    assert done.plan(STACK) == ["update service web_web: image web:v1 → web:v2"]
    assert "v2" in page(lab)
    assert run(lab, *words).changed == set()


def test_what_was_changed_by_hand_is_set_right(lab: Lab, deployed: tuple[Played, Played]):
    words = ("-e", "stack_image=web:v2")
    lab.ask("node1", "docker service update -q --detach --env-add BY=hand --replicas 2 web_web")
    planned = plan(lab, *words)
    assert planned.changed == {(STACK, "node1")}
    assert planned.plan(STACK) == [
        "update service web_web: replicas 2 → 3, env BY is not in the file"
    ]
    assert run(lab, *words).changed == {(STACK, "node1")}
    assert lab.ask("node1", "docker service ls --format '{{.Replicas}}'").startswith("3/3")
    assert run(lab, *words).changed == set()


def test_a_new_secret_is_a_new_version_and_in_no_output(lab: Lab, deployed: tuple[Played, Played]):
    words = ("-e", "stack_image=web:v2", "-e", "stack_secret=another-token-of-the-tests")
    done = run(lab, *words, "-vvv")
    assert done.code == 0, done.text[-3000:]
    assert "another-token-of-the-tests" not in done.text
    assert "web_token_v2" in done.plan(STACK)[0]
    inside = "docker exec $(docker ps -qf name=web_web) cat /run/secrets/app_token"
    assert lab.ask("node1", inside) == "another-token-of-the-tests"


def test_what_does_not_start_fails_with_its_log(lab: Lab, deployed: tuple[Played, Played]):
    words = ("-e", "stack_secret=another-token-of-the-tests", "-e", "stack_timeout=60")
    done = run(lab, *words, "-e", "stack_image=web:exits")
    assert done.code == 2
    msg = done.failures[STACK, "node1"]
    assert "service web_web: its update failed" in msg
    assert "  | web exits: no such file" in msg
    assert (PAGE, "node1") not in done.results, "what comes after must not run"
    assert "v2" in page(lab), "the service must have been rolled back"


def test_what_never_gets_healthy_fails(lab: Lab, deployed: tuple[Played, Played]):
    words = ("-e", "stack_secret=another-token-of-the-tests", "-e", "stack_timeout=45")
    done = run(lab, *words, "-e", "stack_image=web:sick", "-e", "stack_healthcheck=")
    assert done.code == 2
    assert "stack web did not converge" in done.failures[STACK, "node1"]
