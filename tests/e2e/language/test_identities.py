"""As whom tasks act where variables say it, and the variables change on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.inprocess import play

pytestmark = pytest.mark.root

WHO = """
    - command: id -un
      register: r
    - debug: {msg: "{{ r.stdout }}"}
"""
CASES = {
    "each play has its own": (
        f"""
- hosts: all
  gather_facts: false
  vars: {{ansible_become: true, ansible_become_user: nobody}}
  tasks:{WHO}
- hosts: all
  gather_facts: false
  vars: {{ansible_become: true, ansible_become_user: daemon}}
  tasks:{WHO}""",
        ["nobody", "daemon"],
    ),
    "a task sets it": (
        f"""
- hosts: all
  gather_facts: false
  tasks:{WHO}
    - file: {{path: "{{{{ playbook_dir }}}}/made", state: directory, mode: "0777"}}
    - set_fact: {{ansible_become: true, ansible_become_user: nobody}}
{WHO}""",
        ["root", "nobody"],
    ),
    "tasks that could go together are of different users": (
        """
- hosts: all
  gather_facts: false
  tasks:
    - {command: id -un, register: one}
    - {command: id -un, register: two, become: true, become_user: nobody}
    - {command: id -un, register: three, become: true, become_user: daemon}
    - {command: id -un, register: four}
    - debug: {msg: "{{ [one, two, three, four] | map(attribute='stdout') | list }}"}
""",
        [["root", "nobody", "daemon", "root"]],
    ),
    "it is made of a variable that a task sets": (
        f"""
- hosts: all
  gather_facts: false
  vars: {{ansible_become: true, ansible_become_user: "{{{{ who }}}}", who: nobody}}
  tasks:{WHO}
    - set_fact: {{who: daemon}}
{WHO}""",
        ["nobody", "daemon"],
    ),
}


@pytest.mark.parametrize("lookahead", ["64", "1"])
@pytest.mark.parametrize("name", CASES)
def test_who_acts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, lookahead: str):
    text, users = CASES[name]
    monkeypatch.chdir(tmp_path)
    seen = play(tmp_path, {"name": name, "play": text, "flags": ["--lookahead", lookahead]})
    assert seen.code == 0, seen.failures
    assert seen.says == {"a": users}
