"""`deploy run`: what the flags ask for, from reading the files to the recap."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from deployer.cli import flags as flag
from deployer.cli.exits import Exit


def add_arguments(parser: ArgumentParser) -> None:
    """The playbooks and every group of flags."""
    parser.add_argument("playbooks", nargs="+", metavar="PLAYBOOK", help="playbook files, in order")
    flag.add_inventory(parser)
    flag.add_variables(parser)
    flag.add_connection(parser)
    flag.add_selection(parser)
    flag.add_execution(parser)
    flag.add_output(parser)


def call(flags: Namespace, *, plan: bool = False) -> int:
    """Run the playbooks; `plan` only says what would be done, with diffs."""
    from deployer.cli.app import App
    from deployer.cli.interrupts import CtrlC
    from deployer.cli.listeners import listener_for
    from deployer.cli.terminal import Terminal
    from deployer.cli.validate import unknown_modules
    from deployer.engine.run import run
    from deployer.output.running import Running

    flags.check, flags.diff = flags.check or plan, flags.diff or plan
    terminal = Terminal()
    app = App(flags, terminal)
    order, loaded = app.order()
    warnings = [*loaded.warnings, *order.inventory.warnings, *unknown_modules(loaded)]
    if flags.syntax_check or flags.list_tasks or flags.list_tags or flags.list_hosts:
        from deployer.cli.listing import list_what
        from deployer.cli.screens import stderr_screen
        from deployer.output.source import report

        stderr_screen(no_color=flags.no_color).show(*report(warnings))
        list_what(app, order)
        return Exit.DONE
    running = Running()
    listener = listener_for(flags, warnings, running, plan=plan)
    with CtrlC(terminal, running) as ctrl_c:
        code = run(order, [listener], terminal.ask, ctrl_c.arm)
    return Exit.OUTPUT_LOST if code == Exit.DONE and listener.lost else code
