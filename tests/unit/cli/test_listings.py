"""`--list-…` and `--syntax-check`: ansible-playbook's own layout, tab by tab."""

from __future__ import annotations

import pytest

from deployer.cli.exits import Exit
from tests.support.cli import Command

SITE = """
- name: Web
  hosts: web:&prod
  tags: [web]
  pre_tasks:
    - debug: msg=before
  roles:
    - nginx
  tasks:
    - name: Grouped
      tags: [grouped]
      block:
        - name: Inner
          command: "true"
          tags: [inner]
      rescue:
        - name: Mend
          command: "true"
    - meta: flush_handlers
    - import_tasks: more.yml
- hosts: "{{ where }}"
  vars: {where: db}
  tasks: []
"""


@pytest.fixture
def site(deploy: Command) -> Command:
    deploy.write("site.yml", SITE)
    deploy.write("more.yml", "- name: Imported\n  command: 'true'\n  tags: [late]\n")
    deploy.write("roles/nginx/tasks/main.yml", "- name: Install\n  command: 'true'\n")
    deploy.write("hosts.ini", "[web]\nw1\nw2\n[db]\nd1\n[prod]\nw1\nd1\n")
    return deploy


def listing(site: Command, *flags: str) -> str:
    said = site("run", "site.yml", "-i", "hosts.ini", *flags)
    assert (said.code, said.err) == (Exit.DONE, "")
    return said.out


def test_tasks(site: Command) -> None:
    assert listing(site, "--list-tasks") == (
        "\nplaybook: site.yml\n"
        "\n  play #1 (web:&prod): Web\tTAGS: [web]\n"
        "    tasks:\n"
        "      debug\tTAGS: [web]\n"
        "      nginx : Install\tTAGS: [web]\n"
        "      Inner\tTAGS: [grouped, inner, web]\n"
        "      Mend\tTAGS: [grouped, web]\n"
        "      Imported\tTAGS: [late, web]\n"
        "\n  play #2 (db): db\tTAGS: []\n"
        "    tasks:\n"
    )


def test_tasks_that_tags_select(site: Command) -> None:
    listed = listing(site, "--list-tasks", "--tags", "late").splitlines()
    assert [line.strip() for line in listed if "\t" in line and "play" not in line] == [
        "Imported\tTAGS: [late, web]"
    ]


def test_tags(site: Command) -> None:
    assert listing(site, "--list-tags") == (
        "\nplaybook: site.yml\n"
        "\n  play #1 (web:&prod): Web\tTAGS: [web]\n"
        "      TASK TAGS: [grouped, inner, late, web]\n"
        "\n  play #2 (db): db\tTAGS: []\n"
        "      TASK TAGS: []\n"
    )


def test_hosts(site: Command) -> None:
    assert listing(site, "--list-hosts") == (
        "\nplaybook: site.yml\n"
        "\n  play #1 (web:&prod): Web\tTAGS: [web]\n"
        "    pattern: ['web:&prod']\n"
        "    hosts (1):\n"
        "      w1\n"
        "\n  play #2 (db): db\tTAGS: []\n"
        "    pattern: ['db']\n"
        "    hosts (1):\n"
        "      d1\n"
    )


def test_a_pattern_that_names_nothing_is_told(site: Command) -> None:
    """Who looks before a run at whom it will touch has to hear that `!staging` keeps out nobody."""
    said = site("run", "site.yml", "-i", "hosts.ini", "--list-hosts", "-l", "all:!wbe")
    assert said.code == Exit.DONE
    assert "warning: no host or group matches `wbe`" in said.err
    assert "did you mean `web`?" in said.err


def test_every_playbook_begins_to_count_anew(site: Command) -> None:
    said = site("run", "site.yml", "site.yml", "-i", "hosts.ini", "--list-tags")
    assert said.out.count("play #1 (") == said.out.count("play #2 (") == 2
    assert "play #3" not in said.out


def test_syntax_check(site: Command) -> None:
    assert listing(site, "--syntax-check") == "\nplaybook: site.yml\n"
    site.write("site.yml", "- hosts: all\n  tsks: []\n")
    said = site("run", "site.yml", "-i", "hosts.ini", "--syntax-check")
    assert said.code == Exit.BAD_INPUT
    assert "did you mean `tasks`?" in said.err


def test_nothing_is_contacted(site: Command) -> None:
    """The hosts of the inventory do not exist; a listing is quick all the same."""
    assert "w1" in listing(site, "--list-hosts", "--list-tasks", "-T", "60")
