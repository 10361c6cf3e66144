"""Reads the command line, calls the command, and says what went wrong with its exit code."""

from __future__ import annotations

import importlib
import os
import sys
from argparse import Action, ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterable, Sequence
from typing import NoReturn

from deployer import __version__
from deployer.cli.exits import Exit
from deployer.model.errors import UsageError

#: The commands: their names, their modules, what they are for.
COMMANDS = (
    ("run", "run", "run playbooks"),
    ("plan", "plan", "say what a run would change; changes nothing"),
    ("inventory", "inventory", "show hosts and groups"),
    ("doc", "doc", "documentation of modules, keywords, filters, flags and exit codes"),
    ("replay", "replay", "show a run again that was recorded with --output jsonl"),
    ("completion", "completion", "print a completion script for your shell"),
)
EPILOG = """\
first steps:
  deploy inventory -i prod --graph         what hosts there are
  deploy plan playbooks/site.yml -i prod   what would change
  deploy run playbooks/site.yml -i prod    change it
  deploy doc copy                          what a module can do
"""


class Parser(ArgumentParser):
    """argparse with the exit code of sysexits and a suggestion for a wrong command line."""

    def error(self, message: str) -> NoReturn:
        from deployer.cli.suggestions import suggestion

        print(f"{self.prog}: {message}{suggestion(message, self)}", file=sys.stderr)
        print(f"(`{self.prog} --help` shows what there is)", file=sys.stderr)
        raise SystemExit(Exit.USAGE)


def build_parser(only: Iterable[str] = ()) -> ArgumentParser:
    """The parser of every command, or only of some (start-up counts)."""
    from argparse import RawDescriptionHelpFormatter

    parser = Parser(
        prog="deploy",
        description="Brings hosts to a described state over SSH: Ansible's playbook language.",
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"deploy {__version__}")
    commands: _SubParsersAction[ArgumentParser] = parser.add_subparsers(
        dest="command", metavar="COMMAND", parser_class=Parser, title="commands"
    )
    wanted = set(only)
    for name, module, text in COMMANDS:
        own = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if not wanted or name in wanted:
            importlib.import_module(f"deployer.cli.{module}").add_arguments(own)
    return parser


def options_of(parser: ArgumentParser) -> list[Action]:
    """The options and arguments of one command."""
    return [action for action in parser._actions if not isinstance(action, _SubParsersAction)]


def commands_of(parser: ArgumentParser) -> dict[str, ArgumentParser]:
    """The parsers of the commands below a parser, by name."""
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            return dict(action.choices)
    return {}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit code."""
    _open_standard_streams()
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["--version"]:
        print(f"deploy {__version__}")
        return Exit.DONE
    named = [word for word in words[:1] if word in {name for name, _, _ in COMMANDS}]
    parser = build_parser(named or ("run",))
    flags, unknown = parser.parse_known_args(words)
    if flags.command is None:
        parser.print_help(sys.stderr)
        return Exit.USAGE
    own = commands_of(parser)[flags.command]
    if unknown:
        own.error("unrecognized arguments: " + " ".join(unknown))
    from deployer.cli.faults import reported

    return reported(lambda: _call(flags), verbose=getattr(flags, "verbose", 0) > 2)


def _open_standard_streams() -> None:
    """Without them (`>&-`), the first file that is opened would become standard output."""
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    sys.stdin = sys.stdin or open(0)  # noqa: SIM115
    sys.stdout = sys.stdout or open(1, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w")  # noqa: SIM115


def _call(flags: Namespace) -> int:
    try:
        os.getcwd()  # noqa: PTH109 - the cheap way
    except OSError as error:
        raise UsageError(f"the current directory cannot be used: {error.strerror}") from error
    module = next(module for name, module, _ in COMMANDS if name == flags.command)
    code: int = importlib.import_module(f"deployer.cli.{module}").call(flags)
    return code
