"""The whole keyword table, as documentation and completion want it."""

from __future__ import annotations

from typing import Final

from deployer.language.keywords import Keyword, keywords_of
from deployer.language.playbook import (
    Backoff,
    Block,
    Handler,
    LoopControl,
    Play,
    RoleUse,
    Task,
    VarsPrompt,
)
from deployer.model.values import dataclass

#: The objects of a playbook that have keywords, by the name that users know.
OBJECTS: Final[dict[str, type]] = {
    "play": Play,
    "role": RoleUse,
    "block": Block,
    "task": Task,
    "handler": Handler,
    "loop_control": LoopControl,
    "backoff": Backoff,
    "vars_prompt": VarsPrompt,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One keyword and the objects that it may stand on; `form` is what its value must be."""

    name: str
    objects: tuple[str, ...]
    form: str
    doc: str
    supported: bool


def keyword_table() -> tuple[Row, ...]:
    """Every keyword, sorted by name; the same name may mean two things, then it has two rows."""
    found: dict[Keyword, list[str]] = {}
    for name, kind in OBJECTS.items():
        for known in keywords_of(kind).values():
            found.setdefault(known, []).append(name)
    rows = [
        Row(known.name, tuple(objects), known.form.value, known.doc, not known.later)
        for known, objects in found.items()
    ]
    return tuple(sorted(rows, key=lambda row: (row.name, row.objects)))
