"""`deploy` and `python -m deployer`."""

from __future__ import annotations

import gc
import sys

#: New objects between two looks for garbage in cycles; Python's own 700 costs start-up 10 ms.
SELDOM = 50_000


def main() -> None:
    """The console script."""
    gc.set_threshold(SELDOM, 20, 20)
    try:
        from deployer.cli.main import main as command

        sys.exit(command())
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        gc.freeze()  # the system takes the memory back at once; Python would search it for 40 ms


if __name__ == "__main__":
    main()
