"""Secrets: a string that cannot be printed, and the masking of its value wherever it turns up.

`Secret` is a `str` so that it flows through templates and comparisons; `str()`, `repr()`,
`format()` and f-strings show a mask, and only `reveal()` gives the text. What is built out of a
secret by other means is caught by value: every secret ever made is remembered (this one set is
process-wide on purpose: forgetting to pass it on would be a leak), and `mask` hides the value and
its base64, URL-encoded and JSON-escaped forms.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import quote

MASK = "********"
#: Shorter values are not masked by value: hiding every "1" would hide the output itself.
SHORTEST = 4

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


def mask_value(value: Any) -> Any:
    """A copy of a JSON-like value with every string (and key) masked."""
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, str):
        return mask(reveal(value))
    if isinstance(value, dict):
        return {mask_value(key): mask_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask_value(item) for item in value]
    return value


def _forms(text: str) -> set[str]:
    """The forms in which a value is likely to be repeated (security check 5)."""
    raw = text.encode("utf-8", "surrogateescape")
    forms = {text, text.strip(), quote(raw), quote(raw, safe=""), json.dumps(text)[1:-1]}
    forms.update(line for line in text.splitlines() if len(line) >= 2 * SHORTEST)
    forms.add(base64.b64encode(raw).decode().rstrip("="))
    # As the tail of `user:password`, base64 starts at another of three alignments.
    for lead in (b"x", b"xx"):
        encoded = base64.b64encode(lead + raw).decode().rstrip("=")
        forms.add(encoded[4:-1] if len(encoded) > 9 else "")
    return forms
