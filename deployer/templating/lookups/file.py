"""`file`: the text of files on the controller."""

from __future__ import annotations

from typing import Any

from deployer.templating.ask import Ask


def run(ask: Ask, terms: list[Any], lstrip: bool = False, rstrip: bool = True) -> list[str]:
    """Their text as UTF-8, without white space at the end (and, with `lstrip`, the beginning)."""
    made = []
    for term in terms:
        text = ask.find(str(term), "files").read_bytes().decode("utf-8", "surrogateescape")
        text = text.lstrip() if lstrip else text
        made.append(text.rstrip() if rstrip else text)
    return made
