"""Plays a case: the real command in this process, its JSON lines read back.

A case is a mapping:

    name:      one intent, as a sentence
    play:      text of play.yml
    files:     {path: text} beside it
    hosts:     names, all local (default [a]); or `inventory:`, the text of an INI file
    flags:     further words of the command line
    says:      {host: what its `debug` tasks said, in order}
    recap:     {host: "ok=2 failed=1"}, fields that are not zero
    exit:      the exit code (default 0)
    error:     parts of what standard error says
    warns:     parts of warnings
    failures:  {host: parts of the messages of its failures, in order}
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KEYS = {
    *("name", "play", "files", "hosts", "inventory", "flags", "says", "recap", "exit"),
    *("error", "warns", "failures"),
}


@dataclass(frozen=True)
class Seen:
    """What a run showed."""

    code: int
    events: list[dict[str, Any]]
    error: str
    says: dict[str, list[Any]] = field(default_factory=dict)
    recap: dict[str, str] = field(default_factory=dict)
    failures: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def write(folder: Path, case: Mapping[str, Any]) -> list[str]:
    """Put the case's files into a folder; gives the words of the command line."""
    files = {"play.yml": case["play"], **(case.get("files") or {})}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    hosts = "".join(f"{name}\n" for name in case.get("hosts", ["a"]))
    (folder / "hosts.ini").write_text(case.get("inventory", hosts))
    return ["play.yml", "-i", "hosts.ini", "-c", "local", *case.get("flags", [])]


def play(folder: Path, case: Mapping[str, Any], *, verb: str = "run") -> Seen:
    """Run a case whose folder is the current one."""
    return command(verb, *write(folder, case), "--output", "jsonl")


def command(*words: str) -> Seen:
    """Run `deploy` with these words; standard output must be JSON lines."""
    from deployer.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(words))
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    return seen(code, events, err.getvalue())


def seen(code: int, events: list[dict[str, Any]], error: str) -> Seen:
    """The events as a case compares them."""
    made = Seen(code, events, error)
    modules: dict[int, str] = {}
    for event in events:
        match event["event"]:
            case "TaskStarted":
                modules[event["task"]] = event["module"]
            case "Warned":
                made.warnings.append(str(event["diagnostic"]))
            case "RunFinished":
                lines = {host: told(line) for host, line in event["recap"].items()}
                made.recap.update({host: line for host, line in lines.items() if line})
            case "ItemFinished" | "TaskFinished":
                _result(made, event, modules)
    return made


def _result(made: Seen, event: Mapping[str, Any], modules: Mapping[int, str]) -> None:
    result, host = event["result"], event["host"]
    if result["status"] in ("failed", "unreachable") and not event.get("loop"):
        made.failures.setdefault(host, []).append(result["msg"])
    if modules.get(event["task"]) != "debug" or event.get("loop"):
        return
    if result["status"] in ("ok", "changed"):
        made.says.setdefault(host, []).append(result["values"].get("msg"))


def told(tally: Mapping[str, int]) -> str:
    """A line of the recap without its zeros."""
    return " ".join(f"{name}={count}" for name, count in tally.items() if count)


def parts(wanted: str | Sequence[str]) -> list[str]:
    return [wanted] if isinstance(wanted, str) else list(wanted)
