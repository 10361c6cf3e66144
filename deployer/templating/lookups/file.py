"""`file`: the text of files on the controller."""

from __future__ import annotations

from typing import Any

from deployer.model.secret import Secret, reveal
from deployer.templating.ask import Ask


def run(ask: Ask, terms: list[Any], lstrip: bool = False, rstrip: bool = True) -> list[str]:
    """Their text as UTF-8, without white space at the end (and, with `lstrip`, the beginning)."""
    made = []
    for term in terms:
        text = ask.run.renderer.file_text(ask.find(str(term), "files"))
        plain = reveal(text).lstrip() if lstrip else reveal(text)
        plain = plain.rstrip() if rstrip else plain
        made.append(Secret(plain) if isinstance(text, Secret) else plain)
    return made
