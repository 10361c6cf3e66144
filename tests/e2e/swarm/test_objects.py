"""Networks, secrets, configs and nodes on a real manager."""

from __future__ import annotations

import json
from typing import Any

import pytest

from deployer.model.script import sh
from deployer.sdk import Refused
from tests.e2e.swarm.conftest import say, tidy_all
from tests.lab.labs import Lab
from tests.support.labhost import LabHost, converge, plan, settle

pytestmark = pytest.mark.lab

RUN = sh('docker run -d --name "$1" --network "$2" --health-cmd none web:v1 >/dev/null')


@pytest.fixture(scope="module")
def manager(machines: dict[str, LabHost]) -> LabHost:
    """One swarm for all tests of this file: none of them changes it."""
    tidy_all(machines)
    done = converge(machines["node1"], "docker_swarm", {})
    assert not done.outcome.failed, done.outcome.msg
    return machines["node1"]


def inspect(host: LabHost, *words: str) -> Any:
    return json.loads(say(host, "docker", *words, "--format", "{{json .}}"))


@pytest.mark.parametrize(
    "given",
    [
        {"driver_options": {"com.docker.network.bridge.enable_icc": False}},
        {
            "ipam_config": [
                {"subnet": "172.30.0.0/16", "iprange": "172.30.1.0/24", "gateway": "172.30.0.9"}
            ]
        },
        {"enable_ipv6": True, "ipam_config": [{"subnet": "fdd1:ac8c:0557:7ce2::/64"}]},
        {"driver": "overlay", "attachable": True, "scope": "swarm"},
        {"driver": "overlay", "driver_options": {"encrypted": ""}, "labels": {"a": "b"}},
        {"internal": True, "labels": {"team": "web", "empty": ""}},
        {"config_only": True, "ipam_config": [{"subnet": "172.31.0.0/16"}]},
        {"ipam_driver": "default", "ipam_driver_options": {"x": "y"}},
    ],
)
def test_networks_of_every_kind_are_created_once(manager: LabHost, given: dict[str, Any]):
    assert settle(manager, "docker_network", {"name": "t-net", **given}) == [
        "create network t-net: absent"
    ]
    removed = settle(manager, "docker_network", {"name": "t-net", "state": "absent"})
    assert removed == ["remove network t-net: present"]


def test_a_network_that_differs_is_made_again_and_keeps_its_containers(manager: LabHost):
    settle(manager, "docker_network", {"name": "t-net"})
    for name in ("t-one", "t-two"):
        assert manager.run(RUN(name, "t-net")).ok
    given = {"name": "t-net", "internal": True, "connected": ["t-one"]}
    lines = settle(manager, "docker_network", given)
    assert lines == [
        "recreate network t-net: internal is false, wanted true",
        "connect container t-one of network t-net: not connected",
    ]
    names = {
        item["Name"]
        for item in inspect(manager, "network", "inspect", "t-net")["Containers"].values()
    }
    assert names == {"t-one"}
    both = {**given, "connected": ["t-two"], "appends": True}
    assert settle(manager, "docker_network", both) == [
        "connect container t-two of network t-net: not connected"
    ]
    assert settle(manager, "docker_network", {**given, "connected": ["t-two"]}) == [
        "disconnect container t-one of network t-net: not in `connected`"
    ]
    done = converge(manager, "docker_network", {**given, "connected": ["t-two", "t-gone"]})
    assert done.plan == []
    assert done.outcome.warnings == ("there is no container t-gone to connect",)
    assert done.outcome.values["network"]["Name"] == "t-net"
    settle(manager, "docker_network", {"name": "t-net", "state": "absent"})
    say(manager, "docker", "rm", "-f", "t-one", "t-two")


@pytest.mark.parametrize("more", [{}, {"connected": ["t-two"], "appends": True}])
def test_who_was_connected_still_answers_by_its_aliases_and_address(
    manager: LabHost, more: dict[str, Any]
):
    given = {"name": "t-net", "ipam_config": [{"subnet": "172.30.0.0/16"}]}
    settle(manager, "docker_network", given)
    for name, words in (("t-one", ("--alias", "db", "--ip", "172.30.0.77")), ("t-two", ())):
        assert manager.run(RUN(name, "none")).ok
        say(manager, "docker", "network", "disconnect", "none", name)
        say(manager, "docker", "network", "connect", *words, "t-net", name)
    lines = settle(manager, "docker_network", {**given, "labels": {"a": "b"}, **more})
    assert lines[0] == "recreate network t-net: labels.a is not set, wanted b"
    assert sorted(line.split()[2] for line in lines[1:]) == ["t-one", "t-two"]
    assert "172.30.0.77" in say(manager, "docker", "exec", "t-two", "nslookup", "db")
    say(manager, "docker", "rm", "-f", "t-one", "t-two")
    settle(manager, "docker_network", {"name": "t-net", "state": "absent"})


