"""What went wrong, for people: place, source line, caret, one fix; and the exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterable

from deployer.cli.exits import Exit
from deployer.model.diagnostic import Diagnostic
from deployer.model.errors import ArgumentError, DeployError, LoadError, TemplateError
from deployer.model.secret import mask
from deployer.output.source import shown

#: How a user tells us of a bug.
REPORT = "This is a bug of ours. Please report it with the lines above and the output of -vvv."


def reported(call: Callable[[], int], *, verbose: bool = False) -> int:
    """The exit code of a command, or of what it raised, which is told on standard error."""
    try:
        return call()
    except DeployError as error:
        for diagnostic in diagnostics_of(error):
            print(mask(shown(diagnostic)), file=sys.stderr)
        return error.exit_code if error.exit_code != 2 else Exit.BAD_INPUT
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
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
    if verbose:
        print(mask(traceback.format_exc()), file=sys.stderr)
    else:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{last.filename}:{last.lineno} in {last.name}"
        print(mask(f"{type(error).__name__}: {error}\n  at {where}"), file=sys.stderr)
    print(REPORT, file=sys.stderr)
    return Exit.BUG
