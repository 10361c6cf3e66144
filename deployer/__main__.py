"""`deploy` and `python -m deployer`."""

from __future__ import annotations

import sys


def main() -> None:
    """The console script."""
    from deployer.cli.main import main as command

    sys.exit(command())


if __name__ == "__main__":
    main()
