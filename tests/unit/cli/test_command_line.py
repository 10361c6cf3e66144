"""The command line itself: help, version, what a slip of the fingers gets as an answer."""

from __future__ import annotations

import pytest

from deployer import __version__
from deployer.cli.exits import Exit
from deployer.cli.main import COMMANDS, build_parser, commands_of, options_of
from tests.support.cli import LOCAL, Command


def test_version(deploy: Command) -> None:
    said = deploy("--version")
    assert (said.code, said.out) == (0, f"deploy {__version__}\n")


def test_help_names_every_command(deploy: Command) -> None:
    said = deploy("--help")
    assert said.code == 0
    assert all(name in said.out for name, _, _ in COMMANDS)


def test_no_command_shows_the_help(deploy: Command) -> None:
    said = deploy()
    assert said.code == Exit.USAGE
    assert "first steps:" in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("rnu",), "did you mean `run`?"),
        (("run",), "the following arguments are required: PLAYBOOK"),
        (("run", "x.yml", "--becom-user", "x"), "did you mean `--become-user`?"),
        (("run", "x.yml", "--forks", "many"), "invalid int value: 'many'"),
        (("run", "x.yml", "--become-method", "sodo"), "did you mean `sudo`?"),
        (("run", "x.yml", "-f", "0"), "--forks and --lookahead take a number from 1"),
        (("run", "x.yml", "-T", "0"), "--timeout takes a number of seconds above 0"),
        (("run", "x.yml", "-e", "novalue"), "`novalue` is not key=value"),
        (("run", "x.yml", "-e", "[1]"), "not a mapping of variables"),
        (("run", "x.yml", "-e", "a='b"), "No closing quotation"),
        (("run", "x.yml", "--become-password-file", "gone"), "no password can be read from `gone`"),
        (("run", "x.yml", "-l", "locl"), "--limit leaves no host: no host or group matches `locl`"),
        (("doc", "cpoy"), "there is no page `cpoy`; did you mean `copy`?"),
        (("inventory", "--list", "--graph"), "not allowed with argument"),
        (("completion", "csh"), "invalid choice: 'csh'"),
    ],
)
def test_usage_errors_say_what_to_do(deploy: Command, words: tuple[str, ...], message: str) -> None:
    deploy.write("x.yml", "- hosts: all\n  tasks: []\n")
    local = LOCAL if words[:1] == ("run",) and len(words) > 1 else ()
    said = deploy(*words, *local)
    assert said.code == Exit.USAGE
    assert message in said.err
    assert said.out == ""


def test_several_inventories_and_none_named(deploy: Command) -> None:
    deploy.write("inventories/prod", "web1\n")
    deploy.write("inventories/test", "web1\n")
    deploy.write("x.yml", "- hosts: all\n  tasks: []\n")
    said = deploy("run", "x.yml")
    assert said.code == Exit.USAGE
    assert "which inventory? inventories/ has prod, test: say -i NAME" in said.err


def test_an_unknown_inventory(deploy: Command) -> None:
    deploy.write("inventories/prod", "web1\n")
    deploy.write("x.yml", "- hosts: all\n  tasks: []\n")
    said = deploy("run", "x.yml", "-i", "prud")
    assert said.code == Exit.BAD_INPUT
    assert "there is no inventory `prud`" in said.err
    assert "did you mean `prod`?" in said.err


def test_every_option_says_what_it_does() -> None:
    for name, parser in commands_of(build_parser()).items():
        for action in options_of(parser):
            assert action.help, f"deploy {name}: {action.option_strings or action.dest}"


#: ansible-playbook's flags that the issue asks for, by what they set.
SPELLINGS = {
    "inventory": ("-i", "--inventory"),
    "limit": ("-l", "--limit"),
    "tags": ("-t", "--tags"),
    "skip_tags": ("--skip-tags",),
    "extra_vars": ("-e", "--extra-vars"),
    "check": ("-C", "--check"),
    "diff": ("-D", "--diff"),
    "become": ("-b", "--become"),
    "become_user": ("--become-user",),
    "become_method": ("--become-method",),
    "ask_become_pass": ("-K", "--ask-become-pass"),
    "ask_pass": ("-k", "--ask-pass"),
    "user": ("-u", "--user"),
    "private_key": ("--private-key", "--key-file"),
    "forks": ("-f", "--forks"),
    "verbose": ("-v", "--verbose"),
    "syntax_check": ("--syntax-check",),
    "list_tasks": ("--list-tasks",),
    "list_tags": ("--list-tags",),
    "list_hosts": ("--list-hosts",),
    "start_at_task": ("--start-at-task",),
    "force_handlers": ("--force-handlers",),
    "vault_id": ("--vault-id",),
    "vault_password_file": ("--vault-password-file", "--vault-pass-file"),
    "ask_vault_pass": ("-J", "--ask-vault-password", "--ask-vault-pass"),
    "connection": ("-c", "--connection"),
    "timeout": ("-T", "--timeout"),
    "flush_cache": ("--flush-cache",),
    "ssh_common_args": ("--ssh-common-args",),
    "ssh_extra_args": ("--ssh-extra-args",),
    "connection_password_file": ("--connection-password-file", "--conn-pass-file"),
    "become_password_file": ("--become-password-file", "--become-pass-file"),
}


@pytest.mark.parametrize("command", ["run", "plan"])
@pytest.mark.parametrize("dest", sorted(SPELLINGS))
def test_flags_are_spelt_as_ansible_playbooks(command: str, dest: str) -> None:
    options = {action.dest: action for action in options_of(commands_of(build_parser())[command])}
    assert set(SPELLINGS[dest]) <= set(options[dest].option_strings)
