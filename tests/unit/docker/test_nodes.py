"""Nodes as managers list them, and labels."""

import pytest

from deployer.docker.nodes import label_change, label_texts, node_of
from deployer.sdk import Refused

RECORD = {
    "ID": "msquo5ub15h21sjx37m9300hi",
    "Spec": {"Labels": {"zone": "a"}, "Role": "manager", "Availability": "active"},
    "Description": {"Hostname": "node1"},
    "Status": {"State": "ready", "Addr": "10.124.61.11"},
    "ManagerStatus": {"Leader": True, "Reachability": "reachable", "Addr": "0.0.0.0:2377"},
}


def test_a_node_is_read():
    node = node_of(RECORD)
    assert (node.hostname, node.role, node.leader, node.settled) == ("node1", "manager", True, True)
    assert node.labels == {"zone": "a"}
    assert node.manager_address == "10.124.61.11:2377"


def test_a_worker_has_no_manager_status():
    record = {**RECORD, "Spec": {"Role": "worker"}, "ManagerStatus": None}
    node = node_of(record)
    assert not node.is_manager
    assert node.availability == "active"
    assert node.labels == {}
    assert node.settled


@pytest.mark.parametrize(
    ("present", "wanted", "state", "remove", "flags"),
    [
        ({"a": "1"}, {"a": "1"}, "merge", (), []),
        ({"a": "1"}, {"a": "2"}, "merge", (), ["--label-add", "a=2"]),
        ({"a": "1", "b": "2"}, {"a": "1"}, "replace", (), ["--label-rm", "b"]),
        ({"a": "1", "b": "2"}, {}, "replace", (), ["--label-rm", "a", "--label-rm", "b"]),
        ({"a": "1"}, {}, "merge", ("a", "x"), ["--label-rm", "a"]),
        ({"a": "1"}, {"a": "1"}, "merge", ("a",), []),
        ({}, {"e": ""}, "merge", (), ["--label-add", "e="]),
    ],
)
def test_labels_are_set_and_removed(present, wanted, state, remove, flags):
    assert label_change(present, wanted, state, remove).flags == flags


def test_a_label_says_why_it_changes():
    change = label_change({"a": "1", "b": "2"}, {"a": "3", "c": "4"}, "replace")
    assert change.causes({"a": "1", "b": "2"}) == [
        "label a=3: is `1`",
        "label c=4: absent",
        "label b: not wanted",
    ]


@pytest.mark.parametrize("value", [True, 1.10, None, ["x"]])
def test_what_yaml_may_have_changed_is_refused_as_a_label(value):
    with pytest.raises(Refused, match="put quotes around"):
        label_texts({"key": value})
    assert label_texts({"number": 3, "text": "x"}) == {"number": "3", "text": "x"}
