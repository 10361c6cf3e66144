"""Records real runs for the golden tests: `.venv/bin/python tests/unit/output/record.py`.

Runs `deploy` on recorded/variety.yml with local connections, takes what moves by itself (times,
durations) out of the events, and writes them to recorded/*.jsonl. The texts that the console makes
of them are written beside; look at their difference before you commit it.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from deployer.output.console import Console
from deployer.output.plain import PlainScreen
from deployer.output.replay import read_events

HERE = Path(__file__).parent / "recorded"
WORK = Path("/tmp/deploy-recorded")  # a fixed path: it stands in the recordings
HOSTS = "one,two,three,"
#: What is recorded: (name, command, whether WORK is there already).
RUNS = (("plan", "plan", False), ("run", "run", False), ("again", "run", True))
#: How each recording is shown: (suffix, arguments of the console, colour).
SHOWN: tuple[tuple[str, dict[str, Any], bool], ...] = (
    ("txt", {}, False),
    ("v.txt", {"verbosity": 2}, False),
    ("color.txt", {}, True),
)
_CLOCK = {"start": "then", "end": "then", "delta": "0:00:00.01"}


def main() -> None:
    shutil.rmtree(WORK, ignore_errors=True)
    for name, command, there in RUNS:
        if not there:
            shutil.rmtree(WORK, ignore_errors=True)
        words = [sys.executable, "-m", "deployer", command, "variety.yml", "-i", HOSTS]
        words += ["-c", "local", "--diff", "--forks", "1", "--output", "jsonl"]
        words += ["-e", f"work={WORK}"]
        root = str(Path(__file__).parents[3])
        done = subprocess.run(
            words,
            cwd=HERE,
            env={**os.environ, "PYTHONPATH": root},
            capture_output=True,
            check=False,
        )
        lines = [json.dumps(timeless(json.loads(text), number), ensure_ascii=False)
                 for number, text in enumerate(done.stdout.decode().splitlines())]  # fmt: skip
        (HERE / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
        os.chdir(HERE)
        for suffix, options, color in SHOWN:
            (HERE / f"{name}.{suffix}").write_text(told(lines, options, color=color))
    shutil.rmtree(WORK, ignore_errors=True)


def told(lines: list[str], options: dict[str, Any], *, color: bool) -> str:
    """The console's text of recorded lines. The working directory is that of the recordings."""
    stream = io.StringIO()
    plan = '"check": true' in lines[0]
    console = Console(PlainScreen(stream, color=color), compact=plan, **options)
    for event in read_events(lines):
        console.on_event(event)
    return stream.getvalue()


def timeless(value: Any, number: int) -> Any:
    """An event as if everything took ten milliseconds."""
    if isinstance(value, dict):
        value = {key: timeless(_CLOCK.get(key, item), number) for key, item in value.items()}
        if "at" in value:
            value["at"] = 1_700_000_000 + number / 100
        if isinstance(value.get("seconds"), float):
            value["seconds"] = 0.01
        if "cost" in value:
            value["cost"] = {"exchanges": 9, "bytes_sent": 12345, "bytes_received": 678}
        return value
    return [timeless(item, number) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
