"""How the hosts of a batch go through a program: `linear` in lock-step, `free` each on its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deployer.engine.cluster import run_cluster
from deployer.engine.conductor import Conductor
from deployer.engine.includes import Includer
from deployer.engine.outcomes import failed
from deployer.engine.preparing import find_module
from deployer.engine.program import Flush, Step
from deployer.engine.progress import after, fail_others, flush, mirror, obey, pass_over
from deployer.engine.requests import Steps
from deployer.engine.runtime import Runtime
from deployer.engine.settling import settle
from deployer.engine.state import HostRun
from deployer.engine.turn import take_turn
from deployer.model.result import Result
from deployer.model.values import dataclass
from deployer.sdk.kinds import Cluster

#: Modules that run once for all hosts of a batch, as in Ansible.
_ONCE = frozenset({"add_host", "pause"})


@dataclass(slots=True)
class Strategy:
    """Runs a batch. `hosts` are its hosts in the order of the play."""

    run: Runtime
    conductor: Conductor
    includer: Includer
    hosts: list[HostRun]

    def linear(self) -> Iterator[None]:
        """Task by task; yields after each task, so that the caller may end the batch."""
        while group := self._furthest_behind():
            node = group[0].cursor.at
            assert node is not None
            if isinstance(node, Flush):
                for host in group:
                    flush(self.run, host)
                continue
            if not (group := pass_over(group, node)):
                continue
            self._step(group, node)
            yield

    def _furthest_behind(self) -> list[HostRun]:
        """The hosts that stand at the first of all places, on the same step."""
        active = [host for host in self.hosts if host.active]
        if not active:
            return []
        first = min(active, key=lambda host: host.cursor.key)
        key, node = first.cursor.key, first.cursor.at
        same = [host for host in active if host.cursor.key == key]
        if isinstance(node, Flush):
            return [host for host in same if isinstance(host.cursor.at, Flush)]
        return [host for host in same if host.cursor.at is node]

    def _step(self, group: Sequence[HostRun], step: Step) -> None:
        self.run.begin(step)
        for host in group:
            host.touched = host.wide = False
        if step.task.include is not None:
            self._include(group, step)
            return
        if isinstance(find_module(step.task.module), Cluster):
            takers, results = group, self._cluster(group, step)
        else:
            takers, results = self._turns(group, step)
        _void_stale(self.hosts)
        for host in group:
            after(self.run, host, step, results[host.name], ran=host in takers)
        fail_others(self.run, self.hosts, step, results)
        for host in group:
            obey(self.run, host, step, self.hosts)

    def _turns(
        self, group: Sequence[HostRun], step: Step
    ) -> tuple[Sequence[HostRun], dict[str, Result]]:
        """Each host's turn, all at once; or the first one's for all (`run_once`). Gives those
        that had a turn as well."""
        once = step.task.module in _ONCE
        once = once or self.run.flag_of(group[0], step, step.keywords.run_once)
        takers = group[:1] if once else group
        limit = self.run.throttle_of(group[0], step)
        turns = [(host.name, take_turn(self.run, host, step)) for host in takers]
        results = dict(self.conductor.run(turns, limit))
        if once:
            first = results[group[0].name]
            for host in group[1:]:
                results[host.name] = mirror(self.run, host, step, first)
        return takers, results

    def _cluster(self, group: Sequence[HostRun], step: Step) -> dict[str, Result]:
        turn = run_cluster(self.run, list(group), step)
        ((_, results),) = self.conductor.run([("cluster", turn)])
        for host in self.hosts:
            host.void()
        return results

    def _include(self, group: Sequence[HostRun], step: Step) -> None:
        # Of its own only: what a block around it says is for the tasks that it brings as well.
        once = self.run.flag_of(group[0], step, step.task.run_once)
        takers = group[:1] if once else group
        results = {host.name: include(self.run, self.includer, host, step) for host in takers}
        first = results[group[0].name]
        for host in group[len(takers) :]:
            results[host.name] = mirror(self.run, host, step, first)
            after(self.run, host, step, first, ran=False)
        fail_others(self.run, self.hosts, step, results)

    def free(self) -> Iterator[None]:
        """Each host as fast as it can; yields after each host's end."""
        programs = [(host.name, self._alone(host)) for host in self.hosts]
        for _ in self.conductor.run(programs):
            yield

    def _alone(self, host: HostRun) -> Steps[None]:
        """A host's whole way through the program."""
        while host.active:
            node = host.cursor.at
            assert node is not None
            if isinstance(node, Flush):
                flush(self.run, host)
                continue
            if not pass_over([host], node):
                continue
            self.run.begin(node)
            if node.task.include is not None:
                include(self.run, self.includer, host, node)
                continue
            if isinstance(find_module(node.task.module), Cluster):
                msg = f"`{node.task.module}` needs `strategy: linear`"
                result = settle(self.run, host, node, failed(msg))
            else:
                result = yield from take_turn(self.run, host, node)
            after(self.run, host, node, result)
            obey(self.run, host, node, [host])


def include(run: Runtime, includer: Includer, host: HostRun, step: Step) -> Result:
    """An include's turn: what it brings runs next on this host."""
    result, nodes = includer.include(run, host, step)
    run.telling.count((*nodes, *run.program.handlers))
    if result.failed and not result.ignored:
        after(run, host, step, result)
    else:
        host.cursor.insert(nodes)
    return result


def _void_stale(hosts: Sequence[HostRun]) -> None:
    """Whose snapshots a step's changes void: what was seen before the last change of any host.

    The only host that changed something has voided its own and looked again behind its change.
    Of several, each may have looked before another had finished (a shared disk, a swarm), so all
    look again; likewise after what may reach beyond its host.
    """
    changed = [host for host in hosts if host.touched]
    if len(hosts) == 1 or not changed:
        return
    everybody = len(changed) > 1 or any(host.wide for host in hosts)
    for host in hosts:
        if everybody or not host.touched:
            host.void()
        host.touched = host.wide = False