def test_a_network_that_a_service_uses_stays(manager: LabHost):
    settle(manager, "docker_network", {"name": "t-net", "driver": "overlay"})
    say(
        manager, "docker", "service", "create", "-q", "--detach", "--name", "t-service",
        "--network", "t-net", "--endpoint-mode", "dnsrr", "web:v1",
    )  # fmt: skip
    done = converge(manager, "docker_network", {"name": "t-net", "state": "absent"})
    assert done.outcome.failed
    assert "is in use by service" in done.outcome.msg
    say(manager, "docker", "service", "rm", "t-service")
    settle(manager, "docker_network", {"name": "t-net", "state": "absent"})


def test_a_removed_network_whose_tasks_still_end_is_not_there(manager: LabHost):
    given = {"name": "t-net", "driver": "overlay", "attachable": True}
    settle(manager, "docker_network", given)
    say(
        manager, "docker", "service", "create", "-q", "--name", "t-service",
        "--network", "t-net", "--stop-grace-period", "8s", "--no-healthcheck",
        "web:v1", "sh", "-c", "sleep 60",
    )  # fmt: skip
    # Tasks run: the node has a copy of its own, which is no ghost.
    assert plan(manager, "docker_network", given) == ()
    say(manager, "docker", "service", "rm", "t-service")
    # The swarm drops it a moment after its answer.
    again = "until docker network rm t-net 2>&1 | grep -q 'not found'; do sleep 0.1; done"
    say(manager, "sh", "-c", again)
    say(manager, "docker", "network", "inspect", "t-net")
    assert plan(manager, "docker_network", {**given, "state": "absent"}) == ()
    lines = settle(manager, "docker_network", given)
    assert lines == ["create network t-net: removed, and gone when its last tasks have ended"]
    settle(manager, "docker_network", {**given, "state": "absent"})


@pytest.mark.parametrize("kind", ["secret", "config"])
def test_a_secret_or_config_is_made_replaced_and_removed(manager: LabHost, kind: str):
    module = f"docker_{kind}"
    given: dict[str, Any] = {"name": "t-one", "data": "first\n"}
    assert settle(manager, module, given) == [f"create {kind} t-one: absent"]
    assert settle(manager, module, {**given, "data": "second"}) == [
        f"replace {kind} t-one: data differs"
    ]
    labelled = {**given, "data": "second", "labels": {"a": "b"}}
    assert settle(manager, module, labelled) == [f"replace {kind} t-one: label a differs"]
    done = converge(manager, module, {**labelled, "force": True})
    assert done.plan == [f"replace {kind} t-one: `force`"]
    found = inspect(manager, kind, "inspect", "t-one")
    assert done.outcome.values == {f"{kind}_id": found["ID"], f"{kind}_name": "t-one"}
    assert found["Spec"]["Labels"]["a"] == "b"
    binary = {"name": "t-one", "data": "/wD+Cg==", "data_is_b64": True}
    settle(manager, module, binary)
    assert plan(manager, module, {"name": "t-one", "data_src": "/etc/hostname"})
    settle(manager, module, {"name": "t-one", "data_src": "/etc/hostname"})
    missing = converge(manager, module, {"name": "t-one", "data_src": "/nowhere"})
    assert missing.outcome.failed
    assert say(manager, "docker", kind, "ls", "-q", "--filter", "name=t-one")
    assert settle(manager, module, {"name": "t-one", "state": "absent"}) == [
        f"remove {kind} t-one: present"
    ]


@pytest.mark.parametrize("kind", ["secret", "config"])
def test_versions_roll_and_old_ones_go(manager: LabHost, kind: str):
    module = f"docker_{kind}"
    for number in range(1, 4):
        given = {
            "name": "t-roll", "data": f"data {number}", "rolling_versions": True,
            "versions_to_keep": 2,
        }  # fmt: skip
        lines = settle(manager, module, given)
        assert lines[0].startswith(f"create {kind} t-roll_v{number}: ")
    assert lines[1:] == [f"remove {kind} t-roll_v1: more than 2 versions"]
    names = say(manager, "docker", kind, "ls", "--format", "{{.Name}}").split()
    assert sorted(names) == ["t-roll_v2", "t-roll_v3"]
    gone = {"name": "t-roll", "rolling_versions": True, "state": "absent"}
    assert len(settle(manager, module, gone)) == 2


def test_what_ansible_made_is_taken_as_it_is(manager: LabHost):
    """The label is community.docker's: sha224 of the data."""
    key = "ea09ae9cc6768c50fcee903ed054556e5bfc8347907f12598aa24193"
    create = sh('printf hello | docker secret create --label "ansible_key=$1" t-theirs -')
    assert manager.run(create(key)).ok
    assert plan(manager, "docker_secret", {"name": "t-theirs", "data": "hello"}) == ()
    settle(manager, "docker_secret", {"name": "t-theirs", "state": "absent"})


