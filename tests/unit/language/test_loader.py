from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from deployer.language.loader import Loader, load_playbook
from deployer.language.playbook import Block, Task
from deployer.language.values import EncryptedText
from deployer.model.errors import LoadError, UndefinedError
from deployer.model.source import Position, Template, Variables

Write = Callable[[Mapping[str, str]], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(tmp_path)

    def put(files: Mapping[str, str]) -> None:
        for name, text in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text)

    return put


def render(name: Template, variables: Variables) -> str:
    text = str(name)
    for key, value in variables.items():
        text = text.replace(f"{{{{ {key} }}}}", str(value))
    if "{{" in text:
        raise UndefinedError("`nobody` is undefined")
    return text


def test_names_of_imports_see_the_variables_of_the_play(write: Write) -> None:
    write(
        {
            "site.yml": "- hosts: all\n  vars: {a: one, f: play}\n  vars_files: [v.yml]\n"
            "  roles: ['{{ r }}']\n  tasks:\n    - import_tasks: '{{ a }}-{{ f }}.yml'\n"
            "    - block:\n        - import_tasks: '{{ b }}.yml'\n      vars: {b: two}\n"
            "    - import_tasks: '{{ c }}.yml'\n      vars: {c: two}\n",
            "v.yml": "f: file\nr: web\n",
            "one-file.yml": "- debug:\n",
            "two.yml": "- ping:\n",
            "roles/web/defaults/main.yml": "d: default\n",
            "roles/web/tasks/main.yml": "- import_tasks: '{{ d }}.yml'\n",
            "roles/web/tasks/default.yml": "- ping:\n",
        }
    )
    play = load_playbook(["site.yml"], render_static=render).plays[0]
    first, second, third = play.tasks
    assert isinstance(first, Block) and isinstance(third, Block) and isinstance(second, Block)
    assert [step.origin.file for step in (*first.block, *third.block)] == [
        "one-file.yml",
        "two.yml",
    ]
    assert play.roles[0].role.name == "web"
    assert isinstance(play.roles[0].role.tasks[0], Block)


def test_a_name_of_an_import_that_is_undefined_is_a_problem(write: Write) -> None:
    write({"site.yml": "- hosts: all\n  tasks:\n    - import_tasks: '{{ x }}.yml'\n"})
    with pytest.raises(LoadError) as caught:
        load_playbook(["site.yml"], render_static=render)
    assert str(caught.value).startswith(
        "site.yml:3:21: the name of a file that is imported must be known at the start: "
        "`nobody` is undefined (only extra variables"
    )


def test_arguments_remember_where_they_stand(write: Write) -> None:
    write({"site.yml": "- hosts: all\n  tasks:\n    - file: >-\n        path=/x\n        mode=1\n"})
    task = load_playbook(["site.yml"], known_modules=["file"]).plays[0].tasks[0]
    assert isinstance(task, Task)
    assert task.args.keys_at == {
        "path": Position("site.yml", 4, 9),
        "mode": Position("site.yml", 5, 9),
    }
    assert task.at("file") == Position("site.yml", 3, 7)


def test_several_playbooks_and_the_files_that_were_read(write: Write, tmp_path: Path) -> None:
    write({"a.yml": "- hosts: a\n", "sub/b.yml": "- hosts: b\n"})
    loaded = load_playbook(["a.yml", tmp_path / "sub/b.yml"])
    assert [play.hosts for play in loaded.plays] == [("a",), ("b",)]
    assert loaded.files == (str(tmp_path / "a.yml"), str(tmp_path / "sub/b.yml"))


def test_files_outside_the_current_folder_are_named_in_full(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"a.yml": "- hosts: a\n", "sub/x": ""})
    monkeypatch.chdir("sub")
    assert load_playbook(["../a.yml"]).plays[0].origin == Position(str(tmp_path / "a.yml"), 1, 3)


def test_a_missing_playbook_is_a_problem(write: Write) -> None:
    write({"folder/x": ""})
    with pytest.raises(LoadError) as caught:
        load_playbook(["nope.yml", "folder"])
    assert str(caught.value) == "nope.yml: no such file\nfolder: a directory, not a file"


def test_roles_are_found_on_the_configured_path(write: Write) -> None:
    write({"site.yml": "- hosts: all\n  roles: [web]\n", "shared/web/tasks/main.yml": "- ping:\n"})
    play = load_playbook(["site.yml"], role_paths=["shared"]).plays[0]
    assert play.roles[0].role.path == str(Path.cwd() / "shared/web")


