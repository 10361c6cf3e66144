"""Names that would be options, paths or shell syntax are refused (security check 22)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.inventory.names import address_problem, group_problem, host_problem, user_problem

METACHARACTERS = [*";&|<>()$`\"' \t\n\r\0*?{}!#~,\\", "\u2028", "\x7f"]


@pytest.mark.parametrize(
    "name",
    [
        "web1",
        "web-1.example.com",
        "_x",
        "10.0.0.1",
        "2001:db8::1",
        "münchen",
        "a_b",
        "node+1",
        "1a",
    ],
)
def test_check_22_names_of_hosts_that_are_fine(name: str) -> None:
    assert not host_problem(name)
    assert not address_problem(name)


@pytest.mark.parametrize("name", ["", "-a", "-oProxyCommand=id", "..", "a..b", ".", "a/b", "a%b"])
def test_check_22_names_of_hosts_that_are_refused(name: str) -> None:
    assert host_problem(name)
    assert address_problem(name)


@given(st.sampled_from(METACHARACTERS), st.text("ab1", max_size=4), st.text("ab1", max_size=4))
def test_check_22_no_metacharacter_is_in_a_name(char: str, head: str, tail: str) -> None:
    assert host_problem(head + char + tail)
    assert address_problem(head + char + tail)
    if char not in "\\$":
        assert user_problem(head + char + tail)


@pytest.mark.parametrize("address", ["fe80::1%eth0", "[2001:db8::1]", "[fe80::1%br-lan]"])
def test_addresses_may_have_zones_and_brackets(address: str) -> None:
    assert not address_problem(address)


def test_a_zone_is_only_for_addresses() -> None:
    assert address_problem("web%h")
    assert address_problem("fe80::1%e;id")


@pytest.mark.parametrize("name", ["root", "deploy-er", r"DOMAIN\me", "me@example.com", "machine$"])
def test_check_22_logins_that_are_fine(name: str) -> None:
    assert not user_problem(name)


@pytest.mark.parametrize("name", ["", "-l", "a\\", "$x", "a$b", "a b", "a;b", "a\nb", "$"])
def test_check_22_logins_that_are_refused(name: str) -> None:
    assert user_problem(name)


def test_control_characters_are_shown_as_escapes() -> None:
    assert "\\n" in host_problem("a\nb")
    assert "\n" not in host_problem("a\nb")


@pytest.mark.parametrize(("name", "fine"), [("web servers", True), ("a/b", False), ("..", False)])
def test_groups_name_files(name: str, fine: bool) -> None:
    assert (not group_problem(name)) is fine
