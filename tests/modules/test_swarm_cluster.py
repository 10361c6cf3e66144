"""swarm_cluster on what Docker 26 hosts answered: the plan, its scripts and the report."""

import json

import pytest

from deployer.model.secret import reveal
from deployer.modules.swarm_cluster import MODULE, Args
from deployer.sdk import Refused, Reply, Situation, coerce

NODE1 = (
    '{"ID":"9gcz","Hostname":"ip-1","Spec":{"Labels":{},"Role":"manager","Availability":"active"},'
    '"Status":{"State":"ready","Addr":"10.0.0.11"},'
    '"ManagerStatus":{"Leader":true,"Reachability":"reachable","Addr":"10.0.0.11:2377"}}\n'
)
NODE2 = (
    '{"ID":"4405","Hostname":"ip-2","Spec":{"Labels":{"a":"1"},"Role":"worker",'
    '"Availability":"active"},"Status":{"State":"ready","Addr":"10.0.0.12"},"ManagerStatus":null}\n'
)
SPEC = '@spec\n{"Name":"default","Orchestration":{"TaskHistoryRetentionLimit":5}}\n'
MANAGER = f"@nodes\n{NODE1}{NODE1}{NODE2}"
WORKER = (
    "@nodes\n!1 Error response from daemon: This node is not a swarm manager. Worker nodes can't "
    "be used to view or modify cluster state.\n@self\n"
    '{"state":"active","id":"4405","manages":false,"hostname":"ip-2"}\n'
)
FRESH = (
    '@nodes\n!1 Error response from daemon: This node is not a swarm manager. Use "docker swarm '
    'init" or "docker swarm join" to connect this node to swarm and try again.\n@self\n'
    '{"state":"inactive","id":"","manages":false,"hostname":"ip-9"}\n'
)
DOWN = (
    "@nodes\n!1 Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker "
    'daemon running?\n@self\n{"state":"","id":"","manages":false,"hostname":""}\n'
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon "
    "running?\n"
)
NO_DOCKER = "@nodes\n!127 sh: 1: docker: not found\n@self\n!127 sh: 1: docker: not found\n"
KEYS = Reply(
    0, b"node 9gcz\naddress 10.0.0.11:2377\nip 10.0.0.11\nworker SWMTKN-w-key\nmanager SWMTKN-m-key"
)


def args_of(**given):
    return coerce(Args, "swarm_cluster", {"managers": ["m1"], "workers": [], **given})


def planned(args, **answers):
    states = {
        name: MODULE.parse(args, name, Reply(0, text.encode())) for name, text in answers.items()
    }
    return MODULE.plan(args, states), states


def lines(changes):
    return [f"{step.round} {step.host} {step.change}" for step in changes]


def test_members_are_managers_and_workers():
    args = args_of(managers=["m1", "m2"], workers=["w1"])
    assert MODULE.members(args, Situation()) == ["m1", "m2", "w1"]


def test_a_new_swarm_in_rounds():
    args = args_of(
        managers=["m1", "m2"],
        workers=["w1"],
        labels={"m1": {"zone": "a"}, "w1": {"disk": "ssd"}, "m2": None},
        availability={"w1": "drain", "m1": "", "m2": None},
    )
    changes, _ = planned(args, m1=FRESH, m2=FRESH, w1=FRESH)
    assert lines(changes) == [
        "1 m1 initialise swarm on m1: inactive",
        "2 m2 join m2 as manager: inactive",
        "2 w1 join w1 as worker: inactive",
        "3 m1 update node of m1: label zone=a: absent",
        "3 m1 update node of w1: label disk=ssd: absent",
        "3 m1 wait until the nodes are ready",
    ]
    assert [step.change.counts for step in changes] == [True, True, True, True, True, False]
    replies = {
        "keys": KEYS,
        "join m2": Reply(0, b"node id-m2\n"),
        "join w1": Reply(0, b"node id-w1\n"),
    }
    scripts = [step.script(replies) for step in changes]
    assert "SWMTKN-m-key" in reveal(scripts[1].calls[0].stdin)
    assert "SWMTKN-w-key" in reveal(scripts[2].calls[0].stdin)
    assert '"Availability": "drain"' in reveal(scripts[2].calls[0].stdin)
    assert scripts[3].calls[0].args == ("9gcz", "--label-add", "zone=a")
    assert scripts[4].calls[0].args == ("id-w1", "--label-add", "disk=ssd")
    assert scripts[5].calls[0].args == ("60", "manager:id-m2", "worker:id-w1")
    words = [word for script in scripts for call in script.calls for word in call.args]
    assert not any("SWMTKN" in word for word in words)
    assert scripts[0].hushed


