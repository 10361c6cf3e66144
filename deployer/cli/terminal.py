"""Talking with the user at the terminal: questions, and answers that are not shown."""

from __future__ import annotations

import math
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from deployer.model.errors import UsageError
from deployer.model.secret import Secret
from deployer.model.values import dataclass

if TYPE_CHECKING:
    from deployer.engine.requests import Ask

#: Seconds that a program that prints a password may take.
DEADLINE = 120.0
#: Seconds after which a wait for the user looks up.
GLANCE = 0.25


@dataclass(slots=True)
class Terminal:
    """Standard input, as far as somebody sits there. `asking`: a question waits for its answer."""

    asking: bool = False

    @property
    def can_ask(self) -> bool:
        return sys.stdin is not None and sys.stdin.isatty()

    @property
    def can_ask_secret(self) -> bool:
        """Passwords are typed at the terminal itself, wherever standard input comes from."""
        try:
            os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
        except OSError:
            return False
        return True

    def ask_secret(self, prompt: str) -> str:
        """What the user types, not echoed."""
        from getpass import getpass

        return getpass(prompt)

    def ask_secret_value(self, prompt: str, instead: str) -> Secret:
        """A password for this run. Raises UsageError where nobody can be asked: use `instead`."""
        if not self.can_ask_secret:
            what = prompt.partition("[")[0].strip(": ")
            raise UsageError(f"the {what} cannot be asked for without a terminal: use {instead}")
        return Secret(self.ask_secret(prompt))

    def ask(self, request: Ask) -> str:
        """The answer to a task's question; empty where nobody is there (as Ansible goes on)."""
        if not self.can_ask:
            return ""
        self.asking = True
        try:
            return self._asked(request)
        except EOFError:
            return ""
        finally:
            self.asking = False

    def _asked(self, request: Ask) -> str:
        if request.seconds is None and not request.echo:
            return self.ask_secret(request.prompt)
        print(request.prompt, end="", file=sys.stderr, flush=True)
        if not _typed(request.seconds):
            return ""
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\n")


def _typed(seconds: float | None) -> bool:
    """Wait for a line. Never for long at once: a Ctrl-C just before a wait begins is seen only
    when that ends."""
    deadline = math.inf if seconds is None else time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        if select.select([sys.stdin], [], [], min(left, GLANCE))[0]:
            return True
    return False


def password_in(name: str) -> Secret:
    """The password in a file, or that an executable file prints. Raises UsageError."""
    path = Path(name).expanduser()
    try:
        if path.is_file() and os.access(path, os.X_OK):
            done = subprocess.run(
                [path.absolute()], stdout=subprocess.PIPE, timeout=DEADLINE, check=True
            )
            text = done.stdout.decode()
        else:
            text = path.read_text("utf-8")
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"no password can be read from `{name}`: {reason}") from error
    if not text.strip():
        raise UsageError(f"the password file `{name}` is empty")
    return Secret(text.strip())
