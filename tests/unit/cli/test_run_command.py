"""`deploy run` and `deploy plan` on this machine: flags that change what a run is about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deployer.cli.exits import Exit
from tests.support.cli import LOCAL, Command

TWO = """
- name: Two
  hosts: all
  gather_facts: false
  tasks:
    - name: First
      copy:
        dest: "{{ work | default('.') }}/first"
        content: "one\\n"
      tags: [a, both]
    - name: Second
      copy:
        dest: second
        content: "{{ text | default('two') }}\\n"
      tags: [b, both]
"""


def test_a_run_changes_and_the_next_does_not(deploy: Command) -> None:
    first = deploy.play(TWO)
    assert first.code == Exit.DONE
    assert "changed: [localhost]" in first.lines
    assert Path("first").read_text() == "one\n"
    again = deploy.play(TWO)
    assert "changed: [localhost]" not in again.lines
    assert "changed=0 " in again.out
    assert "Nothing changed." in again.lines


def test_a_plan_shows_the_diffs_and_changes_nothing(deploy: Command) -> None:
    Path("first").write_text("old\n")
    said = deploy.play(TWO, command="plan")
    assert said.code == Exit.DONE
    assert "    -old" in said.lines
    assert "    +one" in said.lines
    assert "2 to change, 0 unchanged, 0 maybe, 0 deferred" in said.lines
    assert Path("first").read_text() == "old\n"
    assert not Path("second").exists()


def test_after_a_run_the_plan_is_empty(deploy: Command) -> None:
    deploy.play(TWO)
    said = deploy.play(TWO, command="plan")
    assert "0 to change, 2 unchanged, 0 maybe, 0 deferred" in said.lines
    assert "TASK [First]" not in said.lines


def test_check_is_a_dry_run_in_the_words_of_a_run(deploy: Command) -> None:
    said = deploy.play(TWO, "--check")
    assert said.lines[1:3] == ["TASK [First]", "changed: [localhost]"]
    assert not Path("first").exists()
    assert "+one" not in said.out
    assert "    +one" in deploy.play(TWO, "-C", "-D").lines


def test_a_deferred_task_says_what_it_needs(deploy: Command) -> None:
    said = deploy.play(
        """
- hosts: all
  gather_facts: false
  tasks:
    - name: Ask
      command: echo yes
      register: answer
    - name: Use
      copy:
        dest: x
        content: "{{ answer.stdout }}"
