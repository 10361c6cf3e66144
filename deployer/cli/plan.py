"""`deploy plan`: a run that changes nothing and says what it would change."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from deployer.cli import run


def add_arguments(parser: ArgumentParser) -> None:
    """The same as for `deploy run`."""
    run.add_arguments(parser)


def call(flags: Namespace) -> int:
    """Plan the playbooks."""
    return run.call(flags, plan=True)
