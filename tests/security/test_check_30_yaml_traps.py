"""Check 30: what YAML 1.1 reads in another way than people is pointed out with its place."""

from __future__ import annotations

import pytest

from tests.support.cli import LOCAL, Command

TRAPS = {
    "22:22": "ports: [22:22]",
    "12:30:45": "at: 12:30:45",
    "0644": "code: 0644",
    "1.10": "version: 1.10",
}


@pytest.mark.parametrize("text", TRAPS)
def test_check_30_a_trap_is_named_with_its_line(deploy: Command, text: str):
    deploy.write(
        "play.yml",
        f"- hosts: all\n  gather_facts: false\n  vars:\n    {TRAPS[text]}\n  tasks: []\n",
    )
    ran = deploy("run", "play.yml", *LOCAL)
    assert ran.code == 0, ran.both
    line = next(line for line in ran.both.splitlines() if "play.yml:4:" in line)
    assert text in ran.both, line


def test_check_30_a_quoted_value_is_left_alone(deploy: Command):
    deploy.write(
        "play.yml",
        "- hosts: all\n  gather_facts: false\n"
        "  vars: {a: '22:22', b: \"0644\", c: 'no'}\n"
        "  tasks: [{debug: {msg: '{{ a }} {{ b }} {{ c }}'}}]\n",
    )
    ran = deploy("run", "play.yml", *LOCAL)
    assert "22:22 0644 no" in ran.out
    assert "warning" not in ran.both.lower()
