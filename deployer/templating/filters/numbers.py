"""Numbers, sizes and chance."""

from __future__ import annotations

import math
import random as chance
import re
from typing import Any

from jinja2 import pass_context

from deployer.templating.registry import text, values
from deployer.templating.scope import Impurity

_UNITS = "KMGTPEZY"
_SIZE = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([A-Za-z]*)\s*")


@values()
def log(value: float, base: float = math.e) -> float:
    """The logarithm.

    >>> log(8, 2), log(1000, 10)
    (3.0, 3.0)
    """
    return (
        math.log2(value)
        if base == 2
        else math.log10(value)
        if base == 10
        else math.log(value, base)
    )


@values("pow")
def pow_(value: float, exponent: float) -> float:
    """The power.

    >>> pow_(2, 10)
    1024.0
    """
    return math.pow(value, exponent)


@values()
def root(value: float, base: float = 2) -> float:
    """The root; square unless told otherwise.

    >>> root(9), root(27, 3)
    (3.0, 3.0)
    """
    return math.sqrt(value) if base == 2 else math.pow(value, 1.0 / float(base))


@text()
def human_readable(size: float, isbits: bool = False, unit: str | None = None) -> str:
    """A size in words.

    >>> human_readable(2048), human_readable(10), human_readable(2097152, unit="K")
    ('2.00 KB', '10.00 Bytes', '2048.00 KB')
    """
    number = float(size)
    if unit:
        power = _power(unit)
    else:
        power = min(int(math.log(number, 1024)) if number >= 1024 else 0, len(_UNITS))
    if power == 0:
        return f"{number:.2f} {'bits' if isbits else 'Bytes'}"
    return f"{number / 1024**power:.2f} {_UNITS[power - 1]}{'b' if isbits else 'B'}"


def _power(unit: str) -> int:
    letter = unit[:1].upper()
    if letter == "B" or not letter:
        return 0
    if letter not in _UNITS:
        raise ValueError(f"`{unit}` is no unit; there are B, {', '.join(_UNITS)}")
    return _UNITS.index(letter) + 1


@text()
def human_to_bytes(size: Any, default_unit: str | None = None, isbits: bool = False) -> int:
    """The number behind a size in words.

    >>> human_to_bytes("2K"), human_to_bytes("1.5 MB"), human_to_bytes(3, "G")
    (2048, 1572864, 3221225472)
    """
    match = _SIZE.fullmatch(str(size))
    if match is None:
        raise ValueError(f"`{size}` is no size")
    unit = match[2] or default_unit or ""
    last = unit[1:]
    if last and last not in (
        ("b", "bit", "bits") if isbits else ("B", "bytes", "iB", "yte", "ytes")
    ):
        raise ValueError(f"`{size}` has no unit of {'bits' if isbits else 'bytes'}")
    return round(float(match[1]) * 1024.0 ** _power(unit))


@values()
@pass_context
def random(context: Any, end: Any, start: int = 0, step: int = 1, seed: Any = None) -> Any:
    """A number below `end`, or an item of a list; the same again for the same `seed`.

    >>> random(None, 60, seed="host") == random(None, 60, seed="host")
    True
    """
    draw = _draw(context, "random", seed)
    if isinstance(end, int | float):
        return draw.randrange(int(start), int(end), int(step))
    return draw.choice(list(end))


@values()
@pass_context
def shuffle(context: Any, items: Any, seed: Any = None) -> list[Any]:
    """The items in an order of chance; the same again for the same `seed`.

    >>> sorted(shuffle(None, [3, 1, 2], seed=1))
    [1, 2, 3]
    """
    made = list(items)
    _draw(context, "shuffle", seed).shuffle(made)
    return made


def _draw(context: Any, name: str, seed: Any) -> chance.Random:
    if seed is not None:
        return chance.Random(seed)  # noqa: S311
    if context is not None:
        context.run.impure(name, Impurity.VARIES)
    return chance.SystemRandom()


@text()
@pass_context
def strftime(context: Any, format: str, second: Any = None, utc: bool = False) -> str:
    """A time (seconds since 1970; now if none is given) as text.

    >>> strftime(None, "%Y", 0, utc=True)
    '1970'
    """
    import time

    if second is None:
        if context is not None:
            context.run.impure("strftime", Impurity.VARIES)
        second = time.time()
    moment = float(second)
    return time.strftime(format, time.gmtime(moment) if utc else time.localtime(moment))
