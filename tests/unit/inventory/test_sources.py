"""Where `-i` looks, what it takes, and what it says when there is nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deployer.inventory import load
from deployer.inventory.trust import trusted_directory
from deployer.model.errors import LoadError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "inventories").mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    "name",
    [
        "inventories/prod",
        "inventories/prod.yml",
        "inventories/prod.yaml",
        "inventories/prod.ini",
        "inventories/prod.json",
        "prod",
        "prod.yml",
        "prod.ini",
    ],
)
def test_a_name_is_found_with_every_ending(project: Path, name: str) -> None:
    text = "web:\n  hosts:\n    w1:\n"
    if name.endswith(".ini"):
        text = "[web]\nw1\n"
    elif name.endswith(".json"):
        text = '{"web": {"hosts": ["w1"]}}'
    (project / name).write_text(text)
    inventory = load(["prod"], cwd=project)
    assert inventory.groups["web"].members == ("w1",)
    assert inventory.sources == (str(project / name),)


def test_inventories_comes_before_the_current_directory_and_that_before_the_playbooks(
    project: Path, tmp_path: Path
) -> None:
    playbooks = tmp_path / "playbooks"
    (playbooks / "inventories").mkdir(parents=True)
    (playbooks / "inventories" / "prod").write_text("from_playbook\n")
    assert list(load(["prod"], cwd=project, playbook_dir=playbooks).hosts) == ["from_playbook"]
    (project / "prod").write_text("from_cwd\n")
    assert list(load(["prod"], cwd=project, playbook_dir=playbooks).hosts) == ["from_cwd"]
    (project / "inventories" / "prod.ini").write_text("from_inventories\n")
    assert list(load(["prod"], cwd=project, playbook_dir=playbooks).hosts) == ["from_inventories"]
    assert list(load(["./prod"], cwd=project).hosts) == ["from_cwd"]


def test_several_sources_merge_and_later_ones_win(project: Path) -> None:
    (project / "a").write_text("[g]\nh1 x=1 y=1\n[g:vars]\nz=1\n")
    (project / "b").write_text("g:\n  hosts:\n    h1: {y: 2}\n    h2:\n  vars: {z: 2}\n")
    inventory = load(["a", "b", "h3:2222,h[4:5],"], cwd=project)
    assert list(inventory.hosts) == ["h1", "h2", "h3", "h4", "h5"]
    assert inventory.hosts["h1"].vars == {"x": 1, "y": 2}
    assert inventory.groups["g"].vars == {"z": 2}
    assert inventory.hosts["h3"].vars == {"ansible_port": 2222}
    assert inventory.hosts["h1"].source == str(project / "a")
    assert inventory.hosts["h3"].source == ""
    assert inventory.sources == (str(project / "a"), str(project / "b"))


def test_a_directory_is_all_its_files_in_order_but_those_that_are_none(project: Path) -> None:
    folder = project / "inventories" / "prod"
    for name, text in {
        "02-b": "h1 x=2\n",
        "01-a.ini": "h1 x=1\n",
        "03.yml": "all: {hosts: {h2: }}\n",
        "group_vars/all.yml": "v: 1\n",
        "host_vars/h1": "v: 1\n",
        "sub/more": "h3\n",
        "README.md": "# no\n",
        "old.bak": "no no\n",
        "x.orig": "no no\n",
        "ansible.cfg": "[defaults]\n",
        ".hidden": "no no\n",
        "hosts~": "no no\n",
        "x.retry": "no no\n",
        "inv.pyc": "no no\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    inventory = load(["prod"], cwd=project)
    assert {name: dict(host.vars) for name, host in inventory.hosts.items()} == {
        "h1": {"x": 2},
        "h2": {},
        "h3": {},
    }
    assert inventory.sources == (str(folder),)


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("---\nweb:\n  hosts: a\n", ["a"]),
        ("# c\n\nweb:\n  hosts: a\n", ["a"]),
        ("a\nb:22\n", ["a", "b"]),
        ("[web]\na\n", ["a"]),
        ("a x='y: z'\n", ["a"]),
        ("", []),
    ],
)
def test_a_file_without_an_ending_is_read_by_its_first_line(project, text, hosts) -> None:
    (project / "hosts").write_text(text)
    assert list(load(["hosts"], cwd=project).hosts) == hosts


def test_a_name_that_is_not_there_says_where_it_looked_and_what_is_near(project: Path) -> None:
    for name in ("production.yml", "lab"):
        (project / "inventories" / name).write_text("a:\n")
    with pytest.raises(LoadError) as caught:
        load(["prodution"], cwd=project)
    assert str(caught.value) == (
        f"there is no inventory `prodution` (looked in {project}/inventories, {project}; "
        "did you mean `production`?)"
    )
    with pytest.raises(LoadError, match="there are: lab, production"):
        load(["zzz"], cwd=project)


def test_the_problems_of_all_sources_are_reported_together(project: Path) -> None:
    (project / "a.ini").write_text("[x\nh k\n")
    (project / "b.yml").write_text("a: {b\n")
    (project / "c.bin").write_bytes(b"\0\1\2\xff")
    with pytest.raises(LoadError) as caught:
        load(["a", "b", "c.bin", "none"], cwd=project)
    files = [problem.position and Path(problem.position.file).name for problem in
             caught.value.diagnostics]  # fmt: skip
    assert files == ["a.ini", "a.ini", "b.yml", "c.bin", None]


def test_a_host_that_is_a_group_too_is_warned_about(project: Path) -> None:
    (project / "h").write_text("[web]\nweb\n")
    (warning,) = load(["h"], cwd=project).warnings
    assert "both a host and a group" in warning.summary


def test_suspicious_numbers_are_warned_about(project: Path) -> None:
    (project / "h.yml").write_text("all:\n  hosts:\n    a: {at: 12:30:45}\n")
    (warning,) = load(["h"], cwd=project).warnings
    assert warning.position.line == 3


def test_check_32_inventories_in_a_directory_that_all_can_write_to_are_ignored(
    project: Path,
) -> None:
    (project / "prod").write_text("planted\n")
    project.chmod(0o777)
    assert not trusted_directory(project)
    with pytest.raises(LoadError, match="no directory can be trusted"):
        load(["prod"], cwd=project)
    inventory = load(["./prod"], cwd=project)
    assert list(inventory.hosts) == ["planted"]


def test_check_32_the_message_names_the_directory(project: Path, tmp_path: Path) -> None:
    (project / "prod").write_text("planted\n")
    project.chmod(0o1777)
    own = tmp_path / "own"
    own.mkdir()
    (own / "prod").write_text("mine\n")
    inventory = load(["prod"], cwd=project, playbook_dir=own)
    assert list(inventory.hosts) == ["mine"]
    assert str(project) in inventory.warnings[0].summary


def test_check_32_a_folder_of_inventories_that_all_can_write_to_is_ignored(project: Path) -> None:
    (project / "inventories" / "prod").write_text("planted\n")
    (project / "inventories").chmod(0o777)
    (project / "prod").write_text("mine\n")
    assert list(load(["prod"], cwd=project).hosts) == ["mine"]


def test_what_does_not_exist_is_trusted(tmp_path: Path) -> None:
    assert trusted_directory(tmp_path / "none")
    shutil.rmtree(tmp_path)
    assert trusted_directory(tmp_path)
