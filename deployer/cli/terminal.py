"""Talking with the user at the terminal: questions, and answers that are not shown."""

from __future__ import annotations

import select
import sys

from deployer.engine.requests import Ask
from deployer.model.errors import UsageError
from deployer.model.secret import Secret
from deployer.model.values import dataclass


@dataclass(slots=True)
class Terminal:
    """Standard input, as far as somebody sits there. `asking`: a question waits for its answer."""

    asking: bool = False

    @property
    def can_ask(self) -> bool:
        return sys.stdin is not None and sys.stdin.isatty()

    def ask_secret(self, prompt: str) -> str:
        """What the user types, not echoed."""
        from getpass import getpass

        return getpass(prompt)

    def ask_secret_value(self, prompt: str) -> Secret:
        """A password for this run. Raises UsageError where nobody can be asked."""
        if not self.can_ask:
            raise UsageError(f"`{prompt.strip(': ')}` cannot be asked for: there is no terminal")
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
        if request.seconds is not None:
            print(request.prompt, end="", file=sys.stderr, flush=True)
            ready, _, _ = select.select([sys.stdin], [], [], request.seconds)
            return sys.stdin.readline().rstrip("\n") if ready else ""
        if not request.echo:
            return self.ask_secret(request.prompt)
        return input(request.prompt)
