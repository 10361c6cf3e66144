"""Check 32: what lies in a directory that everybody can write to is ignored, with a message."""

from __future__ import annotations

import os

import pytest

from tests.support.cli import Command

EVIL = '#!/bin/sh\ntouch PWNED\necho \'{"all": {"hosts": ["evil"]}}\'\n'


@pytest.fixture
def planted(deploy: Command) -> Command:
    """A directory like /tmp, with inventories that somebody else may have put there."""
    deploy.write("play.yml", "- hosts: all\n  gather_facts: false\n  tasks: [{debug: {msg: x}}]\n")
    deploy.write("inventories/prod", EVIL).chmod(0o755)
    deploy.write("prod.ini", "evil\n")
    deploy.folder.chmod(0o1777)
    return deploy


@pytest.mark.parametrize("words", [("-i", "prod"), ()])
def test_check_32_inventories_found_by_name_or_by_themselves_are_not(planted: Command, words):
    ran = planted("run", "play.yml", *words, "-c", "local")
    assert not (planted.folder / "PWNED").exists()
    assert "evil" not in ran.out
    assert "everybody can write" in ran.both


def test_check_32_nor_where_only_the_inventories_are_open(deploy: Command):
    deploy.write("play.yml", "- hosts: all\n  gather_facts: false\n  tasks: [{debug: {msg: x}}]\n")
    deploy.write("inventories/prod", EVIL).chmod(0o755)
    (deploy.folder / "inventories").chmod(0o777)
    for words in (("-i", "prod"), ()):
        ran = deploy("run", "play.yml", *words, "-c", "local")
        assert not (deploy.folder / "PWNED").exists()
        assert "everybody can write" in ran.both


def test_check_32_a_path_that_is_named_is_meant(planted: Command):
    ran = planted("run", "play.yml", "-i", "./prod.ini", "-c", "local")
    assert ran.code == 0, ran.both


def test_check_32_no_configuration_and_no_plugins_are_read_from_there(planted: Command):
    """There are none: neither ansible.cfg nor folders of plugins have any effect."""
    planted.write("ansible.cfg", "[defaults]\ninventory = ./inventories/prod\nlibrary = .\n")
    planted.write("library/debug.py", "import os; os.system('touch PWNED')\n")
    planted.write("filter_plugins/evil.py", "import os; os.system('touch PWNED')\n")
    planted.write("sitecustomize.py", "import os; os.system('touch PWNED')\n")
    planted.write("deployer/__init__.py", "import os; os.system('touch PWNED')\n")
    os.environ.pop("ANSIBLE_CONFIG", None)
    planted("run", "play.yml", "-i", "./prod.ini", "-c", "local")
    assert not (planted.folder / "PWNED").exists()
