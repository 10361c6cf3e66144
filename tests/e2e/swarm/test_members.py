"""docker_swarm, docker_login and docker_image_load on real hosts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from deployer.model.script import sh
from deployer.model.secret import Secret, reveal
from deployer.sdk import Refused
from tests.e2e.swarm.conftest import say
from tests.support.labhost import LabHost, converge, plan, settle

pytestmark = pytest.mark.lab

Hosts = dict[str, LabHost]


def test_a_swarm_host_by_host(hosts: Hosts, facts: dict[str, Any]):
    first = facts["nodes"]["node1"]["address"]
    node1, node2, node3 = hosts["node1"], hosts["node2"], hosts["node3"]
    given = {"task_history_retention_limit": 3, "dispatcher_heartbeat_period": 6_000_000_000}
    done = converge(node1, "docker_swarm", given)
    assert done.plan == ["initialise swarm: inactive"]
    tokens = done.outcome.values["swarm_facts"]["JoinTokens"]
    assert isinstance(tokens["Worker"], Secret)
    assert reveal(tokens["Worker"]).startswith("SWMTKN-1-")
    assert "SWMTKN" not in str(done.outcome)
    assert plan(node1, "docker_swarm", given) == ()
    assert settle(node1, "docker_swarm", {"task_history_retention_limit": 4}) == [
        "change swarm: task_history_retention_limit differs"
    ]
    assert settle(node1, "docker_swarm", {"labels": {"a": "b"}, "election_tick": 11}) == [
        "change swarm: election_tick differs, labels differs"
    ]
    join = {"state": "join", "remote_addrs": [f"{first}:2377"]}
    for host, role in ((node2, "Manager"), (node3, "Worker")):
        lines = settle(host, "docker_swarm", {**join, "join_token": tokens[role]})
        assert lines == [f"join swarm of {first}:2377: inactive"]
    with pytest.raises(Refused, match="part of a swarm already"):
        plan(node3, "docker_swarm", {})
    refused = converge(node2, "docker_swarm", {"state": "absent"})
    assert refused.outcome.failed
    assert "Raft quorum" in refused.outcome.msg
    assert settle(node3, "docker_swarm", {"state": "absent"})
    lines = settle(node1, "docker_swarm", {"state": "remove", "node_id": "node3"})
    assert lines[0].startswith("remove node node3: its state is ")


def test_a_wrong_token_fails_at_once(hosts: Hosts, facts: dict[str, Any]):
    first = facts["nodes"]["node1"]["address"]
    settle(hosts["node1"], "docker_swarm", {})
    join = {
        "state": "join", "remote_addrs": [f"{first}:2377"],
        "join_token": "SWMTKN-1-3pu6hszjas19xyp7ghgosyx9k8atbfcr8p2is99znpy26u2lkl-wrong",
    }  # fmt: skip
    done = converge(hosts["node2"], "docker_swarm", join)
    assert done.outcome.failed
    assert "join token" in done.outcome.msg


def test_a_new_token_replaces_the_old(node1: LabHost):
    settle(node1, "docker_swarm", {})
    before = say(node1, "docker", "swarm", "join-token", "-q", "worker")
    done = converge(node1, "docker_swarm", {"rotate_worker_token": True})
    assert done.plan == ["change swarm: rotate worker token"]
    after = reveal(done.outcome.values["swarm_facts"]["JoinTokens"]["Worker"])
    assert after != before
    assert after == say(node1, "docker", "swarm", "join-token", "-q", "worker")


def test_managers_are_locked_and_the_key_is_a_secret(node1: LabHost):
    done = converge(node1, "docker_swarm", {"autolock_managers": True})
    key = done.outcome.values["swarm_facts"]["UnlockKey"]
    assert reveal(key) == say(node1, "docker", "swarm", "unlock-key", "-q")
    assert "SWMKEY" not in str(done.outcome)
    settle(node1, "docker_swarm", {"autolock_managers": False})


def test_a_login_is_made_once_and_ended(node1: LabHost, facts: dict[str, Any]):
    registry = facts["registry"]
    given = {
        "registry_url": registry["login"], "username": registry["user"],
        "password": registry["password"],
    }  # fmt: skip
    assert settle(node1, "docker_login", given) == [
        f"log in to {registry['login']} as lab: not logged in"
    ]
    done = converge(node1, "docker_login", {**given, "reauthorize": True})
    assert done.plan == [f"log in to {registry['login']} as lab: `reauthorize`"]
    assert done.outcome.values["login_result"]["Status"] == "Login Succeeded"
    wrong = converge(node1, "docker_login", {**given, "password": "not-the-password"})
    assert wrong.plan == [f"log in to {registry['login']} as lab: credentials differ"]
    assert wrong.outcome.failed
    assert "401" in wrong.outcome.msg
    elsewhere = {**given, "config_path": "/tmp/t-docker/config.json"}
    assert len(settle(node1, "docker_login", elsewhere)) == 1
    assert say(node1, "stat", "-c", "%a", "/tmp/t-docker/config.json") == "600"
    gone = {"registry_url": registry["login"], "state": "absent"}
    assert settle(node1, "docker_login", gone) == [f"log out of {registry['login']}: logged in"]
    assert json.loads(say(node1, "cat", "/root/.docker/config.json"))["auths"] == {}


SAVE = sh("""
docker save -o /tmp/t-images.tar web:v1 web:v2 && gzip -kf /tmp/t-images.tar &&
    docker save -o /tmp/t-bare.tar "$(docker image inspect --format '{{.Id}}' web:exits)"
""")
RESTORE = sh("docker load -i /tmp/t-images.tar")


def test_images_are_loaded_where_they_are_missing(node1: LabHost):
    assert node1.run(SAVE()).ok
    given = {"path": "/tmp/t-images.tar"}
    same = converge(node1, "docker_image_load", given)
    assert same.plan == []
    # `docker save` keeps no order.
    assert sorted(same.outcome.values["image_names"]) == ["web:v1", "web:v2"]
    assert len(same.outcome.values["images"]) == 2
    say(node1, "docker", "rmi", "-f", "web:v2")
    done = converge(node1, "docker_image_load", given)
    assert done.plan == ["load images of /tmp/t-images.tar: not present: web:v2"]
    assert sorted(done.outcome.values["image_names"]) == ["web:v1", "web:v2"]
    assert plan(node1, "docker_image_load", given) == ()
    say(node1, "docker", "tag", "web:v1", "web:v2")
    packed = {"path": "/tmp/t-images.tar.gz"}
    assert settle(node1, "docker_image_load", packed) == [
        "load images of /tmp/t-images.tar.gz: not present: web:v2"
    ]
    bare = converge(node1, "docker_image_load", {"path": "/tmp/t-bare.tar"})
    assert bare.plan == []
    assert bare.outcome.values["image_names"][0].startswith("sha256:")


def test_an_archive_that_is_none_fails_clearly(node1: LabHost):
    missing = converge(node1, "docker_image_load", {"path": "/tmp/t-none.tar"})
    assert missing.plan == ["load images of /tmp/t-none.tar: the archive is not there (so far)"]
    assert "there is no such file" in missing.outcome.msg
    directory = converge(node1, "docker_image_load", {"path": "/etc"})
    assert "there is no such file" in directory.outcome.msg
    broken = converge(node1, "docker_image_load", {"path": "/etc/passwd"})
    assert broken.outcome.failed
    assert "invalid tar header" in broken.outcome.msg
