"""`deploy run` and `deploy plan`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from deployer.cli import flags as flag
from deployer.cli.app import App
from deployer.cli.terminal import Terminal


def add_arguments(parser: ArgumentParser) -> None:
    """The playbooks and every group of flags."""
    parser.add_argument("playbooks", nargs="+", metavar="PLAYBOOK", help="playbook files, in order")
    flag.add_inventory(parser)
    flag.add_variables(parser)
    flag.add_connection(parser)
    flag.add_selection(parser)
    flag.add_execution(parser)
    flag.add_output(parser)


def run(flags: Namespace, *, check: bool = False) -> int:
    """Run the playbooks; with `check`, only say what would be done."""
    from deployer.cli.interrupts import CtrlC
    from deployer.cli.listeners import listener_for
    from deployer.cli.listing import list_what
    from deployer.cli.validate import check_arguments
    from deployer.engine.run import run as run_order

    terminal = Terminal()
    app = App(flags, terminal)
    order, loaded = app.order(check=check)
    diagnostics = [*loaded.warnings, *order.inventory.warnings, *check_arguments(loaded)]
    listener = listener_for(flags, diagnostics, plan=check)
    if flags.syntax_check:
        return 0
    if flags.list_tasks or flags.list_tags or flags.list_hosts:
        return list_what(order, flags)
    with CtrlC(terminal) as ctrl_c:
        return run_order(order, [listener], terminal.ask, ctrl_c.arm)
