"""`deploy completion`: a script for bash, zsh or tcsh, made from the parser itself."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from deployer.cli.exits import Exit


def add_arguments(parser: ArgumentParser) -> None:
    """The shell."""
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"), help="your shell")


def show(flags: Namespace, parser: ArgumentParser) -> int:
    """Print the script: `eval "$(deploy completion bash)"`."""
    import shtab

    print(shtab.complete(parser, shell=flags.shell))
    return Exit.DONE
