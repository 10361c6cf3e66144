"""`deploy` and `python -m deployer`."""

from __future__ import annotations

import sys


def main() -> None:
    """The console script."""
    try:
        from deployer.cli.main import main as command

        sys.exit(command())
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
