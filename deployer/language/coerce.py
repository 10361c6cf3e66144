"""The values of keywords: literal ones coerced, templates left raw, wrong ones reported.

Every function takes (context, value, keyword name, position) and gives the coerced value, or None
after recording a problem. Null is handled before: it means that the keyword was not written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from deployer.language.context import Context
from deployer.language.keywords import Form
from deployer.language.values import EncryptedText
from deployer.model.source import Position, SourceList, SourceMap, Template, Value

Coercion: TypeAlias = Callable[[Context, Value, str, Position], Any]

_TRUE: Final = frozenset({"yes", "y", "true", "t", "on", "1"})
_FALSE: Final = frozenset({"no", "n", "false", "f", "off", "0"})
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
#: What expressions read as something else than a variable.
_RESERVED: Final = frozenset(
    {"none", "None", "true", "True", "false", "False", "and", "or", "not", "in", "is", "if", "else"}
)


def is_template(value: Value) -> bool:
    """Whether the text may have something to render."""
    return isinstance(value, Template) and ("{{" in value or "{%" in value or "{#" in value)


def kind_of(value: Value) -> str:
    """A value's kind in the words of messages."""
    if isinstance(value, bool):
        return "true or false"
    kinds = ((dict, "a mapping"), (list, "a list"), (str, "text"), (int | float, "a number"))
    if isinstance(value, EncryptedText):
        return "a vault"
    return next((name for kind, name in kinds if isinstance(value, kind)), "nothing")


def shown(value: Value) -> str:
    """A short form of a value for messages."""
    if isinstance(value, dict | list) or value is None:
        return kind_of(value)
    text = str(value)
    return f"`{text if len(text) <= 40 else text[:37] + '...'}`"


def wrong(context: Context, value: Value, name: str, at: Position, form: Form) -> None:
    """Record that a value has not the form that its keyword needs."""
    context.error(f"`{name}` must be {form.value}, not {shown(value)}", at)


def flag(context: Context, value: Value, name: str, at: Position) -> bool | Template | None:
    if isinstance(value, bool):
        return value
    if is_template(value):
        return value if isinstance(value, Template) else None
    if isinstance(value, str | int | float):
        word = str(value).lower()
        if word in _TRUE | _FALSE:
            return word in _TRUE
    wrong(context, value, name, at, Form.FLAG)
    return None


def integer(context: Context, value: Value, name: str, at: Position) -> int | Template | None:
    found = _number(value, percent=False)
    if isinstance(found, Template):
        return found
    if found is None or found != int(found):
        wrong(context, value, name, at, Form.INTEGER)
        return None
    return int(found)


def number(context: Context, value: Value, name: str, at: Position) -> Any:
    found = _number(value, percent=False)
    if found is None:
        wrong(context, value, name, at, Form.NUMBER)
    return found


def percentage(context: Context, value: Value, name: str, at: Position) -> Any:
    found = _number(value, percent=True)
    if found is None:
        wrong(context, value, name, at, Form.PERCENTAGE)
    return found


def _number(value: Value, *, percent: bool) -> int | float | Template | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if is_template(value) and isinstance(value, Template):
        return value
    if not isinstance(value, str):
        return None
    text = value.strip().removesuffix("%") if percent else value.strip()
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None


def text(context: Context, value: Value, name: str, at: Position) -> Template | None:
    if isinstance(value, Template):
        return value
    if isinstance(value, str | int | float):
        return Template(str(value), at)
    wrong(context, value, name, at, Form.TEXT)
    return None


def name(context: Context, value: Value, name: str, at: Position) -> str | None:
    """A variable's name: an identifier. Templates may not choose it."""
    if isinstance(value, str) and value in _RESERVED:
        fix = "it is a word of the expressions in templates"
        context.error(f"`{value}` cannot be the name of a variable", at, fix)
        return None
    if isinstance(value, str) and _IDENTIFIER.match(value):
        return str(value)
    fix = "letters, digits and underscores, and no digit first"
    if isinstance(value, str):
        context.error(f"`{value}` is not a name for a variable", at, fix)
    else:
        wrong(context, value, name, at, Form.NAME)
    return None


def name_or_template(context: Context, value: Value, name_: str, at: Position) -> Template | None:
    if isinstance(value, Template) and is_template(value):
        return value
    found = name(context, value, name_, at)
    return Template(found, at) if found is not None else None


