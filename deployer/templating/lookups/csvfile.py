"""`csvfile`: a column of the row that begins with a key."""

from __future__ import annotations

import csv
from typing import Any

from deployer.templating.ask import Ask

_OPTIONS = ("file", "delimiter", "col", "default", "encoding", "keycol")


def run(ask: Ask, terms: list[Any], **options: Any) -> list[Any]:
    """One value per key: `lookup('csvfile', 'Li', file='e.csv', delimiter=',', col='2')`.

    Options: file (ansible.csv), delimiter (TAB), col and keycol from 0, default, encoding.
    """
    return [value for term in terms for value in _found(ask, str(term), options)]


def _found(ask: Ask, term: str, options: dict[str, Any]) -> list[Any]:
    key, *words = term.split()
    given = {**options, **dict(word.partition("=")[::2] for word in words)}
    unknown = sorted(set(given) - set(_OPTIONS))
    if unknown:
        raise ValueError(f"`{unknown[0]}` is no option; there are {', '.join(_OPTIONS)}")
    delimiter = str(given.get("delimiter", "TAB"))
    delimiter = "\t" if delimiter in ("TAB", "t", "\\t") else delimiter
    path = ask.find(str(given.get("file", "ansible.csv")), "files")
    with path.open(encoding=str(given.get("encoding", "utf-8")), newline="") as file:
        for row in csv.reader(file, delimiter=delimiter):
            if row and row[int(given.get("keycol", 0))] == key:
                return [row[int(given.get("col", 1))]]
    return [given["default"]] if "default" in given else []
