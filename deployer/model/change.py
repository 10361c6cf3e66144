"""Planned changes: verb, subject, cause, and the script that makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from deployer.model.script import NOTHING, Reply, Script
from deployer.model.source import Value
from deployer.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Diff:
    """Before and after as text, for `--diff`. The headers name the two sides."""

    before: str = ""
    after: str = ""
    before_header: str = ""
    after_header: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as described.

    Reads as a line of a plan: "create directory /opt/app: absent". `certain` is false for
    "maybe" (only the host can tell, `conclude` will). `counts` is false where running it changes
    nothing (a wait): the task is then not reported as changed.
    """

    verb: str
    subject: str
    cause: str = ""
    script: Script = NOTHING
    diff: Diff | None = None
    certain: bool = True
    counts: bool = True

    def __str__(self) -> str:
        because = f": {self.cause}" if self.cause else ""
        return f"{self.verb} {self.subject}{because}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a module says of a finished task.

    `changed` None leaves it to the plan. `values` are the return values that Ansible documents
    for the module (without changed, failed, msg). `facts` go into `ansible_facts`.
    """

    changed: bool | None = None
    failed: bool = False
    skipped: bool = False
    msg: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    facts: Mapping[str, Value] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def failure(reply: Reply, what: str = "") -> Outcome:
    """The outcome of a change whose script failed: status, last lines, once."""
    lines = [line for line in (reply.err or reply.out).strip().splitlines() if line.strip()]
    last = "; ".join(lines[-3:]) or "no output"
    intro = f"{what}: " if what else ""
    msg = f"{intro}exit status {reply.code}: {last}"
    values = {"rc": reply.code, "stdout": reply.out, "stderr": reply.err}
    return Outcome(failed=True, msg=msg, values=values)
