"""Which source of a variable wins, and what a scope holds."""

from __future__ import annotations

import timeit
from collections.abc import Callable
from pathlib import Path

import pytest

from deployer.inventory import load, with_host
from deployer.inventory.model import Inventory
from deployer.variables import (
    EMPTY_TASK,
    Level,
    PlayVariables,
    RoleVariables,
    RunSettings,
    TaskVariables,
    VariableStore,
)

#: Where each level is written, from the weakest: (level, file or None for what a play brings).
FILES = (
    (Level.INVENTORY_GROUP, "inv/hosts", "[web:vars]\nv={}\n"),
    (Level.INVENTORY_GROUP_VARS_ALL, "inv/group_vars/all.yml", "v: {}\n"),
    (Level.PLAYBOOK_GROUP_VARS_ALL, "book/group_vars/all.yml", "v: {}\n"),
    (Level.INVENTORY_GROUP_VARS, "inv/group_vars/web.yml", "v: {}\n"),
    (Level.PLAYBOOK_GROUP_VARS, "book/group_vars/web.yml", "v: {}\n"),
    (Level.INVENTORY_HOST, "inv/hosts", "[other]\nw1 v={}\n"),
    (Level.INVENTORY_HOST_VARS, "inv/host_vars/w1.yml", "v: {}\n"),
    (Level.PLAYBOOK_HOST_VARS, "book/host_vars/w1.yml", "v: {}\n"),
)
LEVELS = [level for level in Level if level is not Level.COMMAND_LINE_VALUES]


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + text)


def scope_with(folder: Path, levels: set[Level]) -> VariableStore:
    """A store whose variable `v` is, at each of these levels, the level's number."""
    write(folder, "inv/hosts", "[web]\nw1\n")
    for level, name, text in FILES:
        if level in levels:
            write(folder, name, text.format(int(level)))
    at: Callable[[Level], dict[str, int]] = lambda level: {"v": level} if level in levels else {}  # noqa: E731
    store = VariableStore(load([str(folder / "inv")]), extra_vars=at(Level.EXTRA_VARS))
    store.add_facts("w1", at(Level.FACTS))
    store.include("w1", at(Level.INCLUDE_VARS))
    store.set_facts("w1", at(Level.SET_FACTS))
    role = RoleVariables(
        "r",
        defaults=(at(Level.ROLE_DEFAULTS),),
        vars=(at(Level.ROLE_VARS),),
        params=(at(Level.ROLE_PARAMS),),
    )
    store.begin_play(
        PlayVariables(
            playbook_dir=str(folder / "book"),
            vars=at(Level.PLAY_VARS),
            prompted=at(Level.PLAY_VARS_PROMPT),
            files=at(Level.PLAY_VARS_FILES),
        )
    )
    store.task = TaskVariables(  # type: ignore[attr-defined]
        vars=at(Level.TASK_VARS),
        blocks=(at(Level.BLOCK_VARS),),
        include_params=(at(Level.INCLUDE_PARAMS),),
        role=role,
    )
    return store


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_wins_over_all_below_it(tmp_path: Path, level: Level) -> None:
    store = scope_with(tmp_path, {other for other in LEVELS if other <= level})
    assert store.assemble("w1", task=store.task)["v"] == level  # type: ignore[attr-defined]


def inventory_of(folder: Path, text: str) -> Inventory:
    write(folder, "hosts", text)
    return load([str(folder / "hosts")])


def test_groups_win_by_depth_then_priority_then_name(tmp_path: Path) -> None:
    text = "[{0}]\nh\n[{0}:vars]\nv={0}\n"
    inventory = inventory_of(tmp_path, "".join(text.format(name) for name in "abc"))
    assert VariableStore(inventory).static("h")["v"] == "c"
    write(tmp_path, "hosts", "[b:vars]\nansible_group_priority=5\n")
    inventory = load([str(tmp_path / "hosts")])
    assert VariableStore(inventory).static("h")["v"] == "b"
    write(tmp_path, "hosts", "[top:children]\na\n")
    inventory = load([str(tmp_path / "hosts")])
    assert VariableStore(inventory).static("h")["v"] == "a"


def test_loop_variables_hide_even_extra_variables(tmp_path: Path) -> None:
    store = VariableStore(inventory_of(tmp_path, "h\n"), extra_vars={"item": "extra"})
    assert store.assemble("h", local={"item": 1})["item"] == 1
    assert store.assemble("h").over({"item": 2})["item"] == 2


