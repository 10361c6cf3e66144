"""Runs scripts of modules for tests: here through a shell, or on a lab host through `ssh`.

`Runner(prefix)` starts each call as `prefix sh -c SOURCE sh ARGS…`; `converge` is what the engine
does for a resource, reduced to its core, so that the laws can be tested without the engine.
"""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from deployer.model.change import Change, Outcome, failure
from deployer.model.script import Call, Fragment, LocalFile, Reply, Script, Stream
from deployer.model.secret import Secret, reveal
from deployer.modules import load
from deployer.sdk import Resource, coerce

ROOT = Path(__file__).resolve().parents[2]


def source_of(fragment: Fragment) -> str:
    """The source with the functions it uses before it, each once."""
    parts: list[str] = []

    def gather(one: Fragment) -> None:
        for used in one.uses:
            gather(used)
        if one.source not in parts:
            parts.append(one.source)

    gather(fragment)
    return "\n".join(parts)


def _payload(call: Call) -> bytes:
    if isinstance(call.stdin, Secret):
        return reveal(call.stdin).encode()
    parts = call.stdin.parts if isinstance(call.stdin, Stream) else (call.stdin,)
    return b"".join(
        Path(part.path).read_bytes() if isinstance(part, LocalFile) else part for part in parts
    )


@dataclass(frozen=True)
class Runner:
    """`prefix` is put before the command; `quoted` where it goes through a further shell (ssh)."""

    prefix: tuple[str, ...] = ()
    shell: tuple[str, ...] = ("dash",)
    quoted: bool = False
    directory: str | None = None

    def run(self, script: Script) -> Reply:
        """Every call in its own process, up to the first that fails."""
        out, err = b"", b""
        for call in script.calls:
            done = self._call(call)
            out, err = out + done.stdout, err + done.stderr
            if done.returncode:
                return Reply(done.returncode, out, err)
        return Reply(0, out, err)

    def _call(self, call: Call) -> subprocess.CompletedProcess[bytes]:
        settings = [f"{key}={value}" for key, value in call.env]
        argv = ["env", *settings, *self.shell, "-c", source_of(call.fragment), "sh", *call.args]
        if self.quoted:
            argv = [shlex.join(argv)]
        return subprocess.run(
            [*self.prefix, *argv],
            input=_payload(call),
            capture_output=True,
            timeout=call.timeout or 60,
            check=False,
            cwd=self.directory,
        )


@dataclass(frozen=True)
class Converged:
    """What one pass did: the plan's changes, and the outcome."""

    changes: tuple[Change, ...]
    outcome: Outcome

    @property
    def plan(self) -> list[str]:
        return [str(change) for change in self.changes]


def plan(runner: Runner, name: str, given: Mapping[str, Any]) -> tuple[Change, ...]:
    """What a resource would change now."""
    module, args = _resource(name, given)
    return tuple(module.diff(args, module.parse(args, runner.run(module.probe(args)))))


def converge(runner: Runner, name: str, given: Mapping[str, Any]) -> Converged:
    """Probe, diff, apply and conclude a resource once."""
    module, args = _resource(name, given)
    state = module.parse(args, runner.run(module.probe(args)))
    changes = tuple(module.diff(args, state))
    if not changes:
        return Converged(changes, module.report(args, state))
    script = Script()
    for change in changes:
        script += change.script
    reply = runner.run(script)
    if module.conclude is not None:
        return Converged(changes, module.conclude(args, state, reply))
    return Converged(changes, module.report(args, state) if reply.ok else failure(reply))


def _resource(name: str, given: Mapping[str, Any]) -> tuple[Resource[Any, Any], Any]:
    module = load(name)
    assert isinstance(module, Resource)
    return module, coerce(module.args, name, given)


@cache
def lab() -> dict[str, Any]:
    """Addresses and keys of the running lab, as `scripts/lab env` prints them."""
    command = [str(ROOT / "scripts/lab"), "env"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    known: dict[str, Any] = json.loads(text)
    return known


def on(node: str, user: str = "root", shell: Sequence[str] = ("sh",)) -> Runner:
    """A runner on a host of the lab; connections are shared and end a while after the last."""
    known = lab()
    share = f"/run/deploy-test-{known['name']}-%C"
    prefix = ("ssh", "-F", known["ssh_config"], "-o", "ControlMaster=auto", "-o",
              f"ControlPath={share}", "-o", "ControlPersist=20", "-l", user, node)  # fmt: skip
    return Runner(prefix, tuple(shell), quoted=True)
