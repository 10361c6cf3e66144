"""The main job on three lab hosts: `playbooks/swarm.yml` beside scripts that do it by hand."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from statistics import median

from harness.measure import Spent, spend
from harness.tools import DEPLOY, REPOSITORY
from harness.workloads import SOURCES

LAB = REPOSITORY / "scripts/lab"
#: The most that `deploy` may take, as a ratio to the script.
FRESH, AGAIN = 1.15, 2.0


def section(repeat: int) -> str:
    """A table in Markdown; starts a lab of its own and ends it."""
    # The hosts' control groups take no real-time processes (`--undisturbed`).
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    environment = {**os.environ, "DEPLOY_LAB": f"bench-{os.getpid()}"}
    try:
        _lab(environment, "up", "3")
        with tempfile.TemporaryDirectory(prefix="deploy-bench-") as folder:
            return _table(environment, Path(folder), repeat)
    finally:
        _lab(environment, "down")


def _lab(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run([LAB, *words], env=environment, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


def _table(environment: dict[str, str], folder: Path, repeat: int) -> str:
    known = json.loads(_lab(environment, "env"))
    nodes = [name for name, node in known["nodes"].items() if node["kind"] == "docker"]
    by_hand = [known["ssh_config"], *nodes]
    inventory = REPOSITORY / "inventories/lab"
    commands = {
        ("script", "fresh"): ["sh", str(SOURCES / "swarm.sh"), *by_hand],
        ("script", "again"): ["sh", str(SOURCES / "swarm-ask.sh"), *by_hand],
        ("deploy", "fresh"): _ours(inventory),
        ("deploy", "again"): _ours(inventory),
    }
    runs: dict[tuple[str, str], list[Spent]] = {key: [] for key in commands}
    lab_name = {"DEPLOY_LAB": environment["DEPLOY_LAB"]}
    for _ in range(repeat):
        for tool in ("script", "deploy"):
            _lab(environment, "reset")
            runs[tool, "fresh"].append(spend(commands[tool, "fresh"], lab_name, folder))
            runs[tool, "again"] += [
                spend(commands[tool, "again"], lab_name, folder) for _ in range(3)
            ]
    return _rows(runs)


def _ours(inventory: Path) -> list[str]:
    return [str(DEPLOY), "run", str(REPOSITORY / "playbooks/swarm.yml"), "-i", str(inventory)]


def _rows(runs: dict[tuple[str, str], list[Spent]]) -> str:
    rows = [
        "\n### main: playbooks/swarm.yml on three lab hosts\n",
        "| run | tool | runs | wall s | x script | CPU s | right |",
        "|---|---|---|---|---|---|---|",
    ]
    said = []
    for what, most in (("fresh", FRESH), ("again", AGAIN)):
        floor = median(run.wall for run in runs["script", what])
        for tool in ("script", "deploy"):
            done = runs[tool, what]
            wall, cpu = median(run.wall for run in done), median(run.cpu for run in done)
            right = all(_right(tool, what, run) for run in done)
            rows.append(
                f"| {what} | {tool} | {len(done)} | {wall:.2f} | {wall / floor:.2f} | {cpu:.2f} "
                f"| {'yes' if right else '**no**'} |"
            )
        verdict = "reached" if wall <= most * floor else "**missed**"
        said.append(f"{what} ≤ {most:g} x the script: {wall / floor:.2f} {verdict}")
    return "\n".join(rows) + "\n\nTarget: " + ", ".join(said) + "."


def _right(tool: str, what: str, run: Spent) -> bool:
    if run.code:
        print(f"-- {tool}, {what}: exit {run.code}\n{run.output[-1000:]}")
        return False
    if tool == "script":
        return True
    recap = [line for line in run.output.splitlines() if " changed=" in line]
    quiet = all("changed=0 " in line for line in recap)
    return len(recap) > 0 and quiet == (what == "again")
