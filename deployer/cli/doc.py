"""`deploy doc`: what there is to know about modules, keywords and exit codes."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from deployer.cli.exits import Exit


def add_arguments(parser: ArgumentParser) -> None:
    """What to read."""
    parser.add_argument(
        "topic", nargs="?", default="", metavar="TOPIC",
        help="a module, `keywords` or `exit-codes`; nothing: the list of modules",
    )  # fmt: skip


def show(flags: Namespace) -> int:
    """Print a page, or the list of modules."""
    from deployer import modules
    from deployer.cli import pages
    from deployer.model.diagnostic import did_you_mean

    topic = flags.topic.rsplit(".", 1)[-1]
    if not topic:
        print(pages.module_list())
    elif topic == "keywords":
        print(pages.keywords())
    elif topic == "exit-codes":
        print(pages.exit_codes())
    elif topic in modules.names() or topic in modules.ALIASES:
        print(pages.module(topic))
    else:
        fix = did_you_mean(topic, [*modules.names(), "keywords", "exit-codes"])
        print(f"there is no page `{topic}`" + (f"; {fix}" if fix else ""), file=sys.stderr)
        return Exit.USAGE
    return Exit.DONE
