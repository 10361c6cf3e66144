"""Reads the command line, calls the command, and says what went wrong with its exit code."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import NoReturn

from deployer import __version__
from deployer.cli.exits import Exit


class _Parser(ArgumentParser):
    """argparse with the exit code of sysexits for a wrong command line."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        print(f"{self.prog}: {message}", file=sys.stderr)
        raise SystemExit(Exit.USAGE)


def build_parser() -> ArgumentParser:
    """The parser of every command."""
    from deployer.cli import completion, doc, inventory, run

    parser = _Parser(prog="deploy", description="Deployment playbooks over SSH.")
    parser.add_argument("--version", action="version", version=f"deploy {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for name, module, text in (
        ("run", run, "run playbooks"),
        ("plan", run, "say what a run would change; changes nothing"),
        ("inventory", inventory, "show hosts and groups"),
        ("doc", doc, "documentation of modules, keywords and exit codes"),
        ("completion", completion, "print a completion script for your shell"),
    ):
        module.add_arguments(commands.add_parser(name, help=text, description=text))
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["--version"]:
        print(f"deploy {__version__}")
        return Exit.DONE
    from deployer.cli.faults import reported

    parser = build_parser()
    flags = parser.parse_args(words)
    if flags.command is None:
        parser.print_help()
        return Exit.USAGE
    return reported(lambda: _call(flags), verbose=getattr(flags, "verbose", 0) > 2)


def _call(flags: Namespace) -> int:
    from deployer.cli import completion, doc, inventory, run

    match flags.command:
        case "run":
            return run.run(flags)
        case "plan":
            return run.run(flags, check=True)
        case "inventory":
            return inventory.show(flags)
        case "completion":
            return completion.show(flags, build_parser())
        case _:
            return doc.show(flags)
