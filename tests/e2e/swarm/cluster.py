"""Runs a module of the kind Cluster on lab hosts the way the engine does: in rounds."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from deployer.model.script import Reply, Script
from deployer.modules import load
from deployer.sdk import Cluster, ClusterChange, Outcome, Situation, coerce
from tests.support.labhost import LabHost


@dataclass
class Ran:
    """One pass: the plan's lines, the reply of each change, the outcome of each host."""

    plan: list[str] = field(default_factory=list)
    replies: list[tuple[ClusterChange, Reply]] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    again: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def failures(self) -> list[str]:
        return [f"{change.change}: {reply.err}" for change, reply in self.replies if not reply.ok]


class ClusterRunner:
    """`hosts` by their names in the inventory."""

    def __init__(self, name: str, hosts: Mapping[str, LabHost]) -> None:
        module = load(name)
        assert isinstance(module, Cluster)
        self.module: Cluster[Any, Any] = module
        self.hosts = hosts

    def look(self, args: Any) -> dict[str, Any]:
        names = [name for name in self.module.members(args, Situation()) if name in self.hosts]
        with ThreadPoolExecutor(8) as pool:
            probes = {name: self.module.probe(args, name) for name in names}
            replies = dict(zip(names, pool.map(self._run, probes.items()), strict=True))
        return {name: self.module.parse(args, name, reply) for name, reply in replies.items()}

    def _run(self, item: tuple[str, Script]) -> Reply:
        name, script = item
        return self.hosts[name].run(script)

    def plan(self, **given: Any) -> list[str]:
        args = coerce(self.module.args, self.module.name, given)
        return [str(step.change) for step in self.module.plan(args, self.look(args))]

    def run(self, **given: Any) -> Ran:
        """Probe, plan, all rounds up to the first failure, then probe and plan once more."""
        args = coerce(self.module.args, self.module.name, given)
        started = time.monotonic()
        ran = Ran()
        changes = self.module.plan(args, self.look(args))
        ran.plan = [str(step.change) for step in changes]
        named: dict[str, Reply] = {}
        for number in sorted({step.round for step in changes}):
            if ran.failures:
                break
            self._round([step for step in changes if step.round == number], named, ran)
        states = self.look(args)
        ran.seconds = time.monotonic() - started
        if not ran.failures:
            ran.again = [str(step.change) for step in self.module.plan(args, states)]
        ran.outcomes = {name: self.module.report(args, name, states) for name in states}
        return ran

    def _round(self, steps: list[ClusterChange], named: dict[str, Reply], ran: Ran) -> None:
        by_host: dict[str, list[ClusterChange]] = {}
        for step in steps:
            by_host.setdefault(step.host, []).append(step)

        def on_host(mine: list[ClusterChange]) -> list[tuple[ClusterChange, Reply]]:
            done = []
            for step in mine:
                reply = self.hosts[step.host].run(step.script(named))
                done.append((step, reply))
                if not reply.ok:
                    break
            return done

        with ThreadPoolExecutor(8) as pool:
            for done in pool.map(on_host, by_host.values()):
                for step, reply in done:
                    ran.replies.append((step, reply))
                    if step.name:
                        named[step.name] = reply
