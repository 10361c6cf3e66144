"""Docker on the hosts: images, Compose, registries, a swarm."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.lab.labs import Lab, eventually

pytestmark = pytest.mark.lab

COMPOSE = """
services:
  web:
    image: web:v1
    ports: ["8080:80"]
"""
SERVICE = """docker service create --quiet --detach --name web --mode global --network app \
--publish mode=host,published=8081,target=80 --endpoint-mode dnsrr {image}"""


@pytest.fixture
def tidy(lab: Lab) -> Iterator[Lab]:
    """Node1 to node3 get a new disk after the test."""
    yield lab
    lab.run("reset", "node1", "node2", "node3")


def health(lab: Lab, container: str) -> str:
    return lab.ask("node1", f"docker inspect -f '{{{{.State.Health.Status}}}}' {container}")


def test_the_docker_of_debian_13(lab: Lab):
    assert lab.ask("node1", "docker version -f {{.Server.Version}}").startswith("26.1.")
    assert lab.ask("node1", "docker compose version --short").startswith("2.26.")
    assert lab.ask("sysd", "docker run --rm busybox:lab id -u") == "0"


def test_the_images_do_what_their_tags_say(lab: Lab, tidy: Lab):
    for version in ("v1", "v2", "sick"):
        lab.ask("node1", f"docker run -d --name {version} web:{version}")
    for version in ("v1", "v2"):
        eventually(lambda version=version: health(lab, version) == "healthy", 10)
        page = lab.ask("node1", f"docker exec {version} wget -q -O - http://127.0.0.1/")
        assert page.startswith(f"web {version} ")
    eventually(lambda: health(lab, "sick") == "unhealthy", 10)
    ended = lab.ssh("node1", "docker run --name exits web:exits")
    assert (ended.returncode, ended.stdout) == (1, "web exits: reading /etc/web.conf\n")
    assert "web exits: no such file" in lab.ssh("node1", "docker logs exits").stderr


def test_a_stop_does_not_take_ten_seconds(lab: Lab, tidy: Lab):
    lab.ask("node1", "docker run -d --name quick web:v1 && docker stop -t 5 quick")
    assert lab.ask("node1", "docker inspect -f '{{.State.ExitCode}}' quick") == "0"
    assert lab.ask("node1", "docker logs quick").endswith("web v1: stopped")


def test_compose(lab: Lab, tidy: Lab):
    lab.ask("node1", "mkdir /opt/web && cat >/opt/web/compose.yml", COMPOSE)
    lab.ask("node1", "docker compose -f /opt/web/compose.yml up -d --wait")
    # Seen from another host, through the published port.
    assert lab.ask("node2", "curl -sS -m 5 http://node1:8080/").startswith("web v1 ")


def test_the_registries(lab: Lab, tidy: Lab):
    registry = lab.environment()["registry"]
    open_image, login_image = (f"{registry[kind]}/web:v1" for kind in ("open", "login"))
    lab.ask("node1", f"docker tag web:v1 {open_image} && docker push -q {open_image}")
    lab.ask("node2", f"docker pull -q {open_image}")
    digests = lab.ask("node2", f"docker inspect -f '{{{{json .RepoDigests}}}}' {open_image}")
    assert json.loads(digests)[0].startswith(f"{registry['open']}/web@sha256:")

    lab.ask("node1", f"docker tag web:v1 {login_image}")
    refused = lab.ssh("node1", f"docker push -q {login_image}")
    assert "no basic auth credentials" in refused.stderr
    login = f"docker login -u {registry['user']} --password-stdin {registry['login']}"
    assert lab.ssh("node1", login, "wrong").returncode == 1
    lab.ask("node1", login, registry["password"])
    lab.ask("node1", f"docker push -q {login_image}")
    assert lab.ssh("node2", f"docker pull -q {login_image}").returncode == 1
    lab.ask("node2", login, registry["password"])
    lab.ask("node2", f"docker pull -q {login_image}")


def test_three_managers_form_a_swarm_and_run_a_service(lab: Lab, tidy: Lab):
    first = lab.address("node1")
    lab.ask("node1", f"docker swarm init --advertise-addr {first}")
    token = lab.ask("node1", "docker swarm join-token -q manager")
    for node in ("node2", "node3"):
        lab.ask(node, f"docker swarm join --token {token} {first}:2377")
    managers = lab.ask("node3", "docker node ls --format '{{.Hostname}} {{.ManagerStatus}}'")
    assert sorted(line.split()[0] for line in managers.splitlines()) == ["node1", "node2", "node3"]
    assert "Leader" in managers

    lab.ask("node1", "docker network create -d overlay --attachable app")
    lab.ask("node1", SERVICE.format(image="web:v1"))
    eventually(lambda: running(lab) == 3)
    for node in ("node1", "node2", "node3"):
        assert lab.ask("node1", f"curl -sS -m 5 http://{node}:8081/").startswith("web v1 ")
    # Over the overlay network: the name resolves to the tasks on all three hosts.
    names = lab.ask("node1", "docker run --rm --network app busybox:lab nslookup web")
    assert names.count("Name:") == 3
    lab.ask("node1", "docker service update -q --image web:v2 web")
    assert lab.ask("node2", "curl -sS -m 5 http://node3:8081/").startswith("web v2 ")


def running(lab: Lab) -> int:
    """How many tasks of the service run."""
    states = lab.ask("node1", "docker service ps --format '{{.CurrentState}}' web")
    return sum(line.startswith("Running") for line in states.splitlines())
