"""`pipe`: what commands on the controller print."""

from __future__ import annotations

import subprocess
from typing import Any

from deployer.model.errors import TemplateError
from deployer.model.secret import mask, reveal
from deployer.templating.ask import Ask
from deployer.templating.scope import Impurity


def run(ask: Ask, terms: list[Any]) -> list[str]:
    """Standard output of each, run by `/bin/sh` in the playbook's directory.

    Raises TemplateError with the last lines of standard error where one fails.
    """
    ask.impure(Impurity.ACTS)
    directory = ask.run.scope.search[-1] if ask.run.scope.search else None
    made = []
    for term in terms:
        done = subprocess.run(
            ["/bin/sh", "-c", reveal(str(term))], capture_output=True, cwd=directory, check=False
        )
        if done.returncode != 0:
            said = mask(done.stderr.decode("utf-8", "replace").strip())
            last = "; ".join(said.splitlines()[-3:]) or "no output"
            raise TemplateError(f"lookup `pipe`: exit status {done.returncode}: {last}")
        made.append(done.stdout.decode("utf-8", "replace").rstrip())
    return made
