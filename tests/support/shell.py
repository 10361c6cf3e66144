"""Runs a `Script` by a real shell, without a host: what the transport does, in its simplest form.

Each call is one `sh -c` with the sources of what the fragment uses first; the first call that
fails ends the script. `SHELLS` are the shells that every fragment must run on.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deployer.model.change import Change, Outcome
from deployer.model.script import (
    Batch,
    Call,
    Fragment,
    LocalFile,
    Reply,
    Script,
    Stdin,
    Stream,
)
from deployer.model.secret import reveal
from deployer.sdk.arguments import coerce
from deployer.sdk.kinds import Command, Resource

Shell = tuple[str, ...]

DASH: Shell = ("/bin/dash",)
BUSYBOX: Shell = ("busybox", "sh")
SHELLS = (DASH, BUSYBOX)


def shell_id(shell: Shell) -> str:
    """The name of a shell in the ids of tests."""
    return Path(shell[0]).name


def applets() -> str:
    """A directory in which every tool is busybox's (made once per process)."""
    global _applets  # noqa: PLW0603
    if _applets is None:
        _applets = tempfile.mkdtemp(prefix="deploy-applets-")
        busybox = shutil.which("busybox") or "/usr/bin/busybox"
        subprocess.run([busybox, "--install", "-s", _applets], check=True)
        atexit.register(shutil.rmtree, _applets, ignore_errors=True)
    return _applets


_applets: str | None = None


def payload(stdin: Stdin) -> bytes:
    """The bytes of a standard input, files read."""
    if isinstance(stdin, str):
        return reveal(stdin).encode("utf-8", "surrogateescape")
    if isinstance(stdin, LocalFile):
        return Path(stdin.path).read_bytes()
    if isinstance(stdin, Stream):
        return b"".join(payload(part) for part in stdin.parts)
    return stdin


def source_of(fragment: Fragment) -> str:
    """Everything that a fragment needs, in one text."""
    return "\n".join([*(source_of(used) for used in fragment.uses), fragment.source])


def run_call(call: Call, shell: Shell = DASH, env: Mapping[str, str] | None = None) -> Reply:
    """One call; busybox's shell gets busybox's tools."""
    path = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
    if shell == BUSYBOX:
        path = applets()
    merged = {**os.environ, "PATH": path, "LC_ALL": "C.UTF-8", **(env or {}), **dict(call.env)}
    done = subprocess.run(
        [*shell, "-c", source_of(call.fragment), "deploy", *call.args],
        input=payload(call.stdin),
        capture_output=True,
        env=merged,
        timeout=call.timeout or 60,
        check=False,
    )
    return Reply(done.returncode, done.stdout, done.stderr)


def run(script: Script, shell: Shell = DASH, env: Mapping[str, str] | None = None) -> Reply:
    """A whole script: outputs joined, the status of the last call that ran."""
    out, err, code = b"", b"", 0
    for call in script.calls:
        reply = run_call(call, shell, env)
        out, err, code = out + reply.stdout, err + reply.stderr, reply.code
        if code != 0:
            break
    return Reply(code, out, err)


def exchange(batch: Batch, shell: Shell = DASH) -> list[Reply]:
    """The replies to an apply and probes, in order."""
    scripts = [batch.apply] if batch.apply else []
    return [run(script, shell) for script in (*scripts, *batch.probes)]


class Host:
    """Runs modules the way the engine does with a window of one step."""

    def __init__(self, shell: Shell = DASH, env: Mapping[str, str] | None = None) -> None:
        self.shell = shell
        self.env = env

    def run(self, script: Script) -> Reply:
        return run(script, self.shell, self.env)

    def plan(self, module: Resource[Any, Any], args: Any) -> list[Change]:
        """What would be changed."""
        state = module.parse(args, self.run(module.probe(args)))
        return list(module.diff(args, state))

    def apply(self, module: Resource[Any, Any], args: Any) -> tuple[list[str], Outcome]:
        """Probe, diff, apply, and report: the plan's lines and the outcome."""
        state = module.parse(args, self.run(module.probe(args)))
        changes = list(module.diff(args, state))
        if not changes:
            return [], module.report(args, state)
        reply = self.run(sum((change.script for change in changes), Script()))
        if module.conclude is not None:
            return [str(change) for change in changes], module.conclude(args, state, reply)
        failed = not reply.ok
        return [str(change) for change in changes], Outcome(
            failed=failed, msg=reply.err if failed else "", values=module.report(args, state).values
        )

    def converge(self, module: Resource[Any, Any], args: Any) -> tuple[list[str], Outcome]:
        """`apply`, then law 1: a fresh probe yields an empty diff."""
        lines, outcome = self.apply(module, args)
        assert not outcome.failed, outcome.msg
        again = self.plan(module, args)
        assert again == [], [str(change) for change in again]
        return lines, outcome

    def command(self, module: Command[Any], args: Any) -> Outcome:
        """A command: its probe says whether there is anything to run."""
        if module.probe and module.skip:
            asked = module.probe(args)
            skipped = module.skip(args, self.run(asked)) if asked else None
            if skipped is not None:
                return skipped
        return module.conclude(args, self.run(module.script(args)))


def arguments(module: Resource[Any, Any] | Command[Any], **given: Any) -> Any:
    """The module's arguments out of what a playbook would give."""
    return coerce(module.args, module.name, given)
