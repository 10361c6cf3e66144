"""Check 2: trust is opt-in. Templates are what the user's own files hold; what programs, files of
data, the network and the environment give is text."""

from __future__ import annotations

import json

import pytest

from tests.security.test_check_01_host_text import said
from tests.support.cli import LOCAL, Command

EVIL = "{{ lookup('pipe', 'touch PWNED') }}"


def messages(deploy: Command, tasks: str, *words: str, play: str = "") -> list[object]:
    deploy.write("play.yml", f"- hosts: all\n  gather_facts: false\n{play}  tasks:\n{tasks}")
    ran = deploy("run", "play.yml", *(words or LOCAL), "--output", "jsonl")
    assert ran.code == 0, ran.both
    return said(ran.out)


def test_check_02_the_users_own_files_are_templates(deploy: Command):
    deploy.write("hosts.ini", "localhost ansible_connection=local of_host='{{ 1 + 1 }}'\n")
    deploy.write("group_vars/all.yml", "of_group: '{{ 1 + 2 }}'\n")
    deploy.write("vars/more.yml", "of_file: '{{ 1 + 3 }}'\n")
    deploy.write("included.yml", "of_include: '{{ 1 + 4 }}'\n")
    deploy.write("roles/r/defaults/main.yml", "of_role: '{{ 1 + 5 }}'\n")
    deploy.write("roles/r/tasks/main.yml", "- debug: {msg: '{{ of_role }}'}\n")
    found = messages(
        deploy,
        "    - include_vars: included.yml\n"
        "    - include_role: {name: r}\n"
        "    - debug: {msg: '{{ [of_host, of_group, of_file, of_include, of_extra] }}'}\n",
        "-i",
        "hosts.ini",
        "-e",
        json.dumps({"of_extra": "{{ 1 + 6 }}"}),
        play="  vars_files: [vars/more.yml]\n",
    )
    assert found == [6, [2, 3, 4, 5, 7]]


@pytest.mark.parametrize(
    "value",
    [
        "lookup('file', playbook_dir + '/evil.txt')",
        "lookup('pipe', 'cat ' + playbook_dir + '/evil.txt')",
        "lookup('lines', 'cat ' + playbook_dir + '/evil.txt')",
        "lookup('env', 'T_EVIL')",
        "lookup('csvfile', 'key file=evil.csv delimiter=;')",
        "lookup('ini', 'key section=s file=evil.ini')",
        "(lookup('file', 'evil.json') | from_json).key",
        "(lookup('file', 'evil.json') | from_yaml).key",
        "query('file', playbook_dir + '/evil.txt')[0]",
    ],
)
def test_check_02_what_lookups_give_is_text(
    deploy: Command, value: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("T_EVIL", EVIL)
    deploy.write("evil.txt", EVIL)
    deploy.write("files/evil.csv", f"key;{EVIL}\n")
    deploy.write("files/evil.ini", f"[s]\nkey={EVIL}\n")
    deploy.write("files/evil.json", json.dumps({"key": EVIL}))
    tasks = (
        f'    - set_fact: {{kept: "{{{{ {value} }}}}"}}\n'
        "    - debug: {msg: '{{ kept }}'}\n"
        "    - debug: {msg: '{{ again }}'}\n"
        "      vars: {again: '{{ kept }}'}\n"
    )
    assert messages(deploy, tasks) == [EVIL, EVIL]
    assert not (deploy.folder / "PWNED").exists()


def test_check_02_unsafe_text_is_never_rendered(deploy: Command):
    tasks = "    - debug: {msg: '{{ x }}'}\n      vars: {x: !unsafe '{{ 7 * 7 }}'}\n"
    assert messages(deploy, tasks) == ["{{ 7 * 7 }}"]


def test_check_02_a_host_added_by_what_another_host_says_stays_text(deploy: Command):
    deploy.write("evil.txt", EVIL)
    tasks = (
        "    - command: cat evil.txt\n"
        "      args: {chdir: '{{ playbook_dir }}'}\n"
        "      register: said\n"
        "    - add_host: {name: other, ansible_connection: local, v: '{{ said.stdout }}'}\n"
        "    - debug: {msg: \"{{ hostvars['other'].v }}\"}\n"
        "    - debug: {msg: '{{ said.stdout }}'}\n"
        "      delegate_to: other\n"
        "- hosts: other\n  gather_facts: false\n  tasks:\n"
        "    - debug: {msg: '{{ v }}'}\n"
    )
    assert messages(deploy, tasks) == [EVIL, EVIL, EVIL]
    assert not (deploy.folder / "PWNED").exists()
