"""What went wrong, for people: place, source line, caret, one fix; and the exit code."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable

from deployer.cli.exits import Exit
from deployer.cli.screens import stderr_screen
from deployer.model.diagnostic import Diagnostic
from deployer.model.errors import ArgumentError, DeployError, LoadError, TemplateError
from deployer.output.careful import forget_stdout
from deployer.output.lines import line, lines_of
from deployer.output.source import report

#: How a user tells us of a bug.
REPORT = "This is a bug of ours. Please report it with the lines above and the output of -vvv."


def reported(call: Callable[[], int], *, verbose: bool = False) -> int:
    """The exit code of a command, or of what it raised, which is told on standard error."""
    try:
        return call()
    except DeployError as error:
        stderr_screen().show(*report(diagnostics_of(error)))
        return error.exit_code if error.exit_code != 2 else Exit.BAD_INPUT
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        forget_stdout()
        return Exit.DONE
    except Exception as error:
        return _bug(error, verbose=verbose)


def diagnostics_of(error: DeployError) -> Iterable[Diagnostic]:
    """An error as problems with places."""
    if isinstance(error, LoadError):
        return error.diagnostics
    if isinstance(error, TemplateError | ArgumentError):
        return (Diagnostic(error.message, error.position, error.help),)
    return (Diagnostic(str(error)),)


def _bug(error: Exception, *, verbose: bool) -> int:
    told_bug(error, verbose=verbose)
    return Exit.BUG


def told_bug(error: Exception, *, verbose: bool = False) -> None:
    """Say on standard error what an exception is that nobody expected, and how to report it."""
    if verbose:
        text = "".join(traceback.format_exception(error))
    else:
        last = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error}\n  at {last.filename}:{last.lineno} in {last.name}"
    stderr_screen().show(*lines_of(text), line(REPORT))