def test_addresses_and_pools_go_to_whom_they_belong():
    args = args_of(
        managers=["m1", "m2"],
        advertise_addr={"m1": "10.0.0.11", "m2": None},
        advertise_interface={"m1": "eth0", "m2": "eth1"},
        data_path_addr={"m2": "eth2"},
        default_addr_pool=["10.9.0.0/16"],
        subnet_size=24,
        task_history_limit=3,
    )
    changes, _ = planned(args, m1=FRESH, m2=FRESH)
    init = changes[0].script({})
    assert init.calls[0].args == (
        *("--advertise-addr", "10.0.0.11", "--listen-addr", "0.0.0.0:2377"),
        *("--default-addr-pool", "10.9.0.0/16", "--default-addr-pool-mask-length", "24"),
        *("--task-history-limit", "3"),
    )
    join = changes[1].script({"keys": KEYS}).calls[0]
    body = json.loads(reveal(join.stdin))
    assert body.pop("JoinToken") == "SWMTKN-m-key"
    assert body == {
        "RemoteAddrs": ["10.0.0.11:2377"],
        "AdvertiseAddr": "eth1",
        "ListenAddr": "0.0.0.0:2377",
        "DataPathAddr": "eth2",
        "Availability": "active",
    }


def test_a_host_joins_an_old_swarm_with_its_keys():
    args = args_of(workers=["w1", "w2"])
    changes, _ = planned(args, m1=MANAGER, w1=WORKER, w2=FRESH)
    assert lines(changes) == [
        "1 m1 read join tokens",
        "2 w2 join w2 as worker: inactive",
        "3 m1 wait until the nodes are ready",
    ]
    assert changes[0].change.script.hushed


def test_nothing_is_to_do_where_all_is_as_described():
    args = args_of(workers=["w1"], labels={"w1": {"a": "1"}}, task_history_limit=5)
    changes, _ = planned(args, m1=MANAGER + SPEC, w1=WORKER)
    assert changes == []


def test_settings_are_put_right():
    changes, _ = planned(args_of(task_history_limit=7), m1=MANAGER + SPEC)
    assert lines(changes) == ["1 m1 set task history limit 7: is 5"]


def test_the_report_tells_nodes_by_both_names():
    args = args_of(workers=["w1"])
    _, states = planned(args, m1=MANAGER, w1=WORKER)
    values = MODULE.report(args, "w1", states).values
    assert (values["node"]["host"], values["node"]["hostname"]) == ("w1", "ip-2")
    assert [node["host"] for node in values["nodes"]] == ["m1", "w1"]
    assert (values["managers"], values["workers"]) == (["9gcz"], ["4405"])


def test_a_daemon_that_is_down_fails_its_host_alone():
    args = args_of(workers=["w1"])
    changes, states = planned(args, m1=MANAGER, w1=DOWN)
    assert changes == []
    outcome = MODULE.report(args, "w1", states)
    assert outcome.failed
    assert outcome.msg.startswith("dockerd does not answer: Cannot connect")
    assert not MODULE.report(args, "m1", states).failed


def test_no_swarm_is_started_while_a_daemon_is_down():
    with pytest.raises(Refused, match=r"cannot tell whether m2 .* dockerd does not answer"):
        planned(args_of(managers=["m1", "m2"]), m1=FRESH, m2=DOWN)


def test_a_host_without_docker_does_not_hide_a_swarm():
    args = args_of(workers=["w1"])
    changes, states = planned(args, m1=FRESH, w1=NO_DOCKER)
    assert lines(changes) == ["1 m1 initialise swarm on m1: inactive"]
    assert MODULE.report(args, "w1", states).msg.startswith("docker is not installed on this host")


def test_a_probe_that_took_too_long_is_a_daemon_that_does_not_answer():
    args = args_of()
    seen = MODULE.parse(args, "m1", Reply(124))
    with pytest.raises(Refused, match="dockerd did not answer in time"):
        MODULE.plan(args, {"m1": seen})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"autolock": True}, "`autolock` is not supported yet"),
        ({"availability": {"m1": "asleep"}}, "'asleep' is none of active, pause, drain"),
        ({"labels": {"m1": {"a": True}}}, "put quotes around True"),
    ],
)
def test_what_cannot_be_meant_is_refused(given, message):
    with pytest.raises(Refused, match=message):
        planned(args_of(**given), m1=FRESH)


def test_the_groups_are_the_defaults():
    from deployer.sdk.arguments import template_defaults

    defaults = dict(template_defaults(Args))
    assert defaults["managers"] == "{{ groups['managers'] }}"
    assert set(defaults) == {"managers", "workers", "labels", "availability"}