def test_roles_see_their_own_first_then_dependencies_then_who_brought_them() -> None:
    outer = RoleVariables("outer", defaults=({"v": "outer", "o": 1},), vars=({"w": "outer"},))
    inner = RoleVariables(
        "inner",
        "/roles/inner",
        defaults=({"v": "inner"}, {"v": "dep", "d": 1}, *outer.defaults),
        vars=({}, *outer.vars),
        parents=(outer,),
    )
    task = TaskVariables(role=inner)
    assert [layer["v"] for layer in task.defaults] == ["inner", "dep", "outer"]
    assert task.magic == {
        "role_name": "inner",
        "ansible_role_name": "inner",
        "role_path": "/roles/inner",
        "ansible_parent_role_names": ["outer"],
        "ansible_parent_role_paths": [""],
    }


def test_a_task_role_hides_the_other_roles_of_the_play(tmp_path: Path) -> None:
    store = VariableStore(inventory_of(tmp_path, "h\n"))
    play = PlayVariables(role_defaults=({"v": "last"}, {"v": "first"}), role_vars=({"w": "last"},))
    role = RoleVariables("first", defaults=({"v": "first"},), vars=({"w": "first"},))
    assert store.assemble("h", play)["v"] == "last"
    scope = store.assemble("h", play, TaskVariables(role=role))
    assert (scope["v"], scope["w"]) == ("first", "first")


def test_magic_variables_cannot_be_overridden(tmp_path: Path) -> None:
    store = VariableStore(
        inventory_of(tmp_path, "[g]\nh.example.com\n"),
        extra_vars={"inventory_hostname": "x", "groups": {}, "ansible_facts": {}},
        settings=RunSettings(check_mode=True, verbosity=2, limit="g", run_tags=("a",)),
    )
    play = PlayVariables(
        name="p",
        playbook_dir="/p",
        hosts_all=("h.example.com", "b"),
        hosts=("h.example.com",),
        batch=("h.example.com",),
        role_names=("r",),
        dependent_role_names=("d",),
    )
    scope = store.assemble("h.example.com", play)
    expected = {
        "inventory_hostname": "h.example.com",
        "inventory_hostname_short": "h",
        "inventory_dir": str(tmp_path),
        "inventory_file": str(tmp_path / "hosts"),
        "group_names": ["g"],
        "groups": {"all": ["h.example.com"], "ungrouped": [], "g": ["h.example.com"]},
        "playbook_dir": "/p",
        "ansible_play_name": "p",
        "ansible_play_hosts": ["h.example.com"],
        "ansible_play_hosts_all": ["h.example.com", "b"],
        "ansible_play_batch": ["h.example.com"],
        "play_hosts": ["h.example.com"],
        "ansible_play_role_names": ["r"],
        "ansible_dependent_role_names": ["d"],
        "ansible_role_names": ["d", "r"],
        "ansible_check_mode": True,
        "ansible_diff_mode": False,
        "ansible_verbosity": 2,
        "ansible_forks": 5,
        "ansible_limit": "g",
        "ansible_run_tags": ["a"],
        "ansible_skip_tags": [],
        "ansible_facts": {},
    }
    assert {name: scope[name] for name in expected} == expected
    version = scope["ansible_version"]
    assert version["full"] == f"{version['major']}.{version['minor']}.{version['revision']}"
    assert version["full"].startswith("2.19.")
    assert "ansible_limit" not in VariableStore(store.inventory).assemble("h.example.com")


def test_a_host_has_an_address_even_where_nobody_gives_one(tmp_path: Path) -> None:
    store = VariableStore(inventory_of(tmp_path, "a\nb ansible_host=10.0.0.2\n"))
    assert store.assemble("a")["ansible_host"] == "a"
    assert store.assemble("b")["ansible_host"] == "10.0.0.2"
    assert "ansible_host" not in store.static("a")


def test_facts_are_members_and_variables(tmp_path: Path) -> None:
    store = VariableStore(inventory_of(tmp_path, "h ansible_port=1\n"))
    store.add_facts("h", {"ansible_hostname": "n", "services": {"x": 1}})
    store.set_facts("h", {"mine": 1}, cacheable=True)
    scope = store.assemble("h")
    assert scope["ansible_facts"] == {"hostname": "n", "services": {"x": 1}, "mine": 1}
    assert (scope["ansible_hostname"], scope["services"], scope["mine"]) == ("n", {"x": 1}, 1)
    store.clear_facts("h")
    assert "ansible_hostname" not in scope
    assert scope["mine"] == 1


def test_a_scope_sees_what_is_learnt_after_it_was_made(tmp_path: Path) -> None:
    store = VariableStore(inventory_of(tmp_path, "h\n"))
    scope = store.assemble("h")
    store.register("h", "out", {"rc": 0})
    assert scope["out"] == {"rc": 0}


