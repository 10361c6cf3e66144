"""`deploy inventory`: hosts and groups as a list, a tree, or one host."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path

from deployer.cli import flags as flag
from deployer.cli.exits import Exit


def add_arguments(parser: ArgumentParser) -> None:
    """The three views and what they read."""
    flag.add_inventory(parser)
    flag.add_variables(parser)
    group = parser.add_argument_group("views")
    view = group.add_mutually_exclusive_group()
    view.add_argument("--list", action="store_true", help="JSON, as inventory scripts print it")
    view.add_argument("--graph", action="store_true", help="groups and hosts as a tree")
    view.add_argument("--host", metavar="NAME", help="the variables of one host as JSON")
    group.add_argument("--vars", action="store_true", help="with --graph: variables as well")
    group.add_argument("group", nargs="?", default="all", metavar="GROUP", help="for --graph")


def call(flags: Namespace) -> int:
    """Print a view (the tree unless another is asked for). Raises LoadError."""
    from deployer.cli.app import App
    from deployer.cli.terminal import Terminal
    from deployer.inventory import views
    from deployer.variables import VariableStore

    app = App(flags, Terminal())
    vault = app.vault()
    inventory = app.inventory(vault)
    folder = str(Path.cwd())
    store = VariableStore(inventory, extra_vars=app.extra_vars(vault), vault=vault)

    def of_host(name: str) -> Mapping[str, object]:
        return store.static(name, folder)

    if flags.list:
        print(json.dumps(views.as_list(inventory, of_host), indent=4, default=str))
    elif flags.host:
        print(json.dumps(views.host(inventory, flags.host, of_host), indent=4, default=str))
    else:
        host_vars = of_host if flags.vars else None
        group_vars = (lambda name: store.group_variables(name, folder)) if flags.vars else None
        print(views.graph(inventory, flags.group, host_vars=host_vars, group_vars=group_vars))
    return Exit.DONE