def test_a_run_loads_task_files_once(write: Write) -> None:
    write({"tasks/a.yml": "- include_tasks: b.yml\n", "tasks/b.yml": "- ping:\n"})
    loader = Loader()
    steps = loader.task_file("tasks/a.yml", included_from=["site.yml"])
    assert loader.task_file("tasks/a.yml") is steps
    inner = loader.task_file("b.yml", included_from=["site.yml", "tasks/a.yml"])
    assert inner[0].origin == Position("tasks/b.yml", 1, 3)
    assert [module.name for module in loader.new_unknown_modules()] == ["ping"]
    assert loader.new_unknown_modules() == ()


def test_a_task_file_may_include_itself(write: Write) -> None:
    write({"a.yml": "- include_tasks: a.yml\n  when: n > 0\n"})
    loader = Loader()
    steps = loader.task_file("a.yml", included_from=["site.yml"])
    assert loader.task_file("a.yml", included_from=["site.yml", "a.yml"]) is steps


def test_task_files_of_a_role_are_looked_for_in_the_role_first(write: Write) -> None:
    write(
        {
            "x.yml": "- debug:\n",
            "roles/web/tasks/x.yml": "- ping:\n",
            "roles/web/handlers/x.yml": "- command: ls\n",
        }
    )
    loader = Loader()
    role = loader.role("web")
    chain = ["roles/web/tasks/main.yml"]
    tasks = loader.task_file("x.yml", included_from=chain, role=role)
    handlers = loader.task_file("x.yml", role=role, handlers=True)
    assert [step.origin.file for step in (*tasks, *handlers)] == [
        "roles/web/tasks/x.yml",
        "roles/web/handlers/x.yml",
    ]


def test_what_is_wrong_while_running_is_raised_every_time(write: Write) -> None:
    write({"a.yml": "- debug:\n  wehn: x\n", "roles/web/tasks/main.yml": "- nope\n"})
    loader = Loader(["debug"])
    at = Position("site.yml", 4, 2)
    for _ in range(2):
        with pytest.raises(LoadError, match="did you mean `when`"):
            loader.task_file("a.yml", at=at)
        with pytest.raises(LoadError, match="a task must be a mapping"):
            loader.role("web", at=at)
        with pytest.raises(LoadError, match=r"^site.yml:4:2: no file `b.yml` to include"):
            loader.task_file("b.yml", at=at)
        with pytest.raises(LoadError, match=r"^site.yml:4:2: no role `wbe` \(did you mean `web`"):
            loader.role("wbe", at=at)


def test_a_role_with_other_entry_points(write: Write) -> None:
    write(
        {
            "roles/web/tasks/setup.yaml": "- ping:\n",
            "roles/web/vars/big.yml": "size: 9\n",
            "roles/web/defaults/few/a.yml": "color: red\n",
            "roles/web/handlers/loud.yml": "- name: shout\n  ping:\n",
        }
    )
    loader = Loader()
    entry = {"tasks": "setup", "vars": "big.yml", "defaults": "few", "handlers": "loud"}
    role = loader.role("web", entry=entry)
    assert (len(role.tasks), role.vars, role.defaults) == (1, {"size": 9}, {"color": "red"})
    assert role.handlers[0].name == "shout"
    assert loader.role("web", entry=entry) is role
    assert loader.role("web").tasks == ()


def test_encrypted_files_are_opened_with_the_callback(write: Write) -> None:
    write(
        {
            "site.yml": "- hosts: all\n  roles: [web]\n",
            "roles/web/vars/main.yml": "$ANSIBLE_VAULT;1.1;AES256\n3132\n",
        }
    )

    def decrypt(value: EncryptedText) -> str:
        assert value.ciphertext.startswith("$ANSIBLE_VAULT")
        return "password: x\n"

    role = load_playbook(["site.yml"], decrypt=decrypt).plays[0].roles[0].role
    assert role.vars == {"password": "x"}
    assert role.vars.at("password") == Position("roles/web/vars/main.yml", 1, 1)


def test_a_playbook_can_be_pickled(write: Write) -> None:
    write({"site.yml": "- hosts: all\n  vars: {a: '{{ b }}'}\n  tasks:\n    - ping:\n"})
    loaded = pickle.loads(pickle.dumps(load_playbook(["site.yml"])))
    assert loaded.plays[0].vars["a"].origin == Position("site.yml", 2, 13)
    assert loaded.plays[0].tasks[0].module == "ping"
