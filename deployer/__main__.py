"""`deploy` and `python -m deployer`."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import NoReturn

#: New objects between two looks for garbage in cycles; Python's own 700 costs start-up 10 ms.
SELDOM = 50_000


def main() -> NoReturn:
    """The console script."""
    gc.set_threshold(SELDOM, 20, 20)
    try:
        from deployer.cli.main import main as command

        code = command()
    except KeyboardInterrupt:
        code = 130
    except SystemExit as end:  # argparse's: after the help, or a wrong command line
        code = end.code if isinstance(end.code, int) else 0
    except OSError as error:
        code = _unsaid(error)
    _leave(code)


def _unsaid(error: OSError) -> int:
    """The exit code where standard output takes no more; a reader that had enough is no failure."""
    if isinstance(error, BrokenPipeError):
        return 0
    os.write(2, f"error: cannot write the output: {error.strerror}\n".encode())
    return 74


def _leave(code: int) -> NoReturn:
    """End the process as it is, past Python's own end.

    That ends threads in the midst of what they do, and in compiled code (a login's arithmetic, an
    import) this aborts the process, whatever its exit code was to be. It takes 40 ms, too.
    """
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except OSError as error:
            code = code or _unsaid(error)
    os._exit(code)


if __name__ == "__main__":
    main()
