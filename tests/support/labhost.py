"""A lab host on which modules run as `shell.Host` runs them here: each call by `ssh`.

No part of our own transport is used, so that these tests judge modules alone.
"""

from __future__ import annotations

import functools
import json
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployer.model.change import Change, Outcome
from deployer.model.script import Call, Reply, Script
from deployer.modules import load
from deployer.sdk import Resource, coerce
from tests.support.shell import Host, payload, source_of

ROOT = Path(__file__).resolve().parents[2]


@functools.cache
def described(name: str) -> dict[str, Any]:
    """Addresses and keys of a running lab, as `scripts/lab env` prints them."""
    command = [str(ROOT / "scripts/lab"), "--name", name, "env"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    known: dict[str, Any] = json.loads(text)
    return known


class LabHost(Host):
    """A node of the lab of that name. The connection is shared, and ends after the last call."""

    def __init__(self, lab: str, node: str, user: str = "root", shell: str = "sh") -> None:
        super().__init__((shell,))
        share = f"/run/deploy-test-{lab}-%C"
        options = ("ControlMaster=auto", f"ControlPath={share}", "ControlPersist=20")
        flags = [word for option in options for word in ("-o", option)]
        self.prefix = ["ssh", "-F", described(lab)["ssh_config"], *flags, "-l", user, node]

    def run(self, script: Script) -> Reply:
        out, err = b"", b""
        for call in script.calls:
            reply = self._call(call)
            out, err = out + reply.stdout, err + reply.stderr
            if not reply.ok:
                return Reply(reply.code, out, err)
        return Reply(0, out, err)

    def _call(self, call: Call) -> Reply:
        settings = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        settings += [f"{key}={value}" for key, value in call.env]
        source = source_of(call.fragment)
        words = ["env", *settings, *self.shell, "-c", source, "deploy", *call.args]
        done = subprocess.run(
            [*self.prefix, shlex.join(words)],
            input=payload(call.stdin),
            capture_output=True,
            timeout=call.timeout or 90,
            check=False,
        )
        return Reply(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Converged:
    """One pass of a resource: the lines of its plan, and its outcome."""

    plan: list[str]
    outcome: Outcome


def _resource(name: str, given: Mapping[str, Any]) -> tuple[Resource[Any, Any], Any]:
    module = load(name)
    assert isinstance(module, Resource)
    return module, coerce(module.args, name, given)


def plan(host: Host, name: str, given: Mapping[str, Any]) -> tuple[Change, ...]:
    """What a resource would change now."""
    return tuple(host.plan(*_resource(name, given)))


def converge(host: Host, name: str, given: Mapping[str, Any]) -> Converged:
    """Probe, diff, apply and conclude once."""
    return Converged(*host.apply(*_resource(name, given)))


def settle(host: Host, name: str, given: Mapping[str, Any]) -> list[str]:
    """Converge; the second look finds nothing to do (law 1). Returns the plan."""
    return host.converge(*_resource(name, given))[0]
