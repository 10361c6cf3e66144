"""docs/ is what the code says of itself, and what the code does not say fails here."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from deployer import modules
from deployer.cli.exits import Exit
from deployer.cli.pages import events, functions, reference, site
from deployer.cli.pages.blocks import Page
from deployer.cli.pages.markdown import markdown
from deployer.language.table import keyword_table
from deployer.sdk.arguments import arguments_of
from deployer.templating import filters, tests

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {page.path: page for page in site.all_pages()}


@pytest.mark.parametrize("path", sorted(PAGES))
def test_the_page_is_up_to_date(path: str) -> None:
    """Else: `deploy doc --write docs`."""
    assert (DOCS / f"{path}.md").read_text("utf-8") == markdown(PAGES[path])


def test_there_is_no_page_of_a_module_that_is_gone() -> None:
    there = {path.stem for path in (DOCS / "modules").glob("*.md")}
    assert there == set(modules.names())


@pytest.mark.parametrize("name", sorted(modules.names()))
def test_every_module_and_argument_is_documented(name: str) -> None:
    module = modules.load(name)
    assert module.manual.summary
    assert module.manual.example.strip()
    for argument in arguments_of(module.args):
        if argument.settable:
            assert argument.doc.strip(), f"{name}: {argument.name}"


@pytest.mark.parametrize("code", list(Exit))
def test_every_exit_code_is_documented(code: Exit) -> None:
    assert code.meaning
    assert f"| `{code.value}` | {code.meaning} |" in markdown(PAGES["exit-codes"])


def test_every_flag_is_documented() -> None:
    from deployer.cli.main import build_parser, commands_of, options_of

    page = markdown(PAGES["flags"])
    for parser in commands_of(build_parser()).values():
        for action in options_of(parser):
            assert action.help
            assert all(f"`{name}`" in page for name in action.option_strings)


def test_every_field_of_every_event_is_documented() -> None:
    for kind in (*events.EVENTS, *events.PARTS):
        for spec in fields(kind):
            assert events.meaning(kind, spec.name), f"{kind.__name__}.{spec.name}"


def test_no_meaning_is_of_a_field_that_is_gone() -> None:
    known = {spec.name for kind in (*events.EVENTS, *events.PARTS) for spec in fields(kind)}
    assert {key.rpartition(".")[2] for key in events.FIELDS} <= known


def test_every_keyword_is_documented() -> None:
    assert all(row.doc for row in keyword_table())


@pytest.mark.parametrize("package", [filters, tests])
def test_every_filter_and_test_is_documented(package: object) -> None:
    assert all(meaning for _, meaning in functions.described(package))  # type: ignore[arg-type]


def test_every_lookup_is_documented() -> None:
    assert all(meaning.strip() for _, meaning in functions.lookups())


def test_the_index_leads_to_every_page() -> None:
    links = set(re.findall(r"\]\(([^)]*)\.md\)", markdown(PAGES["index"])))
    assert links == set(PAGES) - {"index"}


@pytest.mark.parametrize("path", sorted(PAGES))
def test_tables_have_as_many_cells_as_headers(path: str) -> None:
    for block in PAGES[path].blocks:
        headers = getattr(block, "headers", None)
        if headers is not None:
            assert {len(row) for row in block.rows} <= {len(headers)}  # type: ignore[union-attr]


def test_a_page_of_a_module_shows_what_there_is() -> None:
    page = markdown(site.page_of("command") or Page("", "", ()))
    assert "| `chdir` | str |  | Change into this directory first. |" in page
    assert "- `rc`: Exit status." in page
    assert "```yaml" in page


def test_flags_say_what_they_take() -> None:
    rows = dict(reference.options(_parser("run")))
    assert rows["`-f`, `--forks` `N`"] == "hosts at once (50)"
    assert "`PLAYBOOK`" in rows


def _parser(name: str):  # type: ignore[no-untyped-def]
    from deployer.cli.main import build_parser, commands_of

    return commands_of(build_parser())[name]
