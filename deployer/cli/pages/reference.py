"""Pages about the language and the command: keywords, flags, exit codes."""

from __future__ import annotations

from argparse import SUPPRESS, Action, ArgumentParser

from deployer.cli.exits import Exit
from deployer.cli.pages.blocks import Block, Heading, Page, Paragraph, Table


def keywords_page() -> Page:
    """All keywords of plays, roles, blocks and tasks."""
    from deployer.language.table import keyword_table

    rows = tuple(
        (
            f"`{row.name}`",
            ", ".join(row.objects),
            row.form,
            row.doc + ("" if row.supported else " *Not supported yet.*"),
        )
        for row in keyword_table()
    )
    intro = "What may stand in plays, roles, blocks and tasks. A keyword that is not supported yet "
    intro += "is refused with its place, never ignored."
    table = Table(("keyword", "of", "form", "meaning"), rows)
    return Page("keywords", "Keywords", (Paragraph(intro), table))


def exit_codes_page() -> Page:
    """What the process's exit status says."""
    rows = tuple((f"`{code.value}`", code.meaning) for code in Exit)
    text = "Of a task that failed on one host and a host that could not be reached, the first "
    text += "counts: the exit code is 2."
    return Page("exit-codes", "Exit codes", (Table(("code", "meaning"), rows), Paragraph(text)))


def flags_page() -> Page:
    """Every command with its arguments and options."""
    from deployer.cli.main import COMMANDS, build_parser, commands_of

    parsers = commands_of(build_parser())
    blocks: list[Block] = [
        Paragraph("Options are spelt and meant as those of `ansible-playbook` where it has them.")
    ]
    for name, _, text in COMMANDS:
        if name == "plan":
            blocks += [
                Heading("deploy plan"),
                Paragraph(f"{_sentence(text)} Takes the same as run."),
            ]
            continue
        blocks += [Heading(f"deploy {name}"), Paragraph(_sentence(text))]
        blocks.append(Table(("option", "meaning"), options(parsers[name])))
    return Page("flags", "Commands and flags", tuple(blocks))


def options(parser: ArgumentParser) -> tuple[tuple[str, str], ...]:
    """(spelling, meaning) of everything that a command takes."""
    from deployer.cli.main import options_of

    return tuple(
        (_spelling(action), action.help or "")
        for action in options_of(parser)
        if action.help != SUPPRESS
    )


def _spelling(action: Action) -> str:
    value = action.metavar or ("{" + ",".join(action.choices) + "}" if action.choices else "")
    if not action.option_strings:
        return f"`{value or action.dest}`"
    return ", ".join(f"`{name}`" for name in action.option_strings) + (
        f" `{value}`" if value and action.nargs != 0 else ""
    )


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."
