"""swarm_cluster on real hosts: every pass ends with nothing left to do (law 1)."""

from __future__ import annotations

import json
import threading
import time

import pytest

from deployer.model.script import sh
from deployer.sdk import Refused
from tests.e2e.swarm.cluster import ClusterRunner, Ran
from tests.e2e.swarm.conftest import NODES, say
from tests.support.labhost import LabHost

pytestmark = pytest.mark.lab

Hosts = dict[str, LabHost]


def done(ran: Ran) -> Ran:
    assert ran.failures == []
    assert ran.again == []
    assert not [outcome.msg for outcome in ran.outcomes.values() if outcome.failed]
    return ran


def listed(host: LabHost) -> dict[str, str]:
    """Each node's role and state as `docker node ls` has it."""
    text = say(host, "docker", "node", "ls", "--format", "{{json .}}")
    nodes = [json.loads(line) for line in text.splitlines()]
    return {node["Hostname"]: f"{node['Status']} {node['ManagerStatus']}".strip() for node in nodes}


def spec(host: LabHost, node: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(
        say(host, "docker", "node", "inspect", "--format", "{{json .Spec}}", node)
    )
    return found


def test_three_fresh_hosts_become_a_swarm_and_stay_one(cluster: ClusterRunner, hosts: Hosts):
    given = {"managers": list(NODES), "labels": {"node2": {"disk": "ssd"}}}
    ran = done(cluster.run(**given))
    assert ran.plan == [
        "initialise swarm on node1: inactive",
        "join node2 as manager: inactive",
        "join node3 as manager: inactive",
        "update node of node2: label disk=ssd: absent",
        "wait until the nodes are ready",
    ]
    assert listed(hosts["node1"]) == {
        "node1": "Ready Leader",
        "node2": "Ready Reachable",
        "node3": "Ready Reachable",
    }
    assert spec(hosts["node1"], "node2")["Labels"] == {"disk": "ssd"}
    own = ran.outcomes["node2"].values["node"]
    assert (own["host"], own["role"], own["labels"]) == ("node2", "manager", {"disk": "ssd"})
    again = done(cluster.run(**given))
    assert again.plan == []
    assert again.seconds < ran.seconds


def test_a_host_added_later_only_joins(cluster: ClusterRunner, hosts: Hosts):
    done(cluster.run(managers=["node1"], workers=["node2"]))
    ran = done(cluster.run(managers=["node1"], workers=["node2", "node3"]))
    assert ran.plan == [
        "read join tokens",
        "join node3 as worker: inactive",
        "wait until the nodes are ready",
    ]
    assert {step.host for step, _ in ran.replies if step.change.counts} == {"node3"}
    assert listed(hosts["node1"])["node3"] == "Ready"


def test_roles_labels_and_availability_follow_the_description(cluster: ClusterRunner, hosts: Hosts):
    done(cluster.run(managers=["node1"], workers=["node2", "node3"]))
    ran = done(
        cluster.run(
            managers=list(NODES),
            labels={"node1": {"a": "1", "b": "2"}},
            availability={"node3": "drain"},
        )
    )
    assert ran.plan[:3] == [
        "update node of node1: label a=1: absent, label b=2: absent",
        "update node of node2: role worker",
        "update node of node3: role worker, availability active",
    ]
    ran = done(
        cluster.run(
            managers=["node1"],
            workers=["node2", "node3"],
            labels={"node1": {"a": "9"}},
            labels_state="replace",
            availability={"node3": "active"},
        )
    )
    assert ran.plan == [
        "update node of node1: label a=9: is `1`, label b: not wanted",
        "update node of node3: availability drain",
        "demote node of node2: role manager",
        "demote node of node3: role manager",
        "wait until the nodes are ready",
    ]
    assert listed(hosts["node1"]) == {"node1": "Ready Leader", "node2": "Ready", "node3": "Ready"}


def test_the_manager_that_speaks_is_demoted_by_its_successor(cluster: ClusterRunner, hosts: Hosts):
    done(cluster.run(managers=["node1"], workers=["node2"]))
    ran = done(cluster.run(managers=["node2"], workers=["node1"]))
    assert "demote node of node1: role manager" in ran.plan
    assert listed(hosts["node2"]) == {"node1": "Ready", "node2": "Ready Leader"}


def test_a_replaced_host_takes_the_place_of_its_dead_entry(cluster: ClusterRunner, hosts: Hosts):
    done(cluster.run(managers=["node1"], workers=["node2"]))
    say(hosts["node2"], "docker", "swarm", "leave")
    wait_for(hosts["node1"], "node2", "Down")
    ran = done(cluster.run(managers=["node1"], workers=["node2"], remove_dead=True))
    assert ran.plan[0].startswith("remove node node2 (")
    assert ran.plan[0].endswith("): down, and node2 has another id")
    assert listed(hosts["node1"]) == {"node1": "Ready Leader", "node2": "Ready"}


def wait_for(host: LabHost, node: str, state: str) -> None:
    """Until the swarm lists that node in that state."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        text = say(host, "docker", "node", "ls", "--format", "{{.Hostname}} {{.Status}}")
        if f"{node} {state}" in text.splitlines():
            return
        time.sleep(0.2)
    raise AssertionError(f"{node} is not {state}: {text}")


def test_what_would_lose_quorum_is_refused_with_the_numbers(cluster: ClusterRunner, hosts: Hosts):
    done(cluster.run(managers=list(NODES)))
    say(hosts["node3"], "service", "docker", "stop")
    deadline = time.monotonic() + 60
    while listed(hosts["node1"])["node3"] != "Down Unreachable":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    with pytest.raises(Refused, match="demoting node2 would lose quorum: 1 reachable of 2"):
        cluster.plan(managers=["node1", "node3"], workers=["node2"])
    ran = cluster.run(managers=list(NODES))
    assert ran.plan == []
    assert ran.outcomes["node3"].failed
    assert "dockerd does not answer" in ran.outcomes["node3"].msg


def test_a_host_of_another_swarm_moves_only_when_told(cluster: ClusterRunner, hosts: Hosts):
    done(cluster.run(managers=["node1"]))
    done(cluster.run(managers=["node2"], workers=["node3"]))
    with pytest.raises(Refused, match="node3 is part of another swarm"):
        cluster.plan(managers=["node1"], workers=["node3"])
    ran = done(cluster.run(managers=["node1"], workers=["node3"], move_nodes=True))
    assert ran.plan[0].startswith("leave swarm of node3: part of another swarm")
    with pytest.raises(Refused, match="node2 is a manager of another swarm"):
        cluster.plan(managers=["node1"], workers=["node2"], move_nodes=True)
    done(
        cluster.run(
            managers=["node1"], workers=["node2", "node3"], move_nodes=True, force_leave=True
        )
    )
    assert set(listed(hosts["node1"])) == set(NODES)


def test_unlisted_nodes_are_drained_and_removed_when_told(cluster: ClusterRunner, hosts: Hosts):
    done(cluster.run(managers=["node1", "node3"], workers=["node2"]))
    left = done(cluster.run(managers=["node1"]))
    assert left.plan == []
    warnings = sorted(left.outcomes["node1"].warnings)
    assert [text.partition(" (")[0] for text in warnings if "no listed host" in text] == [
        "node2",
        "node3",
    ]
    ran = done(cluster.run(managers=["node1"], prune_unlisted=True))
    assert [line.partition(" (")[0] for line in ran.plan] == [
        "remove node node2",
        "remove node node3",
    ] or [line.partition(" (")[0] for line in ran.plan] == [
        "remove node node3",
        "remove node node2",
    ]
    assert listed(hosts["node1"]) == {"node1": "Ready Leader"}


def test_settings_of_the_swarm(cluster: ClusterRunner, hosts: Hosts):
    given = {"managers": ["node1"], "default_addr_pool": ["10.99.0.0/16"], "subnet_size": 25}
    done(cluster.run(**given, task_history_limit=3, advertise_interface={"node1": "eth0"}))
    ran = done(cluster.run(**given, task_history_limit=4))
    assert ran.plan == ["set task history limit 4: is 3"]
    say(hosts["node1"], "docker", "network", "create", "-d", "overlay", "t-pool")
    subnet = "{{(index .IPAM.Config 0).Subnet}}"
    found = say(hosts["node1"], "docker", "network", "inspect", "--format", subnet, "t-pool")
    assert found.startswith("10.99.")
    assert found.endswith("/25")


def test_a_stopped_daemon_is_told_and_no_second_swarm_is_started(
    cluster: ClusterRunner, hosts: Hosts
):
    say(hosts["node2"], "service", "docker", "stop")
    with pytest.raises(Refused, match=r"cannot tell whether node2 is part of a swarm: dockerd"):
        cluster.plan(managers=["node1", "node2"])


#: Everything that stands in an argv, sampled until told to stop.
WATCH = sh("""
rm -f /tmp/t-stop
: >/tmp/t-argv
while [ ! -e /tmp/t-stop ]; do
    cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >>/tmp/t-argv
done
""")


def test_check_08_no_join_token_stands_in_an_argv(cluster: ClusterRunner, hosts: Hosts):
    watchers = [
        threading.Thread(target=host.run, args=(WATCH(),), daemon=True)
        for host in (hosts["node1"], hosts["node2"])
    ]
    for watcher in watchers:
        watcher.start()
    try:
        ran = done(cluster.run(managers=["node1"], workers=["node2"]))
    finally:
        for name in ("node1", "node2"):
            say(hosts[name], "touch", "/tmp/t-stop")
    for watcher in watchers:
        watcher.join(20)
    token = say(hosts["node1"], "docker", "swarm", "join-token", "-q", "worker")
    for name in ("node1", "node2"):
        seen = say(hosts[name], "cat", "/tmp/t-argv")
        assert "dockerd" in seen
        assert token not in seen
    shown = json.dumps([str(ran.outcomes), ran.plan])
    assert token not in shown
