"""Host patterns, limits and orders: as Ansible's, in its order."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployer.inventory import load, read_limit, select, split_patterns
from deployer.inventory.model import Inventory
from deployer.model.errors import LoadError
from deployer.model.source import Position, Template

TEXT = """
[g]
beta
zeta
[h]
x1
x2
x3
[dc:children]
h
[empty]
[one:children]
empty
"""


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    (tmp_path / "hosts").write_text("zeta\nalpha\n" + TEXT)
    return load([str(tmp_path / "hosts")])


@pytest.mark.parametrize(
    ("pattern", "hosts"),
    [
        ("all", "alpha beta zeta x1 x2 x3"),
        ("*", "alpha beta zeta x1 x2 x3"),
        ("g:h", "beta zeta x1 x2 x3"),
        ("h,g", "x1 x2 x3 beta zeta"),
        ("all:!g", "alpha x1 x2 x3"),
        ("!g", "alpha x1 x2 x3"),
        ("&g", "beta zeta"),
        ("!zeta:all", "alpha beta x1 x2 x3"),
        ("h:&x2:!g", "x2"),
        ("g:&h", ""),
        ("x*", "x1 x2 x3"),
        ("*a", "zeta alpha beta"),
        ("x?", "x1 x2 x3"),
        ("x[!2]", "x1 x3"),
        ("d*", "x1 x2 x3"),
        ("h[0]", "x1"),
        ("h[-1]", "x3"),
        ("h[0:1]", "x1 x2"),
        ("h[1:]", "x2 x3"),
        ("h[7]", ""),
        ("h[0-1]", "x1 x2"),
        ("x*[0]", "x1"),
        ("all[1:2]", "beta zeta"),
        ("~x[12]", "x1 x2"),
        ("~(x|g)", "beta zeta x1 x2 x3"),
        ("~(?:x|alp).*:!x1", "alpha x2 x3"),
        ("zeta:x1", "zeta x1"),
        ("x1,zeta", "x1 zeta"),
        ("x1, zeta ,", "x1 zeta"),
        ("h:x1", "x1 x2 x3"),
        ("empty", ""),
        ("one", ""),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
    ],
)
def test_patterns(inventory: Inventory, pattern: str, hosts: str) -> None:
    chosen = select(inventory, pattern)
    assert list(chosen.hosts) == hosts.split()
    assert not chosen.warnings


def test_lists_are_joined_and_each_part_may_be_a_pattern(inventory: Inventory) -> None:
    assert select(inventory, ["g", "x1,x2", "!zeta"]).hosts == ("beta", "x1", "x2")
    assert select(inventory, []).hosts == ()


@pytest.mark.parametrize(
    ("limit", "hosts"),
    [
        ("h", "x1 x2 x3"),
        ("x3,beta", "beta x3"),
        ("all:!h", "alpha beta zeta"),
        (["x1", "!x1"], ""),
    ],
)
def test_a_limit_keeps_the_order_of_the_pattern(inventory, limit, hosts) -> None:
    assert list(select(inventory, "all", limit=read_limit(limit)).hosts) == hosts.split()


def test_a_limit_may_stand_in_a_file(inventory: Inventory, tmp_path: Path) -> None:
    (tmp_path / "retry").write_text("x1\n\n  beta  # again\n")
    limit = read_limit("@retry,alpha", tmp_path)
    assert limit == ["x1", "beta", "alpha"]
    with pytest.raises(LoadError, match="cannot read the limit file: No such file"):
        read_limit("@none", tmp_path)


@pytest.mark.parametrize(
    ("order", "hosts"),
    [
        ("inventory", "beta zeta x1 x2"),
        ("sorted", "beta x1 x2 zeta"),
        ("reverse_sorted", "zeta x2 x1 beta"),
        ("reverse_inventory", "x2 x1 zeta beta"),
    ],
)
def test_orders(inventory: Inventory, order: str, hosts: str) -> None:
    assert list(select(inventory, "g,x1,x2", order=order).hosts) == hosts.split()


def test_shuffle_keeps_the_hosts_and_follows_its_seed(inventory: Inventory) -> None:
    orders = {select(inventory, "all", order="shuffle", seed=seed).hosts for seed in range(20)}
    assert len(orders) > 1
    assert {frozenset(order) for order in orders} == {frozenset(inventory.hosts)}
    again = select(inventory, "all", order="shuffle", seed=1).hosts
    assert again == select(inventory, "all", order="shuffle", seed=1).hosts


def test_what_matches_nothing_is_a_warning_with_the_nearest_name(inventory: Inventory) -> None:
    position = Position("site.yml", 2, 10)
    chosen = select(inventory, Template("g:betta", position))
    assert chosen.hosts == ("beta", "zeta")
    (warning,) = chosen.warnings
    assert str(warning) == (
        "site.yml:2:10: no host or group matches `betta` (did you mean `beta`?)"
    )
    assert len(select(inventory, "nope:nope").warnings) == 1


@pytest.mark.parametrize(
    ("pattern", "order", "said"),
    [
        ("~x(", "inventory", "is not a regular expression"),
        ("all", "sortd", "did you mean `sorted`"),
    ],
)
def test_what_cannot_be_read_is_an_error(inventory, pattern, order, said) -> None:
    with pytest.raises(LoadError, match=said):
        select(inventory, pattern, order=order)


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("a:b", ["a", "b"]),
        ("a:b,c:d", ["a:b", "c:d"]),
        ("web[1:2]:db", ["web[1:2]", "db"]),
        ("2001:db8::1", ["2001:db8::1"]),
        ("[2001:db8::1]", ["[2001:db8::1]"]),
        ("2001:db8::1,x", ["2001:db8::1", "x"]),
    ],
)
def test_splitting(pattern: str, parts: list[str]) -> None:
    assert split_patterns(pattern) == parts
