"""Tests of text: patterns, versions, URLs."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from deployer.templating.filters.texts import as_text, flags
from deployer.templating.registry import text
from deployer.templating.versions import compare


@text()
def match(value: Any, pattern: str = "", ignorecase: bool = False, multiline: bool = False) -> bool:
    """Whether the text begins with a match.

    >>> match("foobar", "foo"), match("foobar", "bar")
    (True, False)
    """
    return re.match(pattern, as_text(value), flags(ignorecase, multiline)) is not None


@text()
def search(
    value: Any, pattern: str = "", ignorecase: bool = False, multiline: bool = False
) -> bool:
    """Whether there is a match anywhere.

    >>> search("foobar", "BAR", ignorecase=True)
    True
    """
    return re.search(pattern, as_text(value), flags(ignorecase, multiline)) is not None


@text()
def regex(
    value: Any,
    pattern: str = "",
    ignorecase: bool = False,
    multiline: bool = False,
    match_type: str = "search",
) -> bool:
    """As `search`, or as another of Python's ways to match: match, fullmatch.

    >>> regex("foobar", "foo", match_type="fullmatch")
    False
    """
    ways = {"search": re.search, "match": re.match, "fullmatch": re.fullmatch}
    if match_type not in ways:
        raise ValueError(f"`match_type` is one of {', '.join(ways)}, not {match_type}")
    return ways[match_type](pattern, as_text(value), flags(ignorecase, multiline)) is not None


@text("version", "version_compare")
def version(
    value: Any,
    version: Any,
    operator: str = "==",
    strict: bool | None = None,
    version_type: str | None = None,
) -> bool:
    """How two versions compare: `x is version("1.10", ">=")`.

    `version_type`: loose (default), strict, semver, semantic, pep440.

    >>> version("1.9", "1.10", "<"), version("2.0.0-rc.1", "2.0.0", "lt", version_type="semver")
    (True, True)
    """
    kind = "strict" if strict else version_type or "loose"
    return compare(as_text(value), as_text(version), operator, kind)


@text()
def lower(value: Any) -> bool:
    """Whether text is in lower case.

    >>> lower("a"), lower("A")
    (True, False)
    """
    return str(value).islower()


@text()
def upper(value: Any) -> bool:
    """Whether text is in upper case.

    >>> upper("A"), upper("a")
    (True, False)
    """
    return str(value).isupper()


@text()
def uri(value: Any, schemes: list[str] | None = None) -> bool:
    """Whether text is a URI, of one of some schemes.

    >>> uri("mailto:a@b"), uri("x"), uri("http://h", ["https"])
    (True, False, False)
    """
    try:
        scheme = urlsplit(str(value)).scheme
    except ValueError:
        return False
    return bool(scheme) and (schemes is None or scheme in schemes)


@text()
def url(value: Any, schemes: list[str] | None = None) -> bool:
    """Whether text is a URL with a host (or a file).

    >>> url("https://example.org/x"), url("mailto:a@b")
    (True, False)
    """
    if not uri(value, schemes):
        return False
    parts = urlsplit(str(value))
    return bool(parts.netloc) or (parts.scheme == "file" and bool(parts.path))


@text()
def urn(value: Any) -> bool:
    """Whether text is a URN.

    >>> urn("urn:isbn:9780307476463")
    True
    """
    return uri(value, ["urn"])


@text("vault_encrypted")
def vault_encrypted(value: Any) -> bool:
    """Whether text is encrypted by a vault.

    >>> vault_encrypted("$ANSIBLE_VAULT;1.1;AES256")
    True
    """
    return str(value).startswith("$ANSIBLE_VAULT;")
