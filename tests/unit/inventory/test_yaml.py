"""YAML inventories: nested groups, ranges, and what is said about mistakes."""

from __future__ import annotations

import pytest

from deployer.inventory.draft import Draft
from deployer.inventory.model import Inventory
from deployer.inventory.yaml_source import read_yaml
from deployer.language.yaml import load_text
from deployer.model.errors import LoadError
from deployer.model.source import Position


def read(text: str) -> Inventory:
    draft = Draft()
    read_yaml(load_text(text, "h.yml"), "h.yml", draft)
    return draft.freeze()


def test_groups_nest_and_hosts_repeat() -> None:
    inventory = read(
        """
all:
  vars: {region: north}
  hosts:
    solo: {ansible_host: 10.0.0.9, port: 22}
  children:
    web:
      hosts:
        web[01:02]:2222: {role: front}
      children:
        edge: {hosts: {web01: {tier: 0}}}
    db: {hosts: {db1: }, vars: {x: "{{ region }}"}}
"""
    )
    assert inventory.groups["all"].vars == {"region": "north"}
    assert inventory.groups["all"].children == ("ungrouped", "web", "db")
    assert inventory.groups["all"].members == ("solo", "web01", "web02", "db1")
    assert inventory.groups["ungrouped"].members == ("solo",)
    assert inventory.hosts["web01"].vars == {"ansible_port": 2222, "role": "front", "tier": 0}
    assert inventory.hosts["web01"].groups == ("all", "web", "edge")
    assert inventory.groups["edge"].depth == 2
    assert inventory.groups["db"].vars["x"].origin == Position("h.yml", 12, 36)


def test_groups_at_the_top_and_a_name_instead_of_a_mapping() -> None:
    inventory = read("solo:\n  hosts: kilo\nbig:\n  children: solo\n")
    assert inventory.groups["big"].members == ("kilo",)


def test_an_empty_file_is_a_warning() -> None:
    assert "empty" in str(read("---\n").warnings[0])


def test_unknown_keys_are_warned_about_with_the_nearest() -> None:
    (warning,) = read("web:\n  host:\n    a:\n").warnings
    assert str(warning) == "h.yml:2:3: `host` in group `web` is ignored (did you mean `hosts`?)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", "h.yml:1:1: an inventory must be a mapping of groups"),
        ("web: [a]\n", "h.yml:1:1: group `web` must be a mapping with hosts, vars or children"),
        (
            "web:\n  hosts: [a, b]\n",
            "h.yml:2:3: `hosts` of group `web` must be a mapping (write each name as a key: `a:`)",
        ),
        ("web:\n  hosts:\n    a: 5\n", "h.yml:3:5: the variables of host `a` must be a mapping"),
        ("web:\n  vars: x\n", "h.yml:2:3: `vars` of group `web` must be a mapping"),
        ("web:\n  hosts:\n    a b:\n", "h.yml:3:5: host name `a b` contains characters"),
        ("a: {children: {b: {children: {a: }}}}", "groups are children of each other: b > a > b"),
        ("g: {vars: {ansible_group_priority: high}}", "must be a number"),
        ("plugin: aws_ec2\nregions: []\n", "inventory plugin `aws_ec2` is not supported yet"),
    ],
)
def test_mistakes_are_errors_with_their_place(text, said) -> None:
    with pytest.raises(LoadError) as caught:
        read(text)
    assert said in str(caught.value)


def test_all_mistakes_of_a_file_are_reported_together() -> None:
    with pytest.raises(LoadError) as caught:
        read("web:\n  hosts:\n    a: 5\n    -b:\ndb: 7\n")
    lines = [problem.position.line for problem in caught.value.diagnostics]
    assert lines == [3, 4, 5]