def test_hosts_that_join_during_the_run(tmp_path: Path) -> None:
    write(tmp_path, "group_vars/new.yml", "g: 1\n")
    store = VariableStore(inventory_of(tmp_path, "h\n"))
    store.register("h", "out", 1)
    with pytest.raises(KeyError):
        store.assemble("added")
    store.replace_inventory(with_host(store.inventory, "added", ["new"], {"x": 1}))
    scope = store.assemble("added")
    assert (scope["x"], scope["g"], scope["group_names"]) == (1, 1, ["new"])
    assert store.assemble("h")["groups"]["new"] == ["added"]
    assert store.assemble("h")["out"] == 1


def test_this_machine_gets_the_variables_of_all(tmp_path: Path) -> None:
    write(tmp_path, "group_vars/all.yml", "v: 1\n")
    store = VariableStore(inventory_of(tmp_path, "h\n"))
    scope = store.assemble("localhost")
    assert (scope["v"], scope["ansible_connection"], scope["group_names"]) == (1, "local", [])


def test_hostvars_reads_other_hosts_in_their_own_scope(tmp_path: Path) -> None:
    inventory = inventory_of(tmp_path, "[g]\na x=1\nb x=2 y=fixed\n")
    rendered: list[object] = []

    def render(value: object, scope: object) -> object:
        rendered.append(scope["x"])  # type: ignore[index]
        return f"<{value}>"

    store = VariableStore(inventory, render=render)
    store.register("b", "r", "out")
    hostvars = store.assemble("a")["hostvars"]
    assert (hostvars["b"]["y"], hostvars["b"]["r"], hostvars["b"]["inventory_hostname"]) == (
        "<fixed>",
        "<out>",
        "<b>",
    )
    assert rendered == [2, 2, 2]
    assert (list(hostvars), len(hostvars)) == (["a", "b"], 2)
    assert "b" in hostvars
    assert "localhost" in hostvars
    assert "nope" not in hostvars
    assert hostvars.get("nope") is None
    assert "z" not in hostvars["b"]
    assert "y" in set(hostvars["b"])


def test_hostvars_tells_the_watcher_before_it_looks(tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []
    store = VariableStore(
        inventory_of(tmp_path, "a\nb\n"), watch=lambda host, name: seen.append((host, name))
    )
    view = store.hostvars["b"]
    assert "later" not in view
    assert view.get("later", 5) == 5
    assert seen == [("b", "later"), ("b", "later")]


def test_hostvars_looks_into_the_play_that_runs(tmp_path: Path) -> None:
    store = VariableStore(inventory_of(tmp_path, "a\nb\n"))
    store.begin_play(PlayVariables(vars={"p": 1}))
    assert store.hostvars["b"]["p"] == 1


def test_group_variables_with_their_files(tmp_path: Path) -> None:
    write(tmp_path, "group_vars/g.yml", "v: file\nw: file\n")
    store = VariableStore(inventory_of(tmp_path, "[g]\na\n[g:vars]\nv=inline\nx=inline\n"))
    assert store.group_variables("g") == {"v": "file", "w": "file", "x": "inline"}


def test_vars_files_of_a_host(tmp_path: Path) -> None:
    store = VariableStore(inventory_of(tmp_path, "a\nb\n"))
    play = PlayVariables(files={"v": "shared"}, files_of_host={"b": {"v": "own"}})
    assert store.assemble("a", play)["v"] == "shared"
    assert store.assemble("b", play)["v"] == "own"


def test_warnings_of_files_of_variables_are_kept(tmp_path: Path) -> None:
    write(tmp_path, "group_vars/all.yml", "at: 12:30:45\n")
    store = VariableStore(inventory_of(tmp_path, "a\n"))
    store.assemble("a")
    (warning,) = store.warnings
    assert "12:30:45" in warning.summary


def test_a_scope_costs_microseconds_however_many_variables_there_are(tmp_path: Path) -> None:
    write(tmp_path, "group_vars/all.yml", "".join(f"v{n}: {n}\n" for n in range(3000)))
    store = VariableStore(inventory_of(tmp_path, "h\n"))
    store.assemble("h")
    seconds = min(timeit.repeat(lambda: store.assemble("h", task=EMPTY_TASK), number=200, repeat=5))
    assert seconds / 200 < 100e-6
    scope = store.assemble("h")
    seconds = min(timeit.repeat(lambda: scope["v17"], number=1000, repeat=5))
    assert seconds / 1000 < 20e-6


def test_flat_is_everything_once(tmp_path: Path) -> None:
    store = VariableStore(inventory_of(tmp_path, "h x=1\n"), extra_vars={"x": 2})
    scope = store.assemble("h")
    flat = scope.flat()
    assert flat["x"] == 2
    assert set(flat) == set(scope)
    assert len(scope) == len(flat)
