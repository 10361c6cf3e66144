"""The commands of `scripts/lab`."""

import argparse
import json
import os
import sys
from collections.abc import Callable

from lab import host, lifecycle, needs, network, report
from lab.errors import LabError
from lab.layout import CHECKOUT, Layout, all_labs, default_name
from lab.state import loaded

Arguments = argparse.Namespace
Parser = argparse.ArgumentParser
Action = Callable[[Layout, Arguments], int]
FOR_EVERYONE = ("ssh", "env", "inventory", "list")


def up(layout: Layout, arguments: Arguments) -> int:
    """Start the hosts that do not run."""
    lifecycle.up(layout, arguments.count, arguments.fresh, arguments.systemd)
    print(report.table(layout))
    return 0


def down(layout: Layout, arguments: Arguments) -> int:
    """End the lab."""
    lifecycle.down(layout)
    if arguments.all:
        for name in lifecycle.down_orphans():
            print(f"lab {name} is down: its checkout is gone")
    if arguments.purge:
        lifecycle.purge_cache()
    print(f"lab {layout.name} is down")
    return 0


def reset(layout: Layout, arguments: Arguments) -> int:
    """Wipe hosts."""
    lifecycle.reset(layout, arguments.node)
    return 0


def status(layout: Layout, _: Arguments) -> int:
    """Print one line a host."""
    print(report.table(layout))
    return 0


def list_labs(_: Layout, __: Arguments) -> int:
    """Print the labs of this machine."""
    for layout in all_labs():
        print(layout.name)
    return 0


def ssh(layout: Layout, arguments: Arguments) -> int:
    """Become ssh."""
    loaded(layout)
    os.execvp("ssh", ["ssh", "-F", str(layout.ssh_config), *arguments.words])


def enter(layout: Layout, arguments: Arguments) -> int:
    """Run a command inside a host without its sshd."""
    return host.enter(layout, arguments.node, arguments.command or ["sh"])


def env(layout: Layout, _: Arguments) -> int:
    """Print what tests must know."""
    print(json.dumps(report.environment(layout), indent=2))
    return 0


def inventory(layout: Layout, _: Arguments) -> int:
    """Print the dynamic inventory."""
    print(json.dumps(report.inventory(layout), indent=2))
    return 0


def cut(layout: Layout, arguments: Arguments) -> int:
    """Drop all that a host sends and gets."""
    for name in arguments.node:
        network.set_forwarding(layout, loaded(layout).node(name), forwarding=False)
    return 0


def heal(layout: Layout, arguments: Arguments) -> int:
    """Undo `cut`."""
    for name in arguments.node:
        network.set_forwarding(layout, loaded(layout).node(name), forwarding=True)
    return 0


def parser() -> Parser:
    """The command line."""
    top = Parser(prog="scripts/lab", description="Real hosts on this machine.")
    top.add_argument(
        "--name",
        default=default_name(),
        help="which lab; default: $DEPLOY_LAB, else one of this checkout's own (%(default)s)",
    )
    commands = top.add_subparsers(dest="command_name", required=True, metavar="COMMAND")

    def add(name: str, action: Action, text: str, prefix_chars: str = "-") -> Parser:
        own_help = prefix_chars == "-"
        command = commands.add_parser(
            name, help=text, description=text, prefix_chars=prefix_chars, add_help=own_help
        )
        command.set_defaults(action=action)
        return command

    command = add("up", up, "start the hosts that do not run: node1 to nodeN, and busy")
    command.add_argument("count", nargs="?", type=int, metavar="N", help="default: 3")
    command.add_argument("--fresh", action="store_true", help="end the lab first")
    command.add_argument("--systemd", action="store_true", help="also sysd, with systemd as init")
    command = add("down", down, "end the lab and leave nothing of it; the cache stays")
    command.add_argument("--all", action="store_true", help="also labs whose checkout is gone")
    command.add_argument("--purge", action="store_true", help="remove the cache too")
    command = add("reset", reset, "give hosts a new disk; keys and addresses stay")
    command.add_argument("node", nargs="*", help="default: all")
    add("status", status, "one line a host")
    add("list", list_labs, "the labs of this machine")
    add("env", env, "print addresses, keys and logins as JSON")
    add("inventory", inventory, "print an inventory as JSON")
    command = add("ssh", ssh, "log in, or run a command; takes ssh's own options", prefix_chars="+")
    command.add_argument("words", nargs=argparse.REMAINDER, metavar="[USER@]NODE [COMMAND]")
    command = add("enter", enter, "run a command on a host without sshd", prefix_chars="+")
    command.add_argument("node")
    command.add_argument("command", nargs=argparse.REMAINDER)
    command = add("cut", cut, "drop all packets of a host; its link stays up")
    command.add_argument("node", nargs="+")
    command = add("heal", heal, "undo cut")
    command.add_argument("node", nargs="+")
    return top


def main(words: list[str] | None = None) -> int:
    """Run one command; an error is one line or so on standard error."""
    os.umask(0o022)
    words = sys.argv[1:] if words is None else words
    arguments = parser().parse_args(words)
    try:
        layout = Layout(arguments.name)
        if arguments.command_name not in FOR_EVERYONE:
            launcher = str(CHECKOUT / "scripts/lab")
            needs.become_root([launcher, "--name", arguments.name, *without_name(words)])
        result: int = arguments.action(layout, arguments)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return result


def without_name(words: list[str]) -> list[str]:
    """The command line without `--name`, which sudo's environment might have decided."""
    if words and words[0] == "--name":
        return words[2:]
    return words[1:] if words and words[0].startswith("--name=") else words
