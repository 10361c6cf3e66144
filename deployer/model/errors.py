"""The error tree. A task that fails is a value (`Result`), never one of these.

DeployError                  exit code
|- UsageError                64   wrong flags or arguments of the command
|- LoadError                 65   playbook, inventory or variables wrong; carries diagnostics
|- TemplateError             65   a template or expression that cannot be evaluated
|  |- UndefinedError              a name or attribute that does not exist
|  '- PendingName                 not known yet: a coming step defines it (never shown)
|- ArgumentError             2    a module argument that is wrong once rendered
|- ProbeError                2    a probe whose output cannot be read
|- TransportError            4    the host cannot be talked to
|  |- ConnectError                no connection (retried)
|  |- AuthenticationError         the host says no (not retried)
|  |- HostKeyError                unknown, changed or revoked key (not retried)
|  |- BecomeError                 sudo, su or doas say no (not retried)
|  |- TooMuchOutput               the host floods us
|  '- ConnectionLost              it broke or went silent in the middle of an exchange
'- Interrupted               130  Ctrl-C
"""

from __future__ import annotations

from collections.abc import Sequence

from deployer.model.diagnostic import Diagnostic
from deployer.model.source import Position


class DeployError(Exception):
    """Base of every error that a user may see. `exit_code` is the process's."""

    exit_code = 70


class UsageError(DeployError):
    exit_code = 64


class LoadError(DeployError):
    """What was found wrong while loading: all of it, in the order of the files."""

    exit_code = 65

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(str(problem) for problem in self.diagnostics))


class TemplateError(DeployError):
    """A template that cannot be evaluated; `position` is the template's."""

    exit_code = 65

    def __init__(self, message: str, position: Position | None = None, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.help = help

    @property
    def diagnostic(self) -> Diagnostic:
        return Diagnostic(self.message, self.position, self.help)


class UndefinedError(TemplateError):
    """A name that nothing defines; `name` is its dotted path as far as it was written."""

    def __init__(
        self, message: str, name: str = "", position: Position | None = None, help: str = ""
    ) -> None:
        super().__init__(message, position, help)
        self.name = name


class PendingName(TemplateError):
    """A name that a coming step may define: the window of lookahead ends here."""

    def __init__(self, name: str) -> None:
        super().__init__(f"`{name}` is not known yet")
        self.name = name


class ArgumentError(DeployError):
    """A module argument that is wrong; `argument` names it, `help` the fix."""

    exit_code = 2

    def __init__(
        self, message: str, argument: str = "", position: Position | None = None, help: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.argument = argument
        self.position = position
        self.help = help


class ProbeError(DeployError):
    """A probe failed or said something that cannot be read. Judged at its step's turn."""

    exit_code = 2


class TransportError(DeployError):
    exit_code = 4


class ConnectError(TransportError):
    pass


class AuthenticationError(TransportError):
    pass


class HostKeyError(TransportError):
    pass


class BecomeError(TransportError):
    pass


class TooMuchOutput(TransportError):
    pass


class ConnectionLost(TransportError):
    pass


class Interrupted(DeployError):
    exit_code = 130
