"""Problems as values: what, where, and one suggested fix."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from enum import Enum

from deployer.model.source import Position
from deployer.model.values import dataclass


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem. `summary` is one line without a full stop; `help` names the fix."""

    summary: str
    position: Position | None = None
    help: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        where = f"{self.position}: " if self.position else ""
        fix = f" ({self.help})" if self.help else ""
        return f"{where}{self.summary}{fix}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A suggestion in words, or the empty string where nothing is near."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else ""
