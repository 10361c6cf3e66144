"""A listener that cannot hurt the run: what goes wrong in telling is told once, and that is all."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable

from deployer.model.events import Event, Listener


class Careful:
    """Hands events to a listener; silent from its first error on.

    A closed pipe (`deploy run … | head`) is nobody's fault: the run goes on without a word. Any
    other error is given to `on_error`; `lost` says that output could not be written (a full disk).
    """

    def __init__(self, listener: Listener, on_error: Callable[[Exception], object]) -> None:
        self._listener: Listener | None = listener
        self._on_error = on_error
        self.lost = False

    def on_event(self, event: Event) -> None:
        """Never raises."""
        if self._listener is None:
            return
        try:
            self._listener.on_event(event)
        except BrokenPipeError:
            self._listener = None
            forget_stdout()
        except Exception as error:
            self._listener = None
            self.lost = isinstance(error, OSError)
            if self.lost:
                forget_stdout()
            with contextlib.suppress(OSError):  # standard error may be as full
                self._on_error(error)


def forget_stdout() -> None:
    """Send what is still written to a standard output that takes nothing nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):
        pass
    finally:
        os.close(nowhere)
