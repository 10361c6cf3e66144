"""All pages together: docs/, and what `deploy doc TOPIC` finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from deployer import modules
from deployer.cli.pages.blocks import Bullets, Heading, Page, Paragraph, Table
from deployer.cli.pages.events import events_page
from deployer.cli.pages.functions import functions_page
from deployer.cli.pages.markdown import markdown
from deployer.cli.pages.modules import module_page, summaries
from deployer.cli.pages.reference import exit_codes_page, flags_page, keywords_page

REFERENCE: dict[str, Callable[[], Page]] = {
    "keywords": keywords_page,
    "filters": functions_page,
    "flags": flags_page,
    "exit-codes": exit_codes_page,
    "events": events_page,
}


def index_page() -> Page:
    """The list of all pages."""
    rows = tuple((f"[{name}](modules/{name}.md)", summary) for name, summary in summaries())
    links = tuple(f"[{make().title}]({name}.md)" for name, make in REFERENCE.items())
    return Page(
        "index",
        "Documentation",
        (
            Paragraph("The same pages are in the command: `deploy doc`, `deploy doc copy`."),
            Heading("Reference"),
            Bullets(links),
            Heading("Modules"),
            Table(("module", "what it does"), rows),
        ),
    )


def page_of(topic: str) -> Page | None:
    """The page of a module (also under its qualified name), or of another topic."""
    if topic in REFERENCE:
        return REFERENCE[topic]()
    name = topic.rsplit(".", 1)[-1]
    return module_page(name) if name in modules.names() or name in modules.ALIASES else None


def all_pages() -> Iterator[Page]:
    """Every page of docs/."""
    yield index_page()
    for make in REFERENCE.values():
        yield make()
    for name in sorted(modules.names()):
        yield module_page(name)


def write(folder: Path) -> list[Path]:
    """Write every page below a folder; remove pages of modules that are gone."""
    written = []
    for page in all_pages():
        path = folder / f"{page.path}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(markdown(page), "utf-8")
        written.append(path)
    for stale in set((folder / "modules").glob("*.md")) - set(written):
        stale.unlink()
    return written
