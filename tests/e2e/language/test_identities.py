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
    # Nothing here needs the answer of what is before it, so that one exchange might do it all.
    "each of several changes in a row has its own": (
        """
- hosts: all
  gather_facts: false
  vars: {mine: "/tmp/deploy-{{ playbook_dir | hash('md5') }}"}  # all users may enter /tmp
  tasks:
    - shell: umask 0; id -un > {{ mine }}-who
    - shell: id -un >> {{ mine }}-who
      become: true
      become_user: nobody
    - copy: {content: "", dest: "{{ mine }}-made", force: false}
      become: true
      become_user: daemon
    - shell: stat -c %U {{ mine }}-made >> {{ mine }}-who
    - command: cat {{ mine }}-who
      register: r
    - debug: {msg: "{{ r.stdout_lines | join(' ') }}"}
    - file: {path: "{{ item }}", state: absent}
      loop: ["{{ mine }}-who", "{{ mine }}-made"]""",
        ["root nobody daemon"],
    ),
    "each item of a loop has its own": (
        """
- hosts: all
  gather_facts: false
  tasks:
    - command: id -un
      become: true
      become_user: "{{ item }}"
      loop: [nobody, daemon, root]
      register: r
    - debug: {msg: "{{ r.results | map(attribute='stdout') | join(' ') }}"}""",
        ["nobody daemon root"],
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
