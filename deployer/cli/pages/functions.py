"""The page of what templates can use: filters, tests, lookups."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from deployer.cli.pages.blocks import Heading, Page, Paragraph, Table, joined


def functions_page() -> Page:
    """All filters, tests and lookups of ours; Jinja's own are mentioned."""
    from deployer.templating import filters, tests

    intro = "Beside Jinja's own. Each is also known under its qualified name "
    intro += "(`ansible.builtin.combine`, `ansible.utils.ipaddr`, `community.general.dict_kv`)."
    headers = ("name", "meaning")
    return Page(
        "filters",
        "Filters, tests and lookups",
        (
            Paragraph(intro),
            Heading("Filters"),
            Table(headers, described(filters)),
            Heading("Tests"),
            Table(headers, described(tests)),
            Heading("Lookups"),
            Paragraph("For `lookup('name', …)`, `query('name', …)` and `with_name:`."),
            Table(headers, lookups()),
        ),
    )


def described(package: ModuleType) -> tuple[tuple[str, str], ...]:
    """(names with arguments, meaning) of the marked functions of a package."""
    from deployer.templating.registry import functions_of

    names: dict[Callable[..., Any], list[str]] = {}
    for name, (function, _) in functions_of(package).items():
        names.setdefault(function, []).append(name)
    rows = [(_call(sorted(known), function), joined(function.__doc__))
            for function, known in names.items()]  # fmt: skip
    return tuple(sorted(rows))


def lookups() -> tuple[tuple[str, str], ...]:
    """(name with options, meaning) of every lookup."""
    from deployer.templating import lookup

    rows = []
    for name in sorted(lookup.known()):
        function = lookup.find(name)
        module = importlib.import_module(function.__module__)
        about = joined(module.__doc__).partition(": ")[2]
        rows.append(
            (_call([name], function, skip=2), f"{_sentence(about)} {joined(function.__doc__)}")
        )
    return tuple(rows)


def _call(names: list[str], function: Callable[..., Any], skip: int = 1) -> str:
    """The names, and the arguments behind the value that comes in from the left."""
    hidden = skip + hasattr(function, "jinja_pass_arg")
    parameters = list(inspect.signature(function).parameters.values())[hidden:]
    given = [_parameter(each) for each in parameters if not each.name.startswith("_")]
    first, *others = names
    arguments = f"({', '.join(given)})" if given else ""
    return ", ".join([f"`{first}{arguments}`", *(f"`{name}`" for name in others)])


def _parameter(given: inspect.Parameter) -> str:
    """`name=default`; a default that only says "not given" is left out."""
    empty = inspect.Parameter.empty
    shown = given.default is None or isinstance(given.default, str | int | float | bool | tuple)
    default = given.default if shown else empty
    return str(given.replace(annotation=empty, default=default))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
