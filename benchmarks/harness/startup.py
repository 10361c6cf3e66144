"""What it costs to start: without work, and what is imported for it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from harness.measure import spend
from harness.tools import DEPLOY

#: Seconds that `deploy --version` may take.
MOST = 0.2


def section(repeat: int) -> str:
    """A table in Markdown."""
    python = str(DEPLOY.with_name("python"))
    cases = {
        "python -c pass": [python, "-c", "pass"],
        "deploy --version": [str(DEPLOY), "--version"],
        "deploy run --help": [str(DEPLOY), "run", "--help"],
        "the engine imported": [python, "-c", "import deployer.cli.app"],
        "the engine and SSH imported": [
            python,
            "-c",
            "import deployer.cli.app, deployer.transport.ssh",
        ],
    }
    rows = ["\n### Start-up\n", "| what | wall s | CPU s |", "|---|---|---|"]
    version = 0.0
    with tempfile.TemporaryDirectory(prefix="deploy-bench-") as scratch:
        for name, command in cases.items():
            runs = [spend(command, {}, Path(scratch)) for _ in range(repeat + 1)][1:]
            wall = median(run.wall for run in runs)
            version = wall if "--version" in name else version
            rows.append(f"| {name} | {wall:.3f} | {median(run.cpu for run in runs):.3f} |")
    verdict = "reached" if version <= MOST else "**missed**"
    rows.append(f"\nTarget: `deploy --version` ≤ {MOST:g} s: {version:.3f} {verdict}.")
    return "\n".join(rows)
