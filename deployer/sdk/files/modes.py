"""Permission modes as Ansible reads them: octal text, numbers, symbolic clauses.

YAML 1.1 reads an unquoted `0644` as the number 420, which is 0o644: a number is taken as it is.
Text is octal ("0644", "644", "0o644") or symbolic ("u=rwX,g=rX,o=").
"""

from __future__ import annotations

import re
from functools import cache

from deployer.model.values import dataclass
from deployer.sdk.kinds import Refused

#: Bits of one `rwx` letter in the lowest triple.
_LETTERS = {"r": 4, "w": 2, "x": 1}
_SHIFT = {"u": 6, "g": 3, "o": 0}
#: The special bit that `s` and `t` mean for each class of users.
_SETID = {"u": 0o4000, "g": 0o2000, "o": 0}
_STICKY = {"u": 0, "g": 0, "o": 0o1000}
_CLAUSE = re.compile(r"([ugoa]*)((?:[-+=](?:[rwxXst]+|[ugo])?)+)")
_ACTION = re.compile(r"([-+=])([rwxXst]+|[ugo])?")
_OCTAL = re.compile(r"(?:0o)?[0-7]{1,5}")
_HELP = "write it in quotes, as '0644' or 'u=rw,g=r,o=r'"


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a symbolic mode: whose bits (empty: all, less the umask), how, which."""

    who: str
    operator: str
    permissions: str


@dataclass(frozen=True, slots=True)
class Mode:
    """A wanted mode: `octal` bits, or `actions` on the bits that are there."""

    octal: int | None = None
    actions: tuple[Action, ...] = ()
    text: str = ""

    @property
    def needs_umask(self) -> bool:
        """Whether the result depends on the host's umask (`+w` without a `who`)."""
        return any(not action.who for action in self.actions)

    def resolve(self, current: int, *, directory: bool, umask: int = 0o022) -> int:
        """The bits that a file with `current` bits is to have."""
        if self.octal is not None:
            return self.octal
        bits = current & 0o7777
        for action in self.actions:
            bits = _apply(action, bits, directory or bool(bits & 0o111), umask)
        return bits

    def for_new(self, default: str) -> str:
        """The operand of `chmod` for something new; `default` is `=rw` or `=rwx`, by umask."""
        if self.octal is not None:
            return octal(self.octal)
        return f"{default},{self.text}"


def _apply(action: Action, before: int, executable: bool, umask: int) -> int:
    bits = before
    for who in action.who or "ugo":
        rwx, special = _wanted_bits(action.permissions, who, before, executable)
        if not action.who:
            rwx &= ~(umask >> _SHIFT[who]) & 7
        new = rwx << _SHIFT[who] | special
        if action.operator == "+":
            bits |= new
        elif action.operator == "-":
            bits &= ~new
        else:
            bits = bits & ~(7 << _SHIFT[who] | _SETID[who] | _STICKY[who]) | new
    return bits


def _wanted_bits(permissions: str, who: str, bits: int, executable: bool) -> tuple[int, int]:
    """The `rwx` triple and the special bits that letters mean for one class of users."""
    if permissions in _SHIFT:
        return bits >> _SHIFT[permissions] & 7, 0
    rwx = special = 0
    for letter in permissions:
        if letter in _LETTERS:
            rwx |= _LETTERS[letter]
        elif letter == "X":
            rwx |= 1 if executable else 0
        else:
            special |= (_SETID if letter == "s" else _STICKY)[who]
    return rwx, special


@cache
def parse_mode(value: str | int) -> Mode:
    """The mode that a playbook gives; raises Refused for what is none."""
    if isinstance(value, int):
        if not 0 <= value <= 0o7777:
            raise Refused(f"mode {value} is out of range: {_HELP}")
        return Mode(octal=value)
    text = value.strip()
    if _OCTAL.fullmatch(text):
        bits = int(text, 8)
        if bits > 0o7777:
            raise Refused(f"mode {text} is out of range")
        return Mode(octal=bits)
    actions: list[Action] = []
    for clause in text.split(","):
        found = _CLAUSE.fullmatch(clause)
        if not found:
            raise Refused(f"bad symbolic mode `{text}`: {_HELP}")
        who = found[1].replace("a", "ugo")
        actions += [Action(who, sign, what or "") for sign, what in _ACTION.findall(found[2])]
    return Mode(actions=tuple(actions), text=text)


def octal(bits: int) -> str:
    """Bits as the operand of `chmod`.

    Five digits: with fewer, GNU chmod keeps a directory's set-id bits.
    """
    return f"{bits & 0o7777:05o}"


def shown(bits: int) -> str:
    """Bits as Ansible prints them: `0644`."""
    return f"{bits & 0o7777:04o}"
