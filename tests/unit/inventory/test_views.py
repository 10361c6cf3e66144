"""The views of `deploy inventory`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deployer.inventory import load, views
from deployer.inventory.model import Inventory
from deployer.language.values import EncryptedText
from deployer.model.errors import LoadError
from deployer.model.secret import MASK, Secret


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    (tmp_path / "hosts").write_text(
        "solo\n[web]\nw1 x=1\nw2\n[site:children]\nweb\n[site:vars]\nv='{{ a }}'\n"
    )
    return load([str(tmp_path / "hosts")])


def test_graph_is_a_tree(inventory: Inventory) -> None:
    assert views.graph(inventory) == (
        "@all:\n"
        "  |--@ungrouped:\n"
        "  |  |--solo\n"
        "  |--@site:\n"
        "  |  |--@web:\n"
        "  |  |  |--w1\n"
        "  |  |  |--w2"
    )


def test_graph_of_a_group_with_variables(inventory: Inventory) -> None:
    shown = views.graph(
        inventory,
        "site",
        host_vars=lambda name: inventory.hosts[name].vars,
        group_vars=lambda name: inventory.groups[name].vars,
    )
    assert shown == (
        "@site:\n  |--@web:\n  |  |--w1\n  |  |  |--{x = 1}\n  |  |--w2\n  |--{v = {{ a }}}"
    )
    with pytest.raises(LoadError, match="did you mean `site`"):
        views.graph(inventory, "sitte")


def test_list_is_what_inventory_scripts_print(inventory: Inventory, tmp_path: Path) -> None:
    listing = views.as_list(inventory)
    assert listing == {
        "_meta": {"hostvars": {"w1": {"x": 1}}},
        "all": {"children": ["ungrouped", "site"]},
        "site": {"children": ["web"]},
        "ungrouped": {"hosts": ["solo"]},
        "web": {"hosts": ["w1", "w2"]},
    }
    (tmp_path / "again.json").write_text(json.dumps(listing))
    again = load([str(tmp_path / "again.json")])
    assert again.members("site") == inventory.members("site")
    assert again.hosts["w1"].vars == {"x": 1}


def test_host_shows_variables_but_no_secret(inventory: Inventory) -> None:
    secret = Secret("hunter2-hunter2")
    values = {"p": secret, "u": f"http://me:{secret + ''}@x", "e": EncryptedText("$A"), "l": [1]}
    shown = views.host(inventory, "w1", lambda _name: values)
    assert shown == {
        "e": {"__ansible_vault": "$A"},
        "l": [1],
        "p": MASK,
        "u": f"http://me:{MASK}@x",
    }
    assert views.host(inventory, "localhost") == {"ansible_connection": "local"}
    with pytest.raises(LoadError, match="did you mean `w1`"):
        views.host(inventory, "w1x")
