"""Host ranges and ports: `web[01:50:2].example.com:2222`, `db[a:f]`, `[2001:db8::1]:22`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from string import ascii_letters

#: A range that would name more hosts than this is a slip of the pen.
MOST = 65_536

_RANGE = re.compile(r"\[([^\[\]:]*):([^\[\]:]*)(?::([^\[\]:]*))?\]")
_PORT = re.compile(r"(?P<base>[^:]*(?:\[[^\]]*\][^:\[\]]*)*):(?P<port>\d+)")
_BRACKETED = re.compile(
    r"\[(?P<base>[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\](?::(?P<port>\d+))?"
)


def split_port(written: str) -> tuple[str, int | None]:
    """The host (ranges still in it) and the port, if one is written.

    `[2001:db8::1]:22` needs its brackets; a bare IPv6 address has no port. Raises ValueError for
    a port out of range.
    """
    found = _BRACKETED.fullmatch(written) or _PORT.fullmatch(written)
    if found is None or found["port"] is None:
        return (found["base"] if found else written), None
    port = int(found["port"])
    if not 0 < port < 65_536:
        raise ValueError(f"`{port}` is not a port")
    return found["base"], port


def expand(written: str) -> list[str]:
    """Every name that a host with ranges stands for, the last range turning fastest.

    Raises ValueError with the reason where a range cannot be read.
    """
    pieces: list[list[str]] = []
    end = 0
    total = 1
    for found in _RANGE.finditer(written):
        pieces.append([written[end : found.start()]])
        values = list(_values(found))
        total *= len(values)
        if total > MOST:
            raise ValueError(f"`{written}` names more than {MOST} hosts")
        pieces.append(values)
        end = found.end()
    pieces.append([written[end:]])
    return ["".join(parts) for parts in product(*pieces)]


def _values(found: re.Match[str]) -> Iterator[str]:
    first, last, step_text = found[1] or "0", found[2], found[3]
    if not last:
        raise ValueError(f"the range `{found[0]}` has no end")
    if step_text is not None and not re.fullmatch(r"[1-9]\d*", step_text):
        raise ValueError(f"the step of the range `{found[0]}` must be a positive number")
    step = int(step_text or 1)
    if first.isdecimal() and last.isdecimal():
        return _numbers(found[0], first, last, step)
    return _letters(found[0], first, last, step)


def _numbers(shown: str, first: str, last: str, step: int) -> Iterator[str]:
    """Numbers of equal width where the first has a leading zero (`01:50`)."""
    padded = len(first) > 1 and first.startswith("0")
    if padded and len(first) != len(last):
        raise ValueError(f"the range `{shown}` has a leading zero and ends of different lengths")
    width = len(first) if padded else 0
    low, high = int(first), int(last)
    if low > high:
        raise ValueError(f"the range `{shown}` runs backwards")
    if (high - low) // step >= MOST:
        raise ValueError(f"the range `{shown}` names more than {MOST} hosts")
    return (str(number).zfill(width) for number in range(low, high + 1, step))


def _letters(shown: str, first: str, last: str, step: int) -> Iterator[str]:
    known = len(first) == len(last) == 1 and first in ascii_letters and last in ascii_letters
    if not known:
        raise ValueError(f"the range `{shown}` must go from number to number or letter to letter")
    low, high = ascii_letters.index(first), ascii_letters.index(last)
    if low > high:
        raise ValueError(f"the range `{shown}` runs backwards")
    return iter(ascii_letters[low : high + 1 : step])
