"""Check 1: text from a host is never a template, whatever way it takes through a playbook.

The host says an expression that would leave a file behind if anybody evaluated it.
"""

from __future__ import annotations

import json

import pytest

from tests.support.cli import LOCAL, Command

#: Makes the file PWNED wherever it is evaluated as a template, and as an expression without braces.
BRACES = "{{ lookup('pipe', 'touch PWNED') }}"
BARE = "lookup('pipe', 'touch PWNED')"
STATEMENT = "{% set x = lookup('pipe', 'touch PWNED') %}x"

PLAY = """
- hosts: all
  gather_facts: false
  vars:
    again: "{{ said.stdout }}"
    nested: {list: ["{{ said.stdout }}"]}
  tasks:
    - command: cat evil.txt
      args: {chdir: "{{ playbook_dir }}"}
      register: said
      notify: told
    - slurp: {src: "{{ playbook_dir }}/evil.txt"}
      register: slurped
    - set_fact:
        kept: "{{ said.stdout }}"
        joined: "{{ ['', said.stdout, ''] | join('') }}"
        decoded: "{{ slurped.content | b64decode | trim }}"
        parsed: "{{ ('[' ~ (said.stdout | to_json) ~ ']') | from_json }}"
    - debug: {msg: "{{ said.stdout }}"}
    - debug: {msg: "{{ kept }}"}
    - debug: {msg: "{{ joined }}"}
    - debug: {msg: "{{ decoded }}"}
    - debug: {msg: "{{ parsed[0] }}"}
    - debug: {msg: "{{ again }}"}
    - debug: {msg: "{{ nested.list[0] }}"}
    - debug: {msg: "{{ hostvars[inventory_hostname].kept }}"}
    - debug: {msg: "{{ hostvars[inventory_hostname]['again'] }}"}
    - debug: {msg: "{{ vars['kept'] }}"}
    - debug: {msg: "{{ lookup('vars', 'kept') }}"}
    - debug: {msg: "{{ nowhere | default(kept) }}"}
    - debug: {msg: "{{ {'a': kept} | combine({'b': 1}) | json_query('a') }}"}
    - debug: {msg: "{{ item }}"}
      loop: "{{ [kept] }}"
    - debug: {msg: "{{ item.key }}"}
      with_dict: "{{ {kept: 1} }}"
    - debug: {msg: "{{ one }}"}
      vars: {one: "{{ two }}", two: "{{ kept }}"}
    - include_tasks: inner.yml
      vars: {given: "{{ kept }}"}
    - template: {src: file.j2, dest: "{{ playbook_dir }}/made"}
    - debug: {msg: "{{ lookup('file', playbook_dir + '/made') | trim }}"}
    - name: "a name of {{ kept }}"
      debug: {msg: "{{ kept }}"}
    - block:
        - fail: {msg: "{{ kept }}"}
      rescue:
        - debug: {msg: "{{ ansible_failed_result.msg }}"}
  handlers:
    - name: told
      debug: {msg: "{{ said.stdout }}"}
"""

#: Places where host text stands for an expression or a name: none of them may evaluate it.
JUDGED = [
    "{debug: {msg: x}, when: said.stdout}",
    '{debug: {msg: x}, when: "{{ said.stdout }}"}',
    "{debug: {msg: x}, when: [said.stdout, true]}",
    '{assert: {that: "{{ said.stdout }}"}}',
    "{assert: {that: said.stdout}}",
    '{command: "true", changed_when: said.stdout}',
    '{command: "true", failed_when: "{{ said.stdout }}"}',
    '{command: "true", until: said.stdout, retries: 1, delay: 0, register: other}',
    '{debug: {msg: x}, loop: "{{ said.stdout }}"}',
    '{debug: {var: "{{ said.stdout }}"}}',
    "{debug: {var: said.stdout}}",
    "{debug: {msg: \"{{ lookup('vars', said.stdout) }}\"}}",
    "{debug: {msg: \"{{ hostvars[said.stdout] | default('x') }}\"}}",
    '{include_tasks: {file: "{{ said.stdout }}"}}',
    '{include_vars: {file: "{{ said.stdout }}"}}',
    '{command: "true", notify: "{{ said.stdout }}"}',
    '{debug: {msg: x}, become: "{{ said.stdout }}"}',
    '{debug: {msg: x}, ignore_errors: "{{ said.stdout }}"}',
    '{set_fact: {"{{ said.stdout }}": 1}}',
    '{debug: {msg: "{{ [1] | map(said.stdout) | list }}"}}',
    '{debug: {msg: "{{ said.stdout is search(said.stdout) }}"}}',
]


@pytest.mark.parametrize("evil", [BRACES, BARE, STATEMENT])
def test_check_01_what_a_host_says_stays_as_it_is(deploy: Command, evil: str):
    deploy.write("evil.txt", evil + "\n")
    deploy.write("inner.yml", '- debug: {msg: "{{ given }}"}\n')
    deploy.write("templates/file.j2", "{{ kept }}\n")
    deploy.write("play.yml", PLAY)
    ran = deploy("run", "play.yml", *LOCAL, "--output", "jsonl")
    assert ran.code == 0, ran.both
    messages = [message for message in said(ran.out) if message is not None]
    assert len(messages) >= 21
    assert set(messages) == {evil}
    assert not (deploy.folder / "PWNED").exists()


@pytest.mark.parametrize("task", JUDGED)
@pytest.mark.parametrize("evil", [BRACES, BARE])
def test_check_01_conditions_and_names_do_not_evaluate_it(deploy: Command, task: str, evil: str):
    deploy.write("evil.txt", evil + "\n")
    deploy.write(
        "play.yml",
        "- hosts: all\n  gather_facts: false\n  tasks:\n"
        "    - {command: cat evil.txt, args: {chdir: '{{ playbook_dir }}'}, register: said}\n"
        f"    - {task}\n",
    )
    ran = deploy("run", "play.yml", *LOCAL)
    assert ran.code in (0, 2, 65), ran.both
    assert not (deploy.folder / "PWNED").exists()


def said(lines: str) -> list[object]:
    """What `debug` tasks said."""
    events = [json.loads(line) for line in lines.splitlines()]
    modules = {e["task"]: e["module"] for e in events if e["event"] == "TaskStarted"}
    finished = [
        e
        for e in events
        if e["event"] in ("TaskFinished", "ItemFinished") and not e.get("loop", False)
    ]
    return [e["result"]["values"].get("msg") for e in finished if modules.get(e["task"]) == "debug"]