""",
        command="plan",
    )
    needs = [line for line in said.lines if line.startswith("deferred:")]
    assert len(needs) == 1
    assert "needs `answer`, registered at" in needs[0]
    assert "play.yml:5:7" in needs[0]
    assert "1 to change, 0 unchanged, 0 maybe, 1 deferred" in said.lines


@pytest.mark.parametrize(
    ("flags", "tasks"),
    [
        (("-t", "a"), ["First"]),
        (("--tags", "a,b"), ["First", "Second"]),
        (("--skip-tags", "a"), ["Second"]),
        (("-t", "both", "--skip-tags", "b"), ["First"]),
        (("-t", "nothing"), []),
        (("--start-at-task", "Second"), ["Second"]),
        (("--start-at-task", "Sec*"), ["Second"]),
    ],
)
def test_selected_tasks(deploy: Command, flags: tuple[str, ...], tasks: list[str]) -> None:
    said = deploy.play(TWO, *flags)
    assert [line[6:-1] for line in said.lines if line.startswith("TASK")] == tasks


def test_a_start_that_no_task_is_called(deploy: Command) -> None:
    said = deploy.play(TWO, "--start-at-task", "Frist")
    assert said.code == Exit.BAD_INPUT
    assert "no task is called `Frist`" in said.err
    assert "did you mean `First`?" in said.err


@pytest.mark.parametrize(
    "given",
    [
        ("text=three",),
        ("text=three other=x",),
        ('{"text": "three"}',),
        ("{text: three}",),
        ("@vars.yml",),
        ("text=two", "text=three"),
    ],
)
def test_forms_of_extra_variables(deploy: Command, given: tuple[str, ...]) -> None:
    deploy.write("vars.yml", "text: three\n")
    deploy.play(TWO, *(word for text in given for word in ("-e", text)))
    assert Path("second").read_text() == "three\n"


def test_values_of_words_are_text_and_those_of_json_are_not(deploy: Command) -> None:
    show = "- hosts: all\n  gather_facts: false\n  tasks:\n    - debug: msg={{ x | type_debug }}\n"
    assert "msg: str" in deploy.play(show, "-e", "x=1").out
    assert "msg: int" in deploy.play(show, "-e", '{"x": 1}').out


def test_output_as_json_lines(deploy: Command) -> None:
    said = deploy.play(TWO, "--output", "jsonl")
    events = [json.loads(line) for line in said.out.splitlines()]
    assert events[0]["event"] == "RunStarted"
    assert events[-1]["event"] == "RunFinished"
    assert events[-1]["exit_code"] == said.code == Exit.DONE
    assert events[-1]["recap"]["localhost"]["changed"] == 2
    assert said.err == ""


def test_a_recorded_run_is_shown_again(deploy: Command) -> None:
    recorded = deploy.play(TWO, "--diff", "--output", "jsonl")
    deploy.write("run.jsonl", recorded.out)
    said = deploy("replay", "run.jsonl")
    assert said.code == Exit.DONE
    assert said.lines[:4] == [
        "PLAY [Two]", "TASK [First]", "changed: [localhost]", "    create file ./first: absent",
    ]  # fmt: skip
    assert "changed=2 " in said.out


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.jsonl", None, "No such file"),
        ("text.jsonl", "hello\n", "line 1 is not an event"),
    ],
)
def test_what_is_no_recording(
    deploy: Command, name: str, content: str | None, message: str
) -> None:
    if content is not None:
        deploy.write(name, content)
    said = deploy("replay", name)
    assert said.code == Exit.BAD_INPUT
    assert message in said.err


def test_several_playbooks_run_in_order(deploy: Command) -> None:
    deploy.write("one.yml", TWO.replace("name: Two", "name: One"))
    deploy.write("two.yml", TWO)
    said = deploy("run", "one.yml", "two.yml", *LOCAL)
    assert [line for line in said.lines if line.startswith("PLAY [")] == [
        "PLAY [One]",
        "PLAY [Two]",
    ]


def test_a_limit_leaves_hosts_out(deploy: Command) -> None:
    deploy.write("play.yml", TWO)
    said = deploy("run", "play.yml", "-i", "a,b,c,", "-c", "local", "--limit", "a,c", "-C")
    assert [line.split()[0] for line in said.lines if " : ok=" in line] == ["a", "c"]


def test_warnings_come_with_their_line(deploy: Command) -> None:
    said = deploy.play("- hosts: all\n  gather_facts: false\n  tasks:\n    - nosuch: x=1\n")
    assert "warning: there is no module `nosuch`" in said.lines
    assert "4 |     - nosuch: x=1" in said.out
    assert said.code == Exit.TASK_FAILED


def test_colour_is_asked_for_or_forbidden(deploy: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in deploy.play(TWO).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[32mok: [localhost]\x1b[0m" in deploy.play(TWO).out
    assert "\x1b" not in deploy.play(TWO, "--no-color").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in deploy.play(TWO).out


def test_a_file_that_includes_itself_fails_on_every_host_instead_of_going_on(
    deploy: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deployer.engine.includes.DEEPEST", 30)  # sooner
    deploy.write("play.yml", "- hosts: all\n  gather_facts: false\n  tasks:\n"
                 "    - include_tasks: again.yml\n")  # fmt: skip
    deploy.write("again.yml", "- block:\n    - include_tasks: again.yml\n  rescue: []\n")
    said = deploy("run", "play.yml", "-i", "a,b", "-c", "local")
    assert said.code == 2
    assert "30 includes inside one another: does `again.yml` include itself?" in said.out
    assert "--> again.yml:2:7" in said.out
    assert [line.split()[2] for line in said.lines if " : ok=" in line] == ["ok=30", "ok=30"]
