"""`deploy completion`: a script for the user's shell, made from the parser itself."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from deployer.cli.exits import Exit

SHELLS = ("bash", "zsh", "fish", "tcsh")
#: Words for `-i`: the names in inventories/, and files.
_PREAMBLE = {
    "bash": """
_deploy_inventories() {
  compgen -W "$(cd inventories 2>/dev/null && printf '%s\\n' *)" -- "$1"
  compgen -f -- "$1"
}
""",
    "zsh": """
_deploy_inventories() {
  _alternative 'names:inventory:_path_files -W inventories' 'files:file:_files'
}
""",
}


def add_arguments(parser: ArgumentParser) -> None:
    """The shell."""
    parser.add_argument("shell", choices=SHELLS, help="your shell")
    parser.epilog = 'bash, zsh: eval "$(deploy completion bash)" in your start-up file'


def call(flags: Namespace) -> int:
    """Print the script."""
    import shtab

    from deployer.cli.main import build_parser

    parser = build_parser()
    _annotate(parser)
    print(shtab.complete(parser, shell=flags.shell, preamble=_PREAMBLE.get(flags.shell, "")))
    return Exit.DONE


def _annotate(parser: ArgumentParser) -> None:
    """Tell shtab what the words of options are: files, inventories, modules."""
    import shtab

    from deployer.cli.main import commands_of, options_of
    from deployer.cli.topics import topics

    inventories = {**shtab.FILE, "bash": "_deploy_inventories", "zsh": "_deploy_inventories"}
    for command in commands_of(parser).values():
        for action in options_of(command):
            if action.dest == "inventory":
                action.complete = inventories  # type: ignore[attr-defined]
            elif action.dest == "topic":
                action.choices = topics()
            elif action.dest == "roles_path":
                action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
            elif action.metavar in ("FILE", "PLAYBOOK"):
                action.complete = shtab.FILE  # type: ignore[attr-defined]
