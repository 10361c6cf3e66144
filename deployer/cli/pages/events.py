"""The page of the events: what `--output jsonl` writes, one per line."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from deployer.cli.pages.blocks import Block, Code, Heading, Page, Paragraph, Table, joined
from deployer.model import events
from deployer.model.change import Diff
from deployer.model.diagnostic import Diagnostic
from deployer.model.result import Result
from deployer.model.source import Position

#: Every type of event, in the order in which a run tells them.
EVENTS: tuple[type[Any], ...] = get_args(events.Event)
#: What events hold.
PARTS: tuple[type[Any], ...] = (Result, Diff, Diagnostic, Position, events.Tally, events.Cost)

#: What a field means; `Type.field` where it differs between types.
FIELDS: Mapping[str, str] = {
    "at": "When, in seconds since the epoch on the controller's clock.",
    "task": "Number of the task in this run, from 1.",
    "host": "Name of the host in the inventory.",
    "position": "Where it is written.",
    "result": "What became of it.",
    "playbooks": "The files as the command line names them.",
    "RunStarted.hosts": "How many hosts the inventory has.",
    "check": "Whether nothing is changed (`deploy plan`, `--check`).",
    "PlayStarted.hosts": "The hosts of this batch.",
    "batch": "Which batch of hosts under `serial`, from 1.",
    "batches": "How many batches there are.",
    "name": "Its name, or what stands for one.",
    "PlaySkipped.reason": "Why no host is left.",
    "module": "Short name of the module.",
    "handler": "Whether it is a handler that was notified.",
    "role": "The role that the task belongs to.",
    "TaskStarted.hidden": "Whether the task is none of the user's and is not shown.",
    "stream": "`stdout` or `stderr`.",
    "text": "The output, whole lines where possible.",
    "index": "Which item of the loop, from 0.",
    "label": "What is shown of the item.",
    "attempt": "The attempt that was not enough, from 1.",
    "left": "How many attempts are left.",
    "delay": "Seconds until the next one.",
    "Retrying.reason": "Why, where it is a connection that failed.",
    "delegate": "The host that did the work, where another was asked to.",
    "loop": "Whether the result is that of all items of a loop.",
    "handlers": "The names by which handlers were notified.",
    "what": "The file or role that was included.",
    "diagnostic": "The warning.",
    "exit_code": "The exit code (exit-codes.md).",
    "RunFinished.seconds": "How long the run took.",
    "recap": "The counts of every host.",
    "cost": "What the network was used for.",
    "interrupted": "Whether the user ended the run.",
    "status": "`ok`, `changed`, `failed`, `skipped` or `unreachable`.",
    "msg": "The module's message.",
    "values": "The return values of the module.",
    "diffs": "Before and after of what changed, with `--diff`.",
    "plan": "The changes made, or in a dry run those that would be.",
    "forecast": "In a dry run: `no change`, `change`, `maybe` or `deferred`.",
    "Result.reason": "Why it was skipped, or what it is deferred for.",
    "Result.position": "Where in the playbook the cause of a failure stands.",
    "warnings": "What the user should look at.",
    "facts": "Always empty: facts are not told.",
    "Result.ignored": "Whether the failure does not count (`ignore_errors`).",
    "Result.hidden": "Whether `no_log` hides it.",
    "shown": "Whether it is meant to be read (`debug`).",
    "doubtful": "Whether a dry run does not know the values that the task would have given.",
    "attempts": "How many attempts were made.",
    "Result.seconds": "How long the host was busy with it.",
    "before": "The text before.",
    "after": "The text after.",
    "before_header": "What the first text is.",
    "after_header": "What the second text is.",
    "summary": "The problem in one line.",
    "help": "The suggested fix.",
    "severity": "`error` or `warning`.",
    "file": "The file.",
    "line": "The line, from 1; 0 for the file as a whole.",
    "column": "The column, from 1.",
    "ok": "Tasks that are as described, changed ones included.",
    "changed": "Tasks that changed something.",
    "unreachable": "Tasks for which the host could not be reached.",
    "failed": "Tasks that failed.",
    "skipped": "Tasks whose conditions were not met.",
    "rescued": "Failures that a `rescue` took care of.",
    "Tally.ignored": "Failures that do not count.",
    "exchanges": "Messages to hosts and back.",
    "bytes_sent": "Bytes sent to hosts.",
    "bytes_received": "Bytes received from hosts.",
}
_EXAMPLE = """
deploy run playbooks/site.yml -i prod --output jsonl > run.jsonl
deploy replay run.jsonl
"""


def events_page() -> Page:
    """Every event and every value in it, with the meaning of all fields."""
    blocks: list[Block] = [
        Paragraph(
            "`--output jsonl` writes what happens in a run, one JSON object per line. `event` is "
            "the type; the other keys are the fields below. Secrets are masked. Warnings about "
            "the files that were read come before `RunStarted`; `RunFinished` is the last line."
        ),
        Code(_EXAMPLE, "sh"),
    ]
    for kind in EVENTS:
        blocks += _described(kind)
    blocks += [Heading("Values in events"), Paragraph("They are objects with these keys.")]
    for kind in PARTS:
        blocks += _described(kind)
    return Page("events", "Events", tuple(blocks))


def meaning(kind: type[Any], name: str) -> str:
    """What a field of a type means; empty where nobody has said (a test looks for that)."""
    own = FIELDS.get(f"{kind.__name__}.{name}")
    return own if own is not None else FIELDS.get(name, "")


def _described(kind: type[Any]) -> list[Block]:
    hints = get_type_hints(kind)
    rows = tuple(
        (f"`{spec.name}`", json_type(hints[spec.name]), meaning(kind, spec.name))
        for spec in fields(kind)
    )
    about = joined(kind.__doc__)
    text = [Paragraph(about)] if about and not about.startswith(f"{kind.__name__}(") else []
    return [Heading(kind.__name__), *text, Table(("field", "type", "meaning"), rows)]


def json_type(hint: Any) -> str:
    """An annotation in JSON's words."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        first = next(each for each in get_args(hint) if each is not type(None))
        return f"{json_type(first)} or null"
    if origin is tuple:
        return f"list of {json_type(get_args(hint)[0])}"
    if origin is not None:
        return f"object of {json_type(get_args(hint)[1])}"
    if isinstance(hint, type) and is_dataclass(hint):
        return hint.__name__
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "string"
    return {str: "string", float: "number", int: "number", bool: "true or false"}.get(hint, "any")