def conditions(
    context: Context, value: Value, name: str, at: Position
) -> tuple[Template | bool, ...]:
    found = []
    for item, place in _items(value, at):
        if isinstance(item, bool | Template):
            if item != "":
                found.append(item)
        elif isinstance(item, str | int | float):
            found.append(Template(str(item), place))
        elif item is not None:
            wrong(context, item, name, place, Form.CONDITIONS)
    return tuple(found)


def words(context: Context, value: Value, name: str, at: Position) -> tuple[Template, ...]:
    found = []
    for item, place in _items(value, at):
        if isinstance(item, str | int | float) and not isinstance(item, bool):
            found.append(item if isinstance(item, Template) else Template(str(item), place))
        else:
            wrong(context, item, name, place, Form.WORDS)
    return tuple(found)


def tags(context: Context, value: Value, name: str, at: Position) -> tuple[Template, ...]:
    """Words, each split at its commas."""
    found = []
    for word in words(context, value, name, at):
        parts = [word] if is_template(word) else word.split(",")
        found += [Template(part.strip(), word.origin) for part in parts if part.strip()]
    return tuple(found)


def hosts(context: Context, value: Value, name: str, at: Position) -> tuple[Template, ...]:
    found = words(context, value, name, at)
    if value == [] or not all(word.strip() for word in found):
        context.error("`hosts` is empty", at, "name a host, a group, a pattern or `all`")
    return found


def serial(context: Context, value: Value, name: str, at: Position) -> tuple[int | Template, ...]:
    found: list[int | Template] = []
    for item, place in _items(value, at):
        if isinstance(item, Template) and (is_template(item) or _is_percentage(item)):
            found.append(item)
        elif isinstance(item, str) and item.strip().isdecimal():
            found.append(int(item))
        elif isinstance(item, int) and not isinstance(item, bool):
            found.append(item)
        else:
            wrong(context, item, name, place, Form.SERIAL)
    return tuple(found)


def _is_percentage(value: str) -> bool:
    digits = value.strip().removesuffix("%")
    return value.strip().endswith("%") and digits.replace(".", "", 1).isdecimal()


def mappings(
    context: Context, value: Value, name: str, at: Position
) -> tuple[SourceMap | Template, ...]:
    found: list[SourceMap | Template] = []
    for item, place in _items(value, at):
        if isinstance(item, SourceMap) or (isinstance(item, Template) and is_template(item)):
            found.append(item)
        elif item is not None:
            wrong(context, item, name, place, Form.MAPPINGS)
    return tuple(found)


def variables(context: Context, value: Value, name: str, at: Position) -> SourceMap | None:
    if isinstance(value, SourceMap):
        for key in value:
            if not isinstance(key, str) or not _IDENTIFIER.match(key):
                fix = "letters, digits and underscores, and no digit first"
                context.error(f"`{key}` is not a name for a variable", value.at(key), fix)
        return value
    fix = "write `name: value` lines" if isinstance(value, str) else ""
    if isinstance(value, list):
        fix = "Ansible refuses lists of variables too: write one mapping, without `- `"
    context.error(f"`{name}` must be {Form.VARIABLES.value}, not {kind_of(value)}", at, fix)
    return None


def vars_files(
    context: Context, value: Value, name: str, at: Position
) -> tuple[tuple[Template, ...], ...]:
    found = []
    for item, place in _items(value, at):
        if isinstance(item, list):
            found.append(words(context, item, name, place))
        elif isinstance(item, Template):
            found.append((item,))
        else:
            wrong(context, item, name, place, Form.VARS_FILES)
    return tuple(found)


def anything(_context: Context, value: Value, _name: str, _at: Position) -> Value:
    return value


def _items(value: Value, at: Position) -> list[tuple[Value, Position]]:
    if isinstance(value, SourceList):
        places = value.items_at or [at] * len(value)
        return list(zip(value, places, strict=True))
    return [(value, at)]


#: Forms that are structure (tasks, roles, loops …) are read by their own modules.
COERCIONS: Final[dict[Form, Coercion]] = {
    Form.FLAG: flag,
    Form.INTEGER: integer,
    Form.NUMBER: number,
    Form.PERCENTAGE: percentage,
    Form.TEXT: text,
    Form.NAME: name,
    Form.CONDITIONS: conditions,
    Form.WORDS: words,
    Form.TAGS: tags,
    Form.HOSTS: hosts,
    Form.SERIAL: serial,
    Form.MAPPINGS: mappings,
    Form.VARIABLES: variables,
    Form.VARS_FILES: vars_files,
    Form.NAME_OR_TEMPLATE: name_or_template,
    Form.ANY: anything,
}
