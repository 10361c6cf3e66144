"""Check 4: `no_log` holds on, whatever happens to the task.

The planted text is an ordinary variable, so nothing but `no_log` hides it. Each case runs on the
console with every verbosity, as JSON lines, as a plan with diffs, and is shown again from its
recording.
"""

from __future__ import annotations

import pytest

from deployer.cli.exits import Exit
from tests.support.cli import LOCAL, Command

PLANTED = "tellnobody-4711"
HEAD = """
- hosts: all
  gather_facts: false
  vars:
    planted: {planted}
    several: [{planted}-a, {planted}-b]
    nested: {{user: root, password: {planted}}}
{play}
  tasks:
"""

CASES = {
    "success": """
    - command: echo {{ planted }}
      no_log: true
""",
    "failure": """
    - shell: echo {{ planted }}; echo {{ planted }} >&2; exit 3
      no_log: true
""",
    "failure that is ignored": """
    - command: ls /{{ planted }}
      no_log: true
      ignore_errors: true
""",
    "retries": """
    - command: test {{ planted }} = other
      register: tried
      until: tried.rc == 0
      retries: 2
      delay: 0.01
      no_log: true
""",
    "loop and its items": """
    - command: echo {{ item }}
      loop: "{{ several }}"
      no_log: true
""",
    "a loop that fails": """
    - command: "false {{ item }}"
      loop: "{{ several }}"
      no_log: true
""",
    "labels": """
    - command: echo
      loop: "{{ several }}"
      loop_control: {label: "item {{ item }}"}
      no_log: true
""",
    "mappings in a loop": """
    - command: echo {{ item.password }}
      loop: ["{{ nested }}"]
      no_log: true
""",
    "an argument that is wrong": """
    - file:
        path: /x
        state: "{{ planted }}"
      no_log: true
""",
    "a number that is none": """
    - wait_for:
        port: "{{ planted }}"
      no_log: true
""",
    "an undefined name beside it": """
    - command: echo {{ planted }} {{ nobody }}
      no_log: true
""",
    "a filter that fails": """
    - command: echo {{ planted | from_json }}
      no_log: true
""",
    "a loop over no list": """
    - command: echo {{ item }}
      loop: "{{ planted }}"
      no_log: true
""",
    "a condition that is no boolean": """
    - command: echo
      when: planted
      no_log: true
""",
    "failed_when and changed_when": """
    - command: echo {{ planted }}
      register: said
      changed_when: planted in said.stdout
      failed_when: planted in said.stdout
      no_log: true
""",
    "content and its diff": """
    - copy:
        dest: ./made
        content: "{{ planted }}\\n"
      no_log: true
""",
    "a file whose name it is": """
    - file:
        path: ./{{ planted }}
        state: directory
      no_log: true
""",
    "a line in a file": """
    - lineinfile:
        path: ./lines
        create: true
        line: password={{ planted }}
      no_log: true
""",
    "facts": """
    - set_fact:
        other: "{{ planted }}"
      no_log: true
""",
    "a message": """
    - debug: {msg: "{{ planted }}"}
      no_log: true
""",
    "a variable": """
    - debug: {var: nested}
      no_log: true
""",
    "an assertion": """
    - assert:
        that: planted == 'other'
        fail_msg: it is {{ planted }}
      no_log: true
""",
    "a failure with a message": """
    - fail: {msg: "{{ planted }}"}
      no_log: true
""",
    "inherited from a block": """
    - no_log: true
      block:
        - command: echo {{ planted }}
        - command: ls /{{ planted }}
      rescue:
        - command: echo {{ ansible_failed_result }}
""",
    "a template for no_log": """
    - command: ls /{{ planted }}
      no_log: "{{ planted is defined }}"
""",
    "a no_log that nobody can evaluate": """
    - command: ls /{{ planted }}
      no_log: "{{ nobody }}"
""",
    "in a chain behind one that is shown": """
    - command: echo shown
    - command: echo {{ planted }}
      no_log: true
    - command: echo shown again
""",
    "a handler": """
    - command: echo
      notify: Tell
  handlers:
    - name: Tell
      command: ls /{{ planted }}
      no_log: true
""",
    "a literal in the playbook": """
    - command: ls /tellnobody-4711
      no_log: true
    - debug: {msg: "{{ 'tellnobody-4711' | from_json }}"}
      no_log: true
""",
}  # fmt: skip
WAYS = (
    ["run"], ["run", "-vvvv", "--diff"], ["run", "--output", "jsonl", "--diff"], ["plan", "-vvvv"],
    ["plan", "--output", "jsonl"],
)  # fmt: skip


def playbook(case: str, play: str = "") -> str:
    return HEAD.format(planted=PLANTED, play=play) + CASES[case]


@pytest.mark.parametrize("case", sorted(CASES))
def test_check_04_nothing_is_told(deploy: Command, case: str) -> None:
    deploy.write("play.yml", playbook(case))
    for command, *flags in WAYS:
        said = deploy(command, "play.yml", *LOCAL, *flags)
        assert PLANTED not in said.both, (command, flags)
        assert said.code in (Exit.DONE, Exit.TASK_FAILED)


@pytest.mark.parametrize("case", sorted(CASES))
def test_check_04_nothing_is_recorded(deploy: Command, case: str) -> None:
    recorded = deploy.play(playbook(case), "--diff", "--output", "jsonl")
    deploy.write("run.jsonl", recorded.out)
    assert PLANTED not in deploy("replay", "run.jsonl", "-vvvv").both


@pytest.mark.parametrize("case", ["failure", "loop and its items", "content and its diff"])
def test_check_04_without_no_log_it_would_be_told(deploy: Command, case: str) -> None:
    """The cases above can fail."""
    said = deploy.play(playbook(case).replace("no_log: true", "no_log: false"), "-v", "--diff")
    assert PLANTED in said.out


def test_check_04_a_whole_play(deploy: Command) -> None:
    text = playbook("failure", "  no_log: true").replace("      no_log: true\n", "")
    assert PLANTED not in deploy.play(text, "-vvv").both


def test_check_04_hosts_that_cannot_be_reached(deploy: Command) -> None:
    deploy.write("play.yml", playbook("success"))
    deploy.write("hosts", "a ansible_host=127.0.0.1 ansible_port=1\n")
    said = deploy("run", "play.yml", "-i", "./hosts", "-T", "1", "-vvv")
    assert said.code == Exit.UNREACHABLE
    assert PLANTED not in said.both


def test_check_04_an_unknown_argument_does_not_show_its_line(deploy: Command) -> None:
    said = deploy.play(
        HEAD.format(planted="x", play="")
        + f"    - user:\n        name: x\n        passwrd: {PLANTED}\n      no_log: true\n"
    )
    assert said.code == Exit.BAD_INPUT
    assert "has no argument `passwrd`" in said.err
    assert "play.yml:12:9: `user` has no argument" in said.err
    assert PLANTED not in said.both


def test_check_04_that_it_is_hidden_is_said(deploy: Command) -> None:
    said = deploy.play(playbook("failure"))
    assert "the output has been hidden due to the fact that 'no_log: true'" in said.out
