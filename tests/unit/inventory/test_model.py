"""The inventory as a value, and its changed copies."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployer.inventory import load, with_host, with_members
from deployer.inventory.draft import Draft
from deployer.inventory.model import Inventory
from deployer.model.errors import LoadError


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    (tmp_path / "hosts").write_text(
        "solo\n[web]\nw1 x=1\nw2\n[prod:children]\nweb\n[prod:vars]\nansible_group_priority=3\n"
    )
    return load([str(tmp_path / "hosts")])


def test_thawing_and_freezing_gives_an_equal_inventory(inventory: Inventory) -> None:
    assert Draft.of(inventory).freeze() == inventory


def test_add_host_makes_a_copy(inventory: Inventory) -> None:
    more = with_host(inventory, "w3", ["web", "new"], {"y": 2})
    assert "w3" not in inventory.hosts
    assert more.members("web") == ("w1", "w2", "w3")
    assert more.hosts["w3"].groups == ("all", "new", "prod", "web")
    assert more.hosts["w3"].group_names == ["new", "prod", "web"]
    assert more.hosts["w1"] == inventory.hosts["w1"]
    changed = with_host(more, "w1", [], {"x": 5})
    assert changed.hosts["w1"].vars == {"x": 5}
    assert more.hosts["w1"].vars == {"x": 1}


def test_a_host_that_gets_a_group_is_no_longer_ungrouped(inventory: Inventory) -> None:
    assert inventory.members("ungrouped") == ("solo",)
    assert with_host(inventory, "solo", ["web"]).members("ungrouped") == ()


def test_group_by_makes_a_copy(inventory: Inventory) -> None:
    more = with_members(inventory, "os_debian", ["w1", "solo"], ["os"])
    assert more.members("os") == ("w1", "solo")
    assert more.groups["os_debian"].depth == 2
    with pytest.raises(LoadError, match="children of each other"):
        with_members(more, "os", [], ["os_debian"])


def test_add_host_refuses_what_no_host_can_be_called(inventory: Inventory) -> None:
    with pytest.raises(LoadError, match="begins with `-`"):
        with_host(inventory, "-oProxyCommand=id")


def test_this_machine_is_there_without_being_listed(inventory: Inventory) -> None:
    local = inventory.host("localhost")
    assert local is not None
    assert (local.vars, local.implicit, local.group_names) == (
        {"ansible_connection": "local"},
        True,
        [],
    )
    assert "localhost" not in inventory.hosts
    assert inventory.host("nope") is None


def test_this_machine_listed_under_one_name_answers_to_the_others(inventory: Inventory) -> None:
    listed = with_host(inventory, "127.0.0.1", [], {"x": 1})
    assert listed.host("localhost") == listed.hosts["127.0.0.1"]


def test_the_order_in_which_groups_win() -> None:
    draft = Draft()
    for group in ("b", "a", "deep"):
        draft.add_member(group, "h")
    draft.add_child("b", "deep")
    draft.set_group_var("a", "ansible_group_priority", 5)
    host = draft.freeze().hosts["h"]
    assert host.groups == ("all", "b", "a", "deep")


def test_depth_is_the_longest_way() -> None:
    draft = Draft()
    draft.add_child("all", "c")
    draft.add_child("a", "b")
    draft.add_child("b", "c")
    assert draft.freeze().groups["c"].depth == 3


def test_a_thousand_hosts_freeze_quickly_enough_to_add_many() -> None:
    draft = Draft()
    for number in range(1000):
        draft.add_member(f"g{number % 10}", f"h{number}")
    inventory = draft.freeze()
    assert len(inventory.members("all")) == 1000
    assert inventory.hosts["h7"].groups is inventory.hosts["h17"].groups
