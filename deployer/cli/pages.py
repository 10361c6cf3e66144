"""The pages of the documentation, generated from the argument dataclasses and the keyword table.

`deploy doc` prints them and `docs/` holds them; a test compares the two.
"""

from __future__ import annotations

from typing import Any

from deployer import modules
from deployer.cli.exits import Exit
from deployer.sdk.arguments import Argument, arguments_of
from deployer.sdk.kinds import Cluster, Command, Directive, Module


def module(name: str) -> str:
    """The page of one module, as Markdown."""
    loaded = modules.load(name)
    manual = loaded.manual
    parts = [
        f"# {loaded.name}",
        manual.summary,
        f"`{loaded.collection}.{loaded.name}`: {_kind(loaded)}",
    ]
    parts += manual.notes
    rows = [_row(each) for each in arguments_of(loaded.args) if each.settable]
    if rows:
        header = ["| argument | type | default | |", "| --- | --- | --- | --- |"]
        parts += ["## Arguments", "\n".join([*header, *rows])]
    if manual.returns:
        lines = [f"- `{key}`: {text}" for key, text in manual.returns.items()]
        parts += ["## Return values", "\n".join(lines)]
    if manual.example.strip():
        parts += ["## Example", f"```yaml\n{manual.example.strip()}\n```"]
    return "\n\n".join(parts)


def _kind(loaded: Module) -> str:
    if isinstance(loaded, Cluster):
        return "looks at all members, plans once, changes them in rounds."
    if isinstance(loaded, Command):
        return "runs each time; in a dry run it does not run unless it only reads."
    if isinstance(loaded, Directive):
        return "runs on the controller."
    return "looks first, and changes only what differs; a dry run says what."


def _row(argument: Argument) -> str:
    name = f"`{argument.name}`"
    if argument.aliases:
        name += " (" + ", ".join(f"`{alias}`" for alias in argument.aliases) + ")"
    text = argument.doc.replace("|", "\\|")
    return f"| {name} | {argument.shown_type} | {_default(argument)} | {text} |"


def _default(argument: Argument) -> str:
    if argument.required:
        return "**required**"
    value: Any = argument.default
    if value is None or value in ("", [], {}, ()):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def module_list() -> str:
    """All modules with their summaries."""
    rows = []
    for name in sorted(modules.names()):
        rows.append(f"{name:22}{modules.load(name).manual.summary}")
    return "\n".join(rows)


def keywords() -> str:
    """All keywords of plays, roles, blocks and tasks."""
    from deployer.language.table import keyword_table

    lines = ["# Keywords", "", "| keyword | of | form | |", "| --- | --- | --- | --- |"]
    for row in keyword_table():
        note = "" if row.supported else " *Not supported yet.*"
        objects = ", ".join(row.objects)
        lines.append(f"| `{row.name}` | {objects} | {row.form} | {row.doc}{note} |")
    return "\n".join(lines)


def exit_codes() -> str:
    """What the process's exit status says."""
    lines = ["# Exit codes", "", "| code | meaning |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| {code.value} | {code.meaning} |" for code in Exit)])
