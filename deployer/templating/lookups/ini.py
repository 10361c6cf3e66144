"""`ini`: values of INI or properties files on the controller."""

from __future__ import annotations

import configparser
import re
from typing import Any

from deployer.templating.ask import Ask

_OPTIONS = ("type", "file", "section", "re", "encoding", "default", "case_sensitive")


def run(ask: Ask, terms: list[Any], **options: Any) -> list[Any]:
    """The values of keys: `lookup('ini', 'user', section='db', file='app.ini')`.

    Options: file (ansible.ini), section (global), type (ini, properties), default, re (the key is
    a regular expression), case_sensitive, encoding. They may follow the key in the term as well.
    """
    return [value for term in terms for value in _found(ask, str(term), options)]


def _found(ask: Ask, term: str, options: dict[str, Any]) -> list[Any]:
    key, *words = term.split()
    given = {**options, **dict(word.partition("=")[::2] for word in words)}
    unknown = sorted(set(given) - set(_OPTIONS))
    if unknown:
        raise ValueError(f"`{unknown[0]}` is no option; there are {', '.join(_OPTIONS)}")
    path = ask.find(str(given.get("file", "ansible.ini")), "files")
    text = path.read_text(str(given.get("encoding", "utf-8")))
    section = str(given.get("section", "global"))
    if given.get("type", "ini") == "properties":
        section, text = "java_properties", f"[java_properties]\n{text}"
    entries = _entries(text, section, sensitive=_true(given.get("case_sensitive", False)))
    if _true(given.get("re", False)):
        return [value for name, value in entries.items() if re.match(key, name)]
    name = key if _true(given.get("case_sensitive", False)) else key.lower()
    return [entries.get(name, given.get("default", ""))]


def _entries(text: str, section: str, *, sensitive: bool) -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None, allow_no_value=True, strict=False)
    if sensitive:
        parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(f"no INI: {error.message}") from error
    return dict(parser[section]) if section in parser else {}


def _true(value: Any) -> bool:
    return str(value).lower() in ("true", "yes", "1", "on")
