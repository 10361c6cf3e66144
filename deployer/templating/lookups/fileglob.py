"""`fileglob`: files on the controller that match a pattern."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import Any

from deployer.templating.ask import Ask
from deployer.templating.scope import Impurity


def run(ask: Ask, terms: list[Any]) -> list[str]:
    """Absolute paths, sorted; of the first directory of the search path that has any."""
    ask.impure(Impurity.READS)
    made: list[str] = []
    for term in terms:
        for pattern in ask.places(str(term), "files"):
            found = [path for path in glob.glob(str(pattern)) if Path(path).is_file()]  # noqa: PTH207
            if found:
                made += sorted(str(Path(path).absolute()) for path in found)
                break
    return made
