"""`sequence`: numbers, formatted: `start=1 end=5 stride=2 format=host%02d`, or `1-5/2:host%02d`."""

from __future__ import annotations

import re
from typing import Any

from deployer.model.values import dataclass
from deployer.templating.ask import Ask

_SHORT = re.compile(
    r"(?:(?P<start>(?:0x)?[0-9a-f]+)-)?(?P<end>(?:0x)?[0-9a-f]+)"
    r"(?:/(?P<stride>(?:0x)?[0-9a-f]+))?(?::(?P<format>.+))?",
    re.IGNORECASE,
)
_KEYS = ("start", "end", "count", "stride", "format")
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Plan:
    """A sequence: `end` is part of it."""

    start: int
    end: int
    stride: int
    format: str


def run(_ask: Ask, terms: list[Any], **options: Any) -> list[str]:
    """Texts, one per number. Raises ValueError for what describes no sequence."""
    made: list[str] = []
    for term in terms or [""]:
        plan = _plan({**options, **_parsed(str(term))})
        step = plan.stride
        numbers = range(plan.start, plan.end + (1 if step > 0 else -1), step) if step else range(0)
        if len(numbers) > _MOST:
            raise ValueError(f"more than {_MOST} items")
        made += [_formatted(plan.format, number) for number in numbers]
    return made


def _formatted(form: str, number: int) -> str:
    try:
        return form % number
    except (TypeError, ValueError) as error:
        raise ValueError(f"`{form}` formats no number: {error}") from error


def _parsed(term: str) -> dict[str, Any]:
    if "=" not in term.partition(":")[0]:
        match = _SHORT.fullmatch(term.strip())
        if term and match is None:
            raise ValueError(f"`{term}` describes no sequence")
        return {k: v for k, v in match.groupdict().items() if v} if match else {}
    given = dict(part.partition("=")[::2] for part in term.split())
    unknown = sorted(set(given) - set(_KEYS))
    if unknown:
        raise ValueError(f"`{unknown[0]}` is no option; there are {', '.join(_KEYS)}")
    return given


def _plan(given: dict[str, Any]) -> Plan:
    start = int(str(given.get("start", 1)), 0)
    stride = int(str(given.get("stride", 1)), 0)
    form = str(given.get("format", "%d"))
    if ("end" in given) == ("count" in given):
        raise ValueError("one of `end` and `count` is needed")
    if "end" in given:
        end = int(str(given["end"]), 0)
    else:
        count = int(str(given["count"]), 0)
        if count == 0:
            return Plan(0, 0, 0, form)
        end = start + count * stride - (1 if stride > 0 else -1)
    if (stride > 0 and end < start) or (stride < 0 and end > start):
        raise ValueError(f"from {start} by {stride} never leads to {end}")
    return Plan(start, end, stride, form)
