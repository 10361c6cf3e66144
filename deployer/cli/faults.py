"""What went wrong, for people: place, source line, caret, one fix; and the exit code."""

from __future__ import annotations

import contextlib
import errno
import sys
import traceback
from collections.abc import Callable, Iterable

from deployer.cli.exits import Exit
from deployer.cli.screens import stderr_screen
from deployer.model.diagnostic import Diagnostic
from deployer.model.errors import ArgumentError, DeployError, LoadError, TemplateError
from deployer.output.careful import forget_stdout
from deployer.output.lines import line, lines_of
from deployer.output.source import report

#: What a write says to a stream that takes no more: full, over a limit, gone.
UNWRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
#: How a user tells us of a bug.
REPORT = "This is a bug of ours. Please report it with the lines above and the output of -vvv."


def reported(call: Callable[[], int], *, verbose: bool = False) -> int:
    """The exit code of a command, or of what it raised, which is told on standard error."""
    try:
        return _written(call)
    except DeployError as error:
        stderr_screen().show(*report(diagnostics_of(error)))
        return error.exit_code if error.exit_code != 2 else Exit.BAD_INPUT
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        forget_stdout()
        return Exit.DONE
    except Exception as error:
        return told_trouble(error, verbose=verbose)


def _written(call: Callable[[], int]) -> int:
    """A full disk shows here, not when Python ends."""
    code = call()
    sys.stdout.flush()
    return code


def diagnostics_of(error: DeployError) -> Iterable[Diagnostic]:
    """An error as problems with places."""
    if isinstance(error, LoadError):
        return error.diagnostics
    if isinstance(error, TemplateError | ArgumentError):
        return (Diagnostic(error.message, error.position, error.help),)
    return (Diagnostic(str(error)),)


def told_trouble(error: Exception, *, verbose: bool = False) -> Exit:
    """Say on standard error that output could not be written, or what else nobody expected and
    how to report it; gives the exit code."""
    if isinstance(error, OSError) and error.filename is None and error.errno in UNWRITTEN:
        forget_stdout()
        text = f"the rest of the output cannot be written: {error.strerror}"
        with contextlib.suppress(OSError):
            stderr_screen().show(line(text))
        return Exit.OUTPUT_LOST
    _told_bug(error, verbose=verbose)
    return Exit.BUG


def _told_bug(error: Exception, *, verbose: bool) -> None:
    if verbose:
        text = "".join(traceback.format_exception(error))
    else:
        last = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error}\n  at {last.filename}:{last.lineno} in {last.name}"
    stderr_screen().show(*lines_of(text), line(REPORT))
