"""What a wrong command line may have meant."""

from __future__ import annotations

import re
from argparse import ArgumentParser

from deployer.model.diagnostic import did_you_mean


def suggestion(message: str, parser: ArgumentParser) -> str:
    """ "; did you mean ...?" for argparse's message about an unknown option or choice, or ""."""
    unknown = re.match(r"unrecognized arguments: (--?[^\s=]+)", message)
    if unknown:
        near = did_you_mean(unknown[1], parser._option_string_actions)
    else:
        choice = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message)
        near = did_you_mean(choice[1], re.findall(r"[\w-]+", choice[2])) if choice else ""
    return f"; {near}" if near else ""
