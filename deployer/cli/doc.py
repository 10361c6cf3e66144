"""`deploy doc`: what there is to know about modules, keywords, filters, flags, exit codes."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from deployer.cli.exits import Exit


def add_arguments(parser: ArgumentParser) -> None:
    """What to read."""
    parser.add_argument(
        "topic", nargs="?", default="", metavar="TOPIC",
        help="a module, keywords, filters, flags, exit-codes or events; nothing: what there is",
    )  # fmt: skip
    parser.add_argument("--markdown", action="store_true", help="as it stands in docs/")
    parser.add_argument("--write", metavar="DIR", help="write all pages as Markdown files")
    parser.add_argument("--no-color", action="store_true", help="no colour (as NO_COLOR=1)")


def call(flags: Namespace) -> int:
    """Print a page, or the list of them. Raises UsageError for a topic that does not exist."""
    from deployer.cli.pages import site
    from deployer.cli.topics import topics
    from deployer.model.diagnostic import did_you_mean
    from deployer.model.errors import UsageError

    if flags.write:
        from pathlib import Path

        print(f"{len(site.write(Path(flags.write)))} pages written to {flags.write}")
        return Exit.DONE
    page = site.page_of(flags.topic) if flags.topic else site.index_page()
    if page is None:
        near = did_you_mean(flags.topic, topics())
        raise UsageError(f"there is no page `{flags.topic}`" + (f"; {near}" if near else ""))
    if flags.markdown:
        from deployer.cli.pages.markdown import markdown

        print(markdown(page), end="")
    else:
        from deployer.cli.pages.textual import textual
        from deployer.cli.screens import stdout_screen

        screen = stdout_screen(no_color=flags.no_color)
        screen.show(*textual(page, screen.columns))
    return Exit.DONE
