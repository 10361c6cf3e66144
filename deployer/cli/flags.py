"""The flags that commands share, spelt and meant as those of `ansible-playbook`."""

from __future__ import annotations

from argparse import ArgumentParser, _ArgumentGroup

from deployer.engine.settings import WINDOW

#: Hosts that are talked to at once unless -f says otherwise.
FORKS = 50


def add_inventory(parser: ArgumentParser) -> None:
    """Which inventory and which hosts of it."""
    group = parser.add_argument_group("inventory")
    group.add_argument(
        "-i",
        "--inventory",
        action="append",
        default=[],
        metavar="NAME",
        help="name in inventories/, path, or list of hosts (a comma makes a list); may repeat",
    )
    group.add_argument(
        "-l", "--limit", action="append", metavar="PATTERN", help="only these hosts; may repeat"
    )


def add_variables(parser: ArgumentParser) -> None:
    """Extra variables and vault passwords."""
    group = parser.add_argument_group("variables")
    group.add_argument(
        "-e",
        "--extra-vars",
        action="append",
        default=[],
        metavar="VARS",
        help="key=value, JSON or YAML, or @FILE; stronger than all other variables",
    )
    group.add_argument(
        "--vault-password-file", "--vault-pass-file", action="append", default=[], metavar="FILE",
        help="a file, or a program that prints it",
    )  # fmt: skip
    group.add_argument(
        "--vault-id", action="append", default=[], metavar="LABEL@SOURCE",
        help="a vault password and its label; SOURCE is `prompt`, a file or a program",
    )  # fmt: skip
    group.add_argument(
        "-J", "--ask-vault-pass", "--ask-vault-password", action="store_true",
        help="ask for the vault password",
    )  # fmt: skip


def add_connection(parser: ArgumentParser) -> None:
    """How hosts are reached and as whom tasks act."""
    group = parser.add_argument_group("connection")
    group.add_argument("-u", "--user", metavar="NAME", help="log in as this user")
    group.add_argument("-k", "--ask-pass", action="store_true", help="ask for the login password")
    group.add_argument(
        "--connection-password-file", "--conn-pass-file", metavar="FILE",
        help="the login password is in this file, or printed by it",
    )  # fmt: skip
    group.add_argument("--private-key", "--key-file", metavar="FILE", help="log in with this key")
    group.add_argument("-c", "--connection", metavar="KIND", help="ssh or local")
    group.add_argument("-T", "--timeout", type=float, metavar="S", help="seconds to connect in")
    group.add_argument("--ssh-common-args", default="", metavar="ARGS", help="words for ssh")
    group.add_argument("--ssh-extra-args", default="", metavar="ARGS", help="words for ssh only")
    group.add_argument(
        "--accept-new-host-keys", action="store_true", help="accept keys of hosts never seen before"
    )
    _add_become(group)


def _add_become(group: _ArgumentGroup) -> None:
    group.add_argument("-b", "--become", action="store_true", help="act as another user")
    group.add_argument("--become-user", metavar="NAME", help="as whom (root)")
    group.add_argument(
        "--become-method", choices=("sudo", "su", "doas"), help="how to become (sudo)"
    )
    group.add_argument(
        "-K", "--ask-become-pass", action="store_true", help="ask for the password to become"
    )
    group.add_argument(
        "--become-password-file", "--become-pass-file", metavar="FILE",
        help="the password to become is in this file, or printed by it",
    )  # fmt: skip


def add_selection(parser: ArgumentParser) -> None:
    """Which tasks."""
    group = parser.add_argument_group("selection")
    group.add_argument("-t", "--tags", action="append", default=[], metavar="TAGS",
                       help="only tasks with these tags")  # fmt: skip
    group.add_argument("--skip-tags", action="append", default=[], metavar="TAGS",
                       help="not tasks with these tags")  # fmt: skip
    group.add_argument("--start-at-task", default="", metavar="NAME", help="begin with this task")
    group.add_argument("--list-tasks", action="store_true", help="show the tasks, run nothing")
    group.add_argument("--list-tags", action="store_true", help="show the tags, run nothing")
    group.add_argument("--list-hosts", action="store_true", help="show the hosts, run nothing")
    group.add_argument("--syntax-check", action="store_true", help="only read the playbooks")


def add_execution(parser: ArgumentParser) -> None:
    """How the run goes."""
    group = parser.add_argument_group("execution")
    group.add_argument("-C", "--check", action="store_true", help="change nothing (deploy plan)")
    group.add_argument("-D", "--diff", action="store_true", help="show what changes in files")
    group.add_argument("-f", "--forks", type=int, default=FORKS, metavar="N",
                       help=f"hosts at once ({FORKS})")  # fmt: skip
    group.add_argument("--force-handlers", action="store_true",
                       help="run notified handlers even where a task failed")  # fmt: skip
    group.add_argument("--flush-cache", action="store_true",
                       help="accepted; facts are never kept between runs")  # fmt: skip
    group.add_argument("--strict", action="store_true",
                       help="conditions that are not true or false are errors")  # fmt: skip
    group.add_argument("--lookahead", type=int, default=WINDOW, metavar="N",
                       help=f"steps to ask about at once ({WINDOW}); 1: one at a time")  # fmt: skip
    group.add_argument("--roles-path", action="append", default=[], metavar="DIR",
                       help="look for roles here too")  # fmt: skip


def add_output(parser: ArgumentParser) -> None:
    """What is shown."""
    group = parser.add_argument_group("output")
    group.add_argument("-v", "--verbose", action="count", default=0, help="more; may repeat")
    group.add_argument("--output", choices=("console", "jsonl"), default="console",
                       help="for people, or one event per line")  # fmt: skip
    group.add_argument("--no-color", action="store_true", help="no colour (as NO_COLOR=1)")
