"""Secrets: a string that cannot be printed, and the masking of its value wherever it turns up.

`Secret` is a `str` so that it flows through templates and comparisons; `str()`, `repr()`,
`format()` and f-strings show a mask, and only `reveal()` gives the text. What is built out of a
secret by other means is caught by value: every secret ever made is remembered (this one set is
process-wide on purpose: forgetting to pass it on would be a leak), and `mask` hides the value and
its base64, URL-encoded, quoted and escaped forms.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "********"
#: Shorter values are not masked by value: hiding every "1" would hide the output itself.
SHORTEST = 4
#: Digits of a number that is masked by value.
SHORTEST_NUMBER = 6
_BETWEEN = re.compile(r"[\s,]+")
#: Columns at which base64 is wrapped (coreutils and MIME, PEM).
WRAPPED = (76, 64)
#: What Go's JSON (docker) and HTML make of some characters.
GO = {"&": r"\u0026", "<": r"\u003c", ">": r"\u003e"}
HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
QUOTES: tuple[dict[str, str], ...] = (
    {'"': "&#34;", "'": "&#39;"},
    {'"': "&quot;", "'": "&#x27;"},
    {},
)

_known: set[str] = set()
_pattern: re.Pattern[str] | None = None


class Secret(str):
    """Text that must not be shown. Equality, hashing and length are those of the text."""

    __slots__ = ()

    def __new__(cls, text: str) -> Secret:
        plain = reveal(text)
        remember(plain)
        return super().__new__(cls, plain)

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, _spec: str) -> str:
        return MASK

    def __add__(self, other: str) -> Secret:
        return Secret(reveal(self) + reveal(other))

    def __radd__(self, other: str) -> Secret:
        return Secret(reveal(other) + reveal(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Secret, (reveal(self),))


def reveal(text: str) -> str:
    """The plain text of a secret (or of any string)."""
    return str.__str__(text)


def remember(text: str) -> None:
    """Hide this value from now on in everything that is shown."""
    global _pattern  # noqa: PLW0603
    if len(text) < SHORTEST or text in _known:
        return
    _known.update(form for form in _forms(text) if len(form) >= SHORTEST)
    _pattern = None


def mask(text: str) -> str:
    """`text` with every known secret replaced by a mask; longer ones first."""
    global _pattern  # noqa: PLW0603
    if not _known:
        return text
    if _pattern is None:
        longest_first = sorted(_known, key=len, reverse=True)
        _pattern = re.compile("|".join(re.escape(form) for form in longest_first))
    return _pattern.sub(MASK, text)


def pieces(whole: Secret, parts: Iterable[str]) -> list[Secret]:
    """Parts of a secret text, which are secrets too. Words that stand beside what is secret in it
    are not remembered for masking: else a command with a password would hide `echo` everywhere."""
    beside = set(_BETWEEN.split(mask(reveal(whole))))
    return [str.__new__(Secret, part) if part in beside else Secret(part) for part in parts]


def remember_number(number: int) -> None:
    """Hide a number, unless it is one as everybody uses (a port, an id)."""
    if len(str(number)) >= SHORTEST_NUMBER:
        remember(str(number))


def mask_number(number: int) -> int | str:
    """The number, or its mask."""
    if -(10 ** (SHORTEST_NUMBER - 1)) < number < 10 ** (SHORTEST_NUMBER - 1):
        return number
    shown = mask(str(number))
    return number if shown == str(number) else shown


def mask_value(value: Any) -> Any:
    """A copy of a JSON-like value with every string (and key) masked."""
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, str):
        return mask(reveal(value))
    if isinstance(value, int):
        return mask_number(value)
    if isinstance(value, dict):
        return {mask_value(key): mask_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask_value(item) for item in value]
    return value


def _forms(text: str) -> set[str]:
    """The forms in which a value is likely to be repeated (security check 5)."""
    raw = text.encode("utf-8", "surrogateescape")
    forms = {text, text.strip(), *_in_urls(raw), *_quoted(text), *_base64(raw)}
    forms.update(line for line in text.splitlines() if len(line) >= 2 * SHORTEST)
    return forms


def _in_urls(raw: bytes) -> set[str]:
    forms = {quote(raw), quote(raw, safe=""), quote_plus(raw)}
    lower = {re.sub("%..", lambda found: found.group().lower(), form) for form in forms}
    return forms | lower


def _quoted(text: str) -> set[str]:
    """What stands between the quotes of JSON (once and twice), Python, YAML, shells and HTML."""
    forms = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]}
    forms.update([_spelt(form, GO) for form in forms])
    forms.update([json.dumps(form)[1:-1] for form in forms])
    single = ("''", "'\"'\"'", "'\\''", "\\'")
    forms.update(text.replace("'", other) for other in single)
    return forms | {_spelt(text, {**HTML, **quotes}) for quotes in QUOTES}


def _spelt(text: str, spellings: Mapping[str, str]) -> str:
    return text.translate({ord(key): value for key, value in spellings.items()})


def _base64(raw: bytes) -> set[str]:
    """Alone, as a part of more (base64 starts at one of three alignments), and wrapped."""
    forms = set()
    for lead in range(3):
        encoded = base64.b64encode(bytes(lead) + raw).decode()
        # Only characters that depend on nothing before and behind.
        forms.add(encoded[-(-lead * 8 // 6) : (lead + len(raw)) * 8 // 6])
    whole = base64.b64encode(raw).decode().rstrip("=")
    for width in WRAPPED:
        lines = [whole[at : at + width] for at in range(0, len(whole), width)]
        forms.update(line for line in lines if len(line) >= 2 * SHORTEST)
    return forms | {form.replace("+", "-").replace("/", "_") for form in forms}