def test_a_secret_without_the_label_is_left_alone_with_a_warning(manager: LabHost):
    assert manager.run(sh("printf x | docker secret create t-plain -")()).ok
    done = converge(manager, "docker_secret", {"name": "t-plain", "data": "y"})
    assert done.plan == []
    assert "has no label `ansible_key`" in done.outcome.warnings[0]
    settle(manager, "docker_secret", {"name": "t-plain", "state": "absent"})


def test_a_config_without_the_label_is_compared_by_what_it_holds(manager: LabHost):
    assert manager.run(sh("printf x | docker config create t-plain -")()).ok
    assert plan(manager, "docker_config", {"name": "t-plain", "data": "x"}) == ()
    given = {"name": "t-plain", "data": "y", "template_driver": "golang"}
    settle(manager, "docker_config", given)
    assert (
        inspect(manager, "config", "inspect", "t-plain")["Spec"]["Templating"]["Name"] == "golang"
    )
    settle(manager, "docker_config", {"name": "t-plain", "state": "absent"})


def test_a_secret_that_a_service_uses_says_what_to_do(manager: LabHost):
    settle(manager, "docker_secret", {"name": "t-used", "data": "one"})
    say(
        manager, "docker", "service", "create", "-q", "--detach", "--name", "t-service",
        "--secret", "t-used", "--endpoint-mode", "dnsrr", "web:v1",
    )  # fmt: skip
    done = converge(manager, "docker_secret", {"name": "t-used", "data": "two"})
    assert done.outcome.failed
    assert "use `rolling_versions: true`" in done.outcome.msg
    say(manager, "docker", "service", "rm", "t-service")
    settle(manager, "docker_secret", {"name": "t-used", "state": "absent"})


def test_a_node_is_changed(manager: LabHost):
    name = "node1"
    assert settle(manager, "docker_node", {"hostname": name, "labels": {"a": "1"}}) == [
        "update node node1: label a=1: absent"
    ]
    given = {"hostname": name, "labels_to_remove": ["a", "x"], "availability": "pause"}
    done = converge(manager, "docker_node", given)
    assert done.outcome.values["node"]["Spec"]["Availability"] == "pause"
    assert done.outcome.values["node"]["Spec"]["Labels"] == {}
    assert settle(manager, "docker_node", {"hostname": name, "availability": "active"})
    lost = converge(manager, "docker_node", {"hostname": name, "role": "worker"})
    assert lost.outcome.failed
    assert "last manager" in lost.outcome.msg
    other = converge(manager, "docker_node", {"hostname": "t-nobody", "labels": {"a": "1"}})
    assert other.plan == ["update node t-nobody: not part of the swarm (so far)"]
    assert other.outcome.failed


def test_nodes_and_swarm_are_told(manager: LabHost, machines: dict[str, LabHost]):
    (node,) = converge(manager, "docker_node_info", {"name": ["node1", "nobody"]}).outcome.values[
        "nodes"
    ]
    assert node["Description"]["Hostname"] == "node1"
    assert len(converge(manager, "docker_node_info", {"self": True}).outcome.values["nodes"]) == 1
    say(
        manager, "docker", "service", "create", "-q", "--detach", "--name", "t-told",
        "--endpoint-mode", "dnsrr", "web:v1",
    )  # fmt: skip
    given = {"nodes": True, "services": True, "tasks": True, "unlock_key": True}
    values = converge(manager, "docker_swarm_info", given).outcome.values
    assert values["nodes"][0]["ManagerStatus"] == "Leader"
    assert (values["services"][0]["Name"], values["services"][0]["Replicas"]) == ("t-told", 1)
    assert values["tasks"][0]["Node"] in ("node1", "")
    assert "SWMTKN" not in str(values)
    assert values["swarm_facts"]["Spec"]["Name"] == "default"
    filtered = {"services": True, "services_filters": {"name": "nothing"}, "verbose_output": True}
    assert converge(manager, "docker_swarm_info", filtered).outcome.values["services"] == []
    say(manager, "docker", "service", "rm", "t-told")
    with pytest.raises(Refused) as refused:
        plan(machines["node2"], "docker_swarm_info", {})
    assert refused.value.values == {
        "can_talk_to_docker": True,
        "docker_swarm_active": False,
        "docker_swarm_manager": False,
    }


def test_without_docker_a_change_is_planned_and_fails_at_its_turn(lab: Lab):
    host = LabHost(lab.name, "busy")
    for module, given in (
        ("docker_network", {"name": "t-net"}),
        ("docker_secret", {"name": "t-one", "data": "x"}),
        ("docker_config", {"name": "t-one", "data": "x"}),
        ("docker_swarm", {}),
        ("docker_login", {"username": "u", "password": "secret-one"}),
    ):
        done = converge(host, module, given)
        assert len(done.plan) == 1, module
        assert done.outcome.failed, module
        assert "docker is not installed on this host" in done.outcome.msg, module
