"""INI inventories: what Ansible's ini plugin makes of the same text."""

from __future__ import annotations

import pytest

from deployer.inventory.draft import Draft
from deployer.inventory.ini import read_ini
from deployer.inventory.model import Inventory
from deployer.model.errors import LoadError
from deployer.model.source import Position, Template


def read(text: str) -> Inventory:
    draft = Draft()
    read_ini(text, "hosts.ini", draft)
    return draft.freeze()


def problems(text: str) -> list[str]:
    with pytest.raises(LoadError) as caught:
        read(text)
    return [str(problem) for problem in caught.value.diagnostics]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("5", 5),
        ("5.5", 5.5),
        ("-1", -1),
        ("True", True),
        ("None", None),
        ("true", "true"),
        ("yes", "yes"),
        ("0644", "0644"),
        ("1_000", 1000),
        ("10.0.0.1", "10.0.0.1"),
        ("'\"5\"'", "5"),
        ('"a b"', "a b"),
        ("[1,'x']", "[1,x]"),
        ("\"[1, 'x']\"", [1, "x"]),
        ("\"{'a': 1}\"", {"a": 1}),
        ("(1,2)", [1, 2]),
        ("", ""),
        (r"c\ d", "c d"),
        (r"'a\b'", r"a\b"),
        (r'"q\"w\\e\n"', 'q"w\\e\\n'),
        ("a=b=c", "a=b=c"),
    ],
)
def test_values_of_host_lines_are_words_of_a_shell_then_python_literals(written, value) -> None:
    assert read(f"h k={written}").hosts["h"].vars == {"k": value}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("foo # c", "foo # c"),
        ("5 # c", 5),
        ('"quoted # x"', "quoted # x"),
        ("'a' 'b'", "ab"),
        ("{'a': '{{ x }}'}", {"a": "{{ x }}"}),
        ("a, b", "a, b"),
        ("b'x'", "b'x'"),
        ("f(1)", "f(1)"),
        ("'unclosed", "'unclosed"),
    ],
)
def test_values_of_group_vars_are_whole_lines(written, value) -> None:
    assert read(f"[g]\nh\n[g:vars]\nk = {written}").groups["g"].vars == {"k": value}


def test_text_remembers_file_line_and_column() -> None:
    inventory = read("[g]\n  web1 role='front end' n=5\n[g:vars]\n  user =  {{ me }}\n")
    role = inventory.hosts["web1"].vars["role"]
    assert isinstance(role, Template)
    assert role.origin == Position("hosts.ini", 2, 13)
    assert inventory.groups["g"].vars["user"].origin == Position("hosts.ini", 4, 11)


@pytest.mark.parametrize(
    ("line", "hosts", "port"),
    [
        ("web[01:05:2]", ["web01", "web03", "web05"], None),
        ("web[1:3].example.com", [f"web{n}.example.com" for n in (1, 2, 3)], None),
        ("db[a:c]", ["dba", "dbb", "dbc"], None),
        ("r[1:2]s[a:b]", ["r1sa", "r1sb", "r2sa", "r2sb"], None),
        ("web[:2]", ["web0", "web1", "web2"], None),
        ("web1:2222", ["web1"], 2222),
        ("web[1:2]:2222", ["web1", "web2"], 2222),
        ("[2001:db8::1]:22", ["2001:db8::1"], 22),
        ("2001:db8::1", ["2001:db8::1"], None),
        ("10.0.0.[8:9]", ["10.0.0.8", "10.0.0.9"], None),
    ],
)
def test_host_lines_name_hosts_and_ports(line, hosts, port) -> None:
    inventory = read(f"[g]\n{line}")
    assert list(inventory.hosts) == hosts
    assert all(host.vars.get("ansible_port") == port for host in inventory.hosts.values())


def test_sections_children_and_vars_in_any_order() -> None:
    inventory = read(
        """
        # a comment
        ; another
        solo
        [site:vars]
        level=site
        [site:children]  # below
        web
        db # the second
        [web]
        web1 x=1
        [db]
        db1
        web1 y=2
        """
    )
    assert inventory.groups["site"].members == ("web1", "db1")
    assert inventory.groups["site"].vars == {"level": "site"}
    assert inventory.groups["ungrouped"].members == ("solo",)
    assert inventory.hosts["web1"].vars == {"x": 1, "y": 2}
    assert inventory.hosts["web1"].groups == ("all", "site", "db", "web")


def test_all_lists_ungrouped_hosts_then_groups_level_by_level() -> None:
    inventory = read("solo\n[web]\nw1\n[prod:children]\nweb\n[other]\no1\n")
    assert inventory.groups["all"].children == ("ungrouped", "prod", "other")
    assert inventory.groups["all"].members == ("solo", "o1", "w1")


def test_priority_is_of_the_group_and_no_variable() -> None:
    group = read("[g]\nh\n[g:vars]\nansible_group_priority=10\n").groups["g"]
    assert (group.priority, dict(group.vars)) == (10, {})


def test_every_problem_is_reported_with_its_place() -> None:
    said = problems(
        "web1 color\n[web:childs]\nx\n[dbs:vars]\na=1\n[db]\nd1 p='x\n"
        "[all:children]\ndbz\nweb[5:1]\n"
    )
    assert said == [
        "hosts.ini:1:6: expected name=value, not `color` (quote values with spaces: name='a b')",
        "hosts.ini:2:1: section `[web:childs]` is of no known kind (did you mean `children`?)",
        "hosts.ini:7:6: a quote is not closed",
        "hosts.ini:4:1: section `[dbs:vars]` is for a group that does not exist "
        "(did you mean `db`?)",
        "hosts.ini:9:1: section `[all:children]` names a group that does not exist: `dbz` "
        "(did you mean `db`?)",
        "hosts.ini:10:1: section `[all:children]` names a group that does not exist: `web[5:1]`",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("web[5:1]", "runs backwards"),
        ("web[a:5]", "from number to number"),
        ("web[01:100]", "different lengths"),
        ("web[1:5:0]", "must be a positive number"),
        ("web[1:]", "has no end"),
        ("web[1:999999]", "more than"),
        ("web:99999", "is not a port"),
        ("-oProxyCommand=x", "begins with `-`"),
        ("web;id", "contains characters"),
        ("../etc", "contains"),
    ],
)
def test_hosts_that_cannot_be_are_refused(line, said) -> None:
    assert said in problems(f"[g]\n{line}")[0]


def test_circles_of_groups_name_their_chain() -> None:
    said = problems("[a:children]\nb\n[b:children]\nc\n[c:children]\na\n")
    assert said == ["hosts.ini:6:1: groups are children of each other: c > a > b > c"]


def test_a_hash_inside_a_word_is_a_comment_and_warned_about() -> None:
    inventory = read("h password=ab#cd other=1 # fine\n")
    assert inventory.hosts["h"].vars == {"password": "ab"}
    (warning,) = inventory.warnings
    assert warning.position == Position("hosts.ini", 1, 14)
    assert not read("h password=ab # cd").warnings
