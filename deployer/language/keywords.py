"""The keyword table: how a field of a playbook dataclass says what it is in YAML.

One annotated source: `kw(...)` in the metadata of a field gives its YAML name, the form of its
value, one line of documentation and whether it works yet. The loader, the messages and the
generated documentation all read it from there.
"""

from __future__ import annotations

import functools
from dataclasses import fields, replace
from enum import Enum
from typing import Any, cast

from deployer.model.values import dataclass


class Form(Enum):
    """What may stand after a keyword. The value says it in words, for messages and docs."""

    FLAG = "true or false"
    INTEGER = "a whole number"
    NUMBER = "a number"
    PERCENTAGE = "a percentage"
    TEXT = "text"
    NAME = "the name of a variable"
    NAME_OR_TEMPLATE = "the name of a variable, or a template that gives one"
    CONDITIONS = "an expression, true or false, or a list of them"
    WORDS = "a word or a list of words"
    TAGS = "words, separated by commas or in a list"
    MAPPING = "a mapping"
    MAPPINGS = "a mapping or a list of mappings"
    LIST = "a list"
    VARIABLES = "a mapping of variable names to values"
    VARS_FILES = "a path, or a list of paths and of lists of alternatives"
    PROMPTS = "a list of questions, each a mapping with `name`"
    HOSTS = "a host pattern or a list of them"
    SERIAL = "a number, a percentage, or a list of them"
    TASKS = "a list of tasks"
    HANDLERS = "a list of handlers"
    ROLES = "a list of roles"
    LOOP = "a list or a template that gives one"
    LOOP_CONTROL = "a mapping of loop options"
    BACKOFF = "a mapping with `factor`, `max_delay`, `jitter`"
    ACTION = "a module with its arguments"
    ARGUMENTS = "a mapping of module arguments"
    ANY = "any value"


@dataclass(frozen=True, slots=True)
class Keyword:
    """One keyword of one kind of object. `field` is the dataclass field that holds it."""

    name: str
    field: str
    form: Form
    doc: str
    later: bool = False


def kw(form: Form, doc: str, *, name: str = "", later: bool = False) -> dict[str, Keyword]:
    """The metadata of a dataclass field that is a keyword; `name` where the field's differs."""
    return {"keyword": Keyword(name, "", form, doc, later)}


@functools.cache
def keywords_of(kind: type) -> dict[str, Keyword]:
    """Every keyword of a playbook dataclass (inherited ones included), by its YAML name."""
    table = {}
    for entry in fields(cast(Any, kind)):
        if said := entry.metadata.get("keyword"):
            name = said.name or entry.name
            table[name] = replace(said, name=name, field=entry.name)
    return table
