"""Comparing versions in the five ways that Ansible's `version` test knows."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from deployer.model.diagnostic import did_you_mean

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    **dict.fromkeys(("==", "=", "eq"), operator.eq),
    **dict.fromkeys(("<", "lt"), operator.lt),
    **dict.fromkeys(("<=", "le"), operator.le),
    **dict.fromkeys((">", "gt"), operator.gt),
    **dict.fromkeys((">=", "ge"), operator.ge),
    **dict.fromkeys(("!=", "<>", "ne"), operator.ne),
}
_PARTS = re.compile(r"\d+|[a-z]+|\.")
_STRICT = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?([ab]\d+)?")
_SEMANTIC = re.compile(
    r"v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?"
)


def compare(value: str, version: str, how: str, kind: str) -> bool:
    """Whether `value` and `version` compare so. Raises ValueError for what is no version."""
    if not value or not version:
        raise ValueError("an empty text is no version")
    if how not in _OPERATORS:
        raise ValueError(f"`{how}` is no comparison; there are {', '.join(_OPERATORS)}")
    if kind not in _KINDS:
        raise ValueError(f"`{kind}` is no kind of version; {did_you_mean(kind, _KINDS)}")
    read = _KINDS[kind]
    try:
        return _OPERATORS[how](read(value), read(version))
    except TypeError as error:
        raise ValueError(
            f"`{value}` and `{version}` cannot be compared: number and word"
        ) from error


def loose(text: str) -> list[int | str]:
    """Numbers and words in turn.

    >>> loose("1.5.1b2")
    [1, 5, 1, 'b', 2]
    """
    parts = _split(text)
    return [int(part) if part.isdigit() else part for part in parts if part != "."]


def _split(text: str) -> list[str]:
    made, at = [], 0
    for match in _PARTS.finditer(text):
        made += [text[at : match.start()], match[0]]
        at = match.end()
    return [part for part in [*made, text[at:]] if part]


def strict(text: str) -> tuple[Any, ...]:
    """Two or three numbers, perhaps `a1` or `b2`, which come before the release.

    >>> strict("1.2a1") < strict("1.2") < strict("1.2.1")
    True
    """
    match = _STRICT.fullmatch(text)
    if match is None:
        raise ValueError(f"`{text}` is no strict version")
    pre = (0, match[4][0], int(match[4][1:])) if match[4] else (1, "", 0)
    return (int(match[1]), int(match[2]), int(match[3] or 0), pre)


def semantic(text: str) -> tuple[Any, ...]:
    """Semantic Versioning 2.0.0; what follows `+` does not count.

    >>> semantic("1.0.0-alpha.1") < semantic("1.0.0-alpha.beta") < semantic("1.0.0")
    True
    """
    match = _SEMANTIC.fullmatch(text)
    if match is None:
        raise ValueError(f"`{text}` is no semantic version")
    numbers = tuple(int(match[at]) for at in (1, 2, 3))
    if match[4] is None:
        return (*numbers, 1, ())
    parts = [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in match[4].split(".")]
    return (*numbers, 0, tuple(parts))


def pep440(text: str) -> Any:
    """Python's own versions.

    >>> pep440("1.0rc1") < pep440("1.0")
    True
    """
    try:
        from packaging.version import InvalidVersion, Version
    except ImportError as error:
        raise ValueError("pep440 versions need the Python package `packaging`") from error
    try:
        return Version(text)
    except InvalidVersion as error:
        raise ValueError(f"`{text}` is no version of PEP 440") from error


_KINDS: dict[str, Callable[[str], Any]] = {
    "loose": loose,
    "strict": strict,
    "semver": semantic,
    "semantic": semantic,
    "pep440": pep440,
}
