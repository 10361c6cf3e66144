"""What a plain scalar means: YAML 1.1 as PyYAML, and so Ansible, reads it.

`0644` is 420, `yes` is true, `22:22` is 1342 (sexagesimal) and `1.10` is 1.1. Where such a
reading is likely not what was meant, `trap` says so.
"""

from __future__ import annotations

import re
from typing import Final

WORDS: Final[dict[str, bool | None]] = {
    **{word: True for base in ("yes", "true", "on") for word in (base, base.title(), base.upper())},
    **{
        word: False
        for base in ("no", "false", "off")
        for word in (base, base.title(), base.upper())
    },
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}
#: No scalar that starts otherwise is anything but text.
STARTS: Final = frozenset("yYnNtTfFoO~-+.0123456789")

_INTEGER = re.compile(
    r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*(?::[0-5]?[0-9])*)\Z"
)
_FLOAT = re.compile(
    r"(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?"
    r"|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
)
_VERSION_KEY = re.compile(r"version|release|(?:^|_)tag$", re.IGNORECASE)
_MODE_KEY = re.compile(r"mode|umask|perm", re.IGNORECASE)


def number(text: str) -> int | float | None:
    """The number that plain text is, or None where it is text."""
    if _INTEGER.match(text):
        return _integer(text.replace("_", ""))
    if _FLOAT.match(text):
        return _float(text.replace("_", "").lower())
    return None


def _integer(text: str) -> int | None:
    sign = -1 if text[0] == "-" else 1
    digits = text.lstrip("+-")
    if not digits.strip("0"):
        return 0
    try:
        if ":" in digits:
            return sign * int(_base_60(digits))
        if digits[:2] in ("0b", "0x"):
            return sign * int(digits, 0)
        return sign * int(digits, 8 if digits[0] == "0" else 10)
    except ValueError:  # `0b_`, or more digits than Python converts
        return None


def _float(text: str) -> float:
    sign = -1.0 if text[0] == "-" else 1.0
    digits = text.lstrip("+-")
    if digits in (".inf", ".nan"):
        return sign * float(digits[1:])
    return sign * (_base_60(digits) if ":" in digits else float(digits))


def _base_60(digits: str) -> float:
    total = 0.0
    for part in digits.split(":"):
        total = total * 60 + float(part)
    return total


def trap(text: str, value: float, key: str) -> str:
    """A warning for a number that was probably meant as text, or ""; `key` is what it is for."""
    if ":" in text:
        return f"`{text}` is read as the number {value:g} (base 60)"
    if isinstance(value, int):
        octal = len(text) > 1 and text[0] == "0" and text[1] not in "bx"
        if octal and value > 7 and not _MODE_KEY.search(key):
            return f"`{text}` is read as the octal number {value}"
    elif text[-1:] == "0" and _VERSION_KEY.search(key) and str(value) != text:
        return f"`{text}` is read as the number {value}"
    return ""
