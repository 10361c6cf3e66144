"""`docker_compose_v2`: plans that say what compose does, and failures that say who is to blame."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.labs import Lab
from tests.support.labhost import LabHost, converge, plan, settle

pytestmark = pytest.mark.lab

WEB = """
services:
  web:
    image: web:v1
    environment: {A: "${A}"}
    volumes: ["data:/data"]
    deploy: {replicas: 1}
    depends_on: {db: {condition: service_healthy}}
  db:
    image: web:v1
    scale: 2
volumes: {data: {}}
"""
PROJECT = {"project_src": "/opt/shop", "wait": True, "wait_timeout": 30}


def write(lab: Lab, text: str, name: str = "compose.yml") -> None:
    lab.ask("node1", f"mkdir -p /opt/shop && cat >/opt/shop/{name}", typed=text)


def lines(host: LabHost, **more: Any) -> list[str]:
    return [str(change) for change in plan(host, "docker_compose_v2", {**PROJECT, **more})]


def bring(host: LabHost, **more: Any) -> list[str]:
    return settle(host, "docker_compose_v2", {**PROJECT, **more})


def running(lab: Lab) -> list[str]:
    return sorted(lab.ask("node1", "docker ps --format '{{.Names}} {{.Image}}'").splitlines())


@pytest.fixture
def shop(lab: Lab, node: LabHost) -> LabHost:
    """A project that is up."""
    write(lab, WEB)
    write(lab, "A=1\n", ".env")
    assert bring(node) == [
        "create 2 containers of service db: absent",
        "create container of service web: absent",
    ]
    return node


def test_a_project_comes_up_and_stays(lab: Lab, shop: LabHost):
    assert running(lab) == ["shop-db-1 web:v1", "shop-db-2 web:v1", "shop-web-1 web:v1"]
    outcome = converge(shop, "docker_compose_v2", PROJECT).outcome
    assert not outcome.changed
    assert {one["Health"] for one in outcome.values["containers"]} == {"healthy"}


def test_a_variable_an_image_a_stopped_container(lab: Lab, shop: LabHost):
    write(lab, "A=2\n", ".env")
    assert bring(shop) == ["recreate container shop-web-1: its configuration differs"]
    write(lab, WEB.replace("image: web:v1\n    env", "image: web:v2\n    env"))
    assert bring(shop) == ["recreate container shop-web-1: image web:v1 → web:v2"]
    lab.ask("node1", "docker stop -t 0 shop-db-2")
    assert bring(shop) == ["start container shop-db-2: exited"]
    lab.ask("node1", "docker rm -f shop-db-1")
    assert bring(shop) == ["create container of service db: 1 of 2 are there"]


def test_an_image_that_was_built_anew_under_its_tag(lab: Lab, shop: LabHost):
    lab.ask("node1", "docker tag web:v1 web:kept; docker tag web:v2 web:v1")
    try:
        assert [line.rpartition(": ")[2] for line in bring(shop)] == [
            "image web:v1 is another one now"
        ] * 3
    finally:
        lab.ask("node1", "docker tag web:kept web:v1; docker rmi web:kept")


def test_fewer_services_leave_orphans_until_asked(lab: Lab, shop: LabHost):
    write(lab, "services: {db: {image: web:v1}}\n")
    assert bring(shop) == ["remove container shop-db-2: 2 instead of 1"]
    assert bring(shop, remove_orphans=True) == [
        "remove container shop-web-1: web is not in the project"
    ]


def test_stopped_and_gone(lab: Lab, shop: LabHost):
    assert len(bring(shop, state="stopped")) == 3
    assert running(lab) == []
    assert bring(shop, state="absent", remove_volumes=False)[-2:] == [
        "remove container shop-web-1: exited",
        "remove network shop_default: present",
    ]
    assert lab.ask("node1", "docker volume ls -q") == "shop_data"


def test_what_a_profile_has_started_stays(lab: Lab, node: LabHost):
    tool = "{image: 'web:v1', profiles: [tools]}"
    write(lab, f"services: {{tool: {tool}, web: {{image: 'web:v1'}}}}\n")
    bring(node, profiles=["tools"])
    assert bring(node, remove_orphans=True) == []
    assert bring(node, state="absent") == ["remove container shop-web-1: running"]
    assert bring(node, state="absent", profiles=["tools"]) == [
        "remove container shop-tool-1: running",
        "remove network shop_default: present",
    ]


def test_a_network_without_containers_goes_as_well(lab: Lab, shop: LabHost):
    lab.ask("node1", "docker rm -f $(docker ps -aq --filter label=com.docker.compose.project)")
    assert bring(shop, state="absent") == ["remove network shop_default: present"]
    assert lab.ask("node1", "docker network ls -q --filter name=shop_") == ""


def test_what_was_paused_goes_on_or_is_stopped(lab: Lab, shop: LabHost):
    lab.ask("node1", "docker pause shop-web-1")
    assert bring(shop) == ["unpause container shop-web-1: paused"]
    lab.ask("node1", "docker pause shop-web-1")
    assert "stop container shop-web-1: paused" in bring(shop, state="stopped")
    assert running(lab) == []


def test_volumes_go_once(lab: Lab, shop: LabHost):
    assert "remove volume shop_data: present" in lines(shop, state="absent", remove_volumes=True)
    bring(shop, state="absent")
    asked = {"state": "absent", "remove_volumes": True}
    assert bring(shop, **asked) == ["remove volume shop_data: present"]
    assert lab.ask("node1", "docker volume ls -q --filter name=shop_data") == ""


def test_restarted_is_a_change_each_time(lab: Lab, shop: LabHost):
    asked = {**PROJECT, "state": "restarted"}
    before = lab.ask("node1", "docker inspect -f '{{.State.StartedAt}}' shop-web-1")
    assert converge(shop, "docker_compose_v2", asked).outcome.changed
    assert lab.ask("node1", "docker inspect -f '{{.State.StartedAt}}' shop-web-1") != before
    assert lines(shop, state="restarted") == ["restart project shop: asked for"]


def test_what_is_broken_is_shown_with_its_log(lab: Lab, node: LabHost):
    write(lab, WEB.replace("web:v1\n    scale", "web:exits\n    scale"))
    outcome = converge(node, "docker_compose_v2", PROJECT).outcome
    assert outcome.failed
    assert "dependency failed to start" in outcome.msg
    _, _, behind = outcome.msg.partition("container shop-db-1: exited with status 1\n")
    # Two streams: docker reads them side by side and keeps no order between them.
    assert sorted(behind.splitlines()[:2]) == [
        "  | web exits: no such file",
        "  | web exits: reading /etc/web.conf",
    ]


def test_what_never_gets_healthy_says_what_its_check_says(lab: Lab, node: LabHost):
    write(lab, "services: {web: {image: web:sick}}\n")
    outcome = converge(node, "docker_compose_v2", PROJECT).outcome
    assert outcome.failed
    assert "container shop-web-1: running, unhealthy; its health check says: web sick: no" in (
        outcome.msg
    )


def test_who_restarts_for_ever_is_not_waited_for(lab: Lab, node: LabHost):
    write(lab, "services: {web: {image: web:exits, restart: always}}\n")
    outcome = converge(node, "docker_compose_v2", PROJECT).outcome
    assert outcome.failed
    assert "restarted" in outcome.msg
    assert "  | web exits: no such file" in outcome.msg


def test_an_image_that_nobody_has(lab: Lab, node: LabHost):
    write(lab, "services: {web: {image: nobody/has:this}}\n")
    assert lines(node)[0] == "pull image nobody/has:this: absent"
    outcome = converge(node, "docker_compose_v2", PROJECT).outcome
    assert outcome.failed
    assert "registry-1.docker.io" in outcome.msg


def test_what_runs_once_is_not_run_again(lab: Lab, node: LabHost):
    once = "{image: 'busybox:lab', command: 'true', restart: 'no'}"
    write(lab, f"services: {{once: {once}, web: {{image: 'web:v1'}}}}\n")
    assert len(bring(node)) == 2


def test_a_definition_in_the_playbook(lab: Lab, node: LabHost):
    definition = {"services": {"web": {"image": "web:v1", "environment": {"TOKEN": "planted"}}}}
    given = {"definition": definition, "project_name": "inline", "wait": True}
    assert settle(node, "docker_compose_v2", given) == ["create container of service web: absent"]
    gone = settle(node, "docker_compose_v2", {**given, "state": "absent"})
    assert gone == [
        "remove container inline-web-1: running",
        "remove network inline_default: present",
    ]


def test_files_that_compose_does_not_take_are_refused(lab: Lab, node: LabHost):
    from deployer.sdk import Refused

    write(lab, "services: {web: {imag: x}}\n")
    with pytest.raises(Refused, match="imag"):
        lines(node)
    assert lines(node, project_src="/opt/none")[0] == (
        "bring up project /opt/none: /opt/none does not exist yet"
    )
