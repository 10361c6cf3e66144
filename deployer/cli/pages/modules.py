"""The page of a module: its arguments, its return values, an example."""

from __future__ import annotations

from typing import Any

from deployer import modules
from deployer.cli.pages.blocks import Block, Bullets, Code, Heading, Page, Paragraph, Table
from deployer.sdk.arguments import Argument, arguments_of
from deployer.sdk.kinds import Cluster, Command, Directive, Module

#: What users write for arguments that are not taken as they stand.
_GIVEN = {
    "file": "path",
    "template": "path",
    "template_tree": "path",
    "script": "command line",
    "conditions": "list of conditions",
    "variable": "expression",
    "rest": "any",
}


def module_page(name: str) -> Page:
    """The page of one module, by its name or an alias."""
    module = modules.load(name)
    manual = module.manual
    also = sorted(alias for alias, real in modules.ALIASES.items() if real == module.name)
    names = [f"`{module.collection}.{module.name}`", *(f"`{alias}`" for alias in also)]
    blocks: list[Block] = [
        Paragraph(manual.summary),
        Paragraph(f"Also known as {', '.join(names)}. {_behaviour(module)}"),
        *map(Paragraph, manual.notes),
    ]
    rows = tuple(_row(each) for each in arguments_of(module.args) if _is_shown(each))
    if rows:
        blocks += [Heading("Arguments"), Table(("argument", "type", "default", "meaning"), rows)]
    if manual.returns:
        items = tuple(f"`{key}`: {text}" for key, text in manual.returns.items())
        blocks += [Heading("Return values"), Bullets(items)]
    if manual.example.strip():
        blocks += [Heading("Example"), Code(manual.example, "yaml")]
    return Page(f"modules/{module.name}", module.name, tuple(blocks))


def _behaviour(module: Module) -> str:
    if isinstance(module, Cluster):
        return "Looks at all members, plans once, and changes them in rounds; a dry run says what."
    if isinstance(module, Command):
        return "Runs each time; in a dry run only where it does nothing but read."
    if isinstance(module, Directive):
        return "Runs on the controller."
    return "Looks first and changes only what differs; a dry run says what."


def _is_shown(argument: Argument) -> bool:
    return argument.settable or argument.kind == "rest"


def _row(argument: Argument) -> tuple[str, str, str, str]:
    name = f"`{argument.name}`" if argument.settable else "any other key"
    if argument.aliases:
        name += " (" + ", ".join(f"`{alias}`" for alias in argument.aliases) + ")"
    text = argument.doc
    if argument.free_form:
        text += " May stand behind the module's name."
    if argument.secret:
        text += " Never shown."
    return name, _visible(_type(argument)), _visible(_default(argument)), text


def _type(argument: Argument) -> str:
    """The type as users give it: what is made of it on the way is no concern of theirs."""
    if argument.kind == "value" and argument.shown_type != "any":
        return argument.shown_type
    return _GIVEN.get(argument.kind, argument.shown_type)


def _visible(text: str) -> str:
    """Newlines among choices and defaults as they are written."""
    return text.replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")


def _default(argument: Argument) -> str:
    if argument.required:
        return "**required**"
    value: Any = argument.default
    if value is None or value in ("", [], {}, ()):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def summaries() -> tuple[tuple[str, str], ...]:
    """(name, summary) of every module, sorted."""
    return tuple((name, modules.load(name).manual.summary) for name in sorted(modules.names()))
