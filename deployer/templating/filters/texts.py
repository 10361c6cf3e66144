"""Text: regular expressions, quoting, splitting, comments."""

from __future__ import annotations

import re
import shlex
from typing import Any

from jinja2 import pass_environment
from jinja2.filters import make_attrgetter

from deployer.templating.plain import concat
from deployer.templating.registry import text, values

_BASIC = re.compile(r"([].[^$*\\])")
_GROUP = re.compile(r"\\g<(\w+)>|\\(\d+)")


def flags(ignorecase: bool, multiline: bool) -> int:
    """The flags of `re` for Ansible's two options."""
    return (re.IGNORECASE if ignorecase else 0) | (re.MULTILINE if multiline else 0)


def as_text(value: Any) -> str:
    """What Ansible makes of a value where it needs text: none is empty.

    >>> as_text(None), as_text(5)
    ('', '5')
    """
    return concat([value])


@text()
def regex_replace(  # noqa: PLR0917  (in the order of Ansible)
    value: Any = "",
    pattern: str = "",
    replacement: str = "",
    ignorecase: bool = False,
    multiline: bool = False,
    count: int = 0,
    mandatory_count: int = 0,
) -> str:
    r"""Every match replaced; `\1` and `\g<name>` in the replacement are groups.

    >>> regex_replace("ansible", "^a.*i(.*)$", r"a\1")
    'able'
    """
    made, replaced = re.subn(
        pattern, replacement, as_text(value), count=count, flags=flags(ignorecase, multiline)
    )
    if mandatory_count and replaced != mandatory_count:
        raise ValueError(f"{mandatory_count} replacements were demanded, {replaced} made")
    return made


@text()
def regex_search(
    value: Any, regex: str, *groups: str, ignorecase: bool = False, multiline: bool = False
) -> Any:
    r"""The first match, or a list of its groups where some are named (`\1`, `\g<name>`).

    >>> regex_search("server1/db42", "db[0-9]+"), regex_search("a=1", "(.)=(.)", r"\1", r"\2")
    ('db42', ['a', '1'])
    >>> regex_search("x", "y")
    """
    wanted: list[str | int] = []
    for group in groups:
        match = _GROUP.match(group)
        if match is None:
            raise ValueError(f"`{group}` names no group; write \\1 or \\g<name>")
        wanted.append(
            match[1] if match[1] and not match[1].isdigit() else int(match[1] or match[2])
        )
    found = re.search(regex, as_text(value), flags(ignorecase, multiline))
    if found is None:
        return None
    return [found.group(group) for group in wanted] if wanted else found.group()


@text()
def regex_findall(
    value: Any, regex: str, multiline: bool = False, ignorecase: bool = False
) -> list[Any]:
    r"""All matches.

    >>> regex_findall("10.0.0.1 and 10.0.0.2", r"\d+\.\d+\.\d+\.(\d+)")
    ['1', '2']
    """
    return re.findall(regex, as_text(value), flags(ignorecase, multiline))


@text()
def regex_escape(value: Any, re_type: str = "python") -> str:
    r"""Text in which nothing means anything to a regular expression.

    >>> regex_escape("^a.b"), regex_escape("a.b", "posix_basic")
    ('\\^a\\.b', 'a\\.b')
    """
    if re_type == "python":
        return re.escape(as_text(value))
    if re_type == "posix_basic":
        return _BASIC.sub(r"\\\1", as_text(value))
    raise ValueError(f"`re_type` is python or posix_basic, not {re_type}")


@text()
def quote(value: Any) -> str:
    """One word for a POSIX shell.

    >>> quote("a b"), quote(None)
    ("'a b'", "''")
    """
    return shlex.quote(as_text(value))


@text()
def split(value: str, sep: str | None = None, maxsplit: int = -1) -> list[str]:
    """The parts of a text.

    >>> split("a,b", ",")
    ['a', 'b']
    """
    return value.split(sep, maxsplit)


@text()
@pass_environment
def join(environment: Any, value: Any, d: str = "", attribute: Any = None) -> str:
    """The items as one text, with `d` between them.

    >>> join(None, [1, "a", None], "-")
    '1-a-None'
    """
    if attribute is not None:
        value = map(make_attrgetter(environment, attribute), value)
    return str(d).join(str(item) for item in value)


@text()
def replace(value: Any, old: Any, new: Any, count: int | None = None) -> str:
    """Every occurrence of a text replaced, or the first `count`.

    >>> replace("a-b-c", "-", "_", 1)
    'a_b-c'
    """
    return str(value).replace(str(old), str(new), -1 if count is None else count)


@text()
def string(value: Any) -> str:
    """The value as text.

    >>> string(5), string("a")
    ('5', 'a')
    """
    return str(value)


@values("length", "count")
def length(value: Any) -> int:
    """How many items or characters there are.

    >>> length("abc")
    3
    """
    return len(value) if hasattr(value, "__len__") else len(list(value))


_STYLES = {
    "plain": {"decoration": "# "},
    "erlang": {"decoration": "% "},
    "c": {"decoration": "// "},
    "cblock": {"beginning": "/*", "decoration": " * ", "end": " */"},
    "xml": {"beginning": "<!--", "decoration": " - ", "end": "-->"},
}


@text()
def comment(value: Any, style: str = "plain", **given: Any) -> str:
    """Text as a comment of a language: plain, erlang, c, cblock or xml.

    Options override the style: beginning, decoration, end, newline, prefix, prefix_count,
    postfix, postfix_count.

    >>> print(comment("managed"))
    #
    # managed
    #
    """
    if style not in _STYLES:
        raise ValueError(f"`{style}` is no style; there are {', '.join(_STYLES)}")
    use: dict[str, Any] = {"newline": "\n", "beginning": "", "end": "", **_STYLES[style], **given}
    newline, mark = use["newline"], use["decoration"]
    edge = mark.rstrip()
    lines = [(mark + line).rstrip() if not line else mark + line for line in _lines(value, newline)]
    above = [use.get("prefix", edge)] * int(use.get("prefix_count", 1))
    below = [use.get("postfix", edge)] * int(use.get("postfix_count", 1))
    head = [use["beginning"]] if use["beginning"] else []
    tail = [use["end"]] if use["end"] else []
    above, below = ([part for part in parts if part] for parts in (above, below))
    return str(newline.join([*head, *above, *lines, *below, *tail]))


def _lines(value: Any, newline: str) -> list[str]:
    return as_text(value).split(newline)
