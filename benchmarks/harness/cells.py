"""Runs the tools side by side: for each cell every tool in turn, and that some times over."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from harness.hosts import Hosts
from harness.measure import Spent, spend
from harness.proxy import Proxy
from harness.tools import TOOLS, Job, Tool
from harness.workloads import FILES


@dataclass(frozen=True)
class Cell:
    """WORKLOAD:HOSTS:RTT, the round-trip time in milliseconds; 0 goes without the proxy."""

    workload: str
    count: int
    rtt: float

    @classmethod
    def read(cls, text: str) -> Cell:
        """From `W3:50:0`. Raises ValueError."""
        workload, count, rtt = text.split(":")
        if workload not in FILES:
            raise ValueError(f"no workload `{workload}`: {', '.join(FILES)}")
        return cls(workload, int(count), float(rtt))

    def __str__(self) -> str:
        return f"{self.workload}:{self.count}:{self.rtt:g}"


@dataclass(frozen=True)
class Figures:
    """The medians of one tool in one cell."""

    tool: str
    runs: int
    wall: float
    cpu: float
    memory: float
    turns: float | None
    right: bool

    @classmethod
    def of(cls, tool: str, runs: Sequence[Spent]) -> Figures:
        turns = [run.turns for run in runs if run.turns is not None]
        return cls(
            tool,
            len(runs),
            median(run.wall for run in runs),
            median(run.cpu for run in runs),
            max(run.memory for run in runs),
            median(turns) if turns else None,
            all(run.right for run in runs),
        )


class Bench:
    """Hosts, proxy and workloads, ready to be measured."""

    def __init__(self, hosts: Hosts, proxy: Proxy, folder: Path, scratch: Path) -> None:
        self.hosts = hosts
        self.proxy = proxy
        self.folder = folder
        self.scratch = scratch

    def cell(
        self, cell: Cell, tools: Sequence[str], repeat: int, budget: float
    ) -> Iterator[Figures]:
        """All tools in one cell, in turn so that all meet the same machine.

        A tool that has used up `budget` seconds is not repeated.
        """
        runs: dict[str, list[Spent]] = {tool: [] for tool in tools}
        used = dict.fromkeys(tools, 0.0)
        again = FILES[cell.workload][1]
        if again:
            self.hosts.reset(cell.count)
        for _ in range(repeat):
            for name in tools:
                if runs[name] and used[name] > budget:
                    continue
                began = time.monotonic()
                if again and not runs[name]:
                    self._first(TOOLS[name], cell)
                if not again:
                    self.hosts.reset(cell.count)
                runs[name].append(self._run(TOOLS[name], cell))
                used[name] += time.monotonic() - began
        for name in tools:
            yield Figures.of(name, runs[name])

    def _first(self, tool: Tool, cell: Cell) -> None:
        """What "again" repeats: done by ssh where any tool may find it done, else by the tool."""
        cold = next(
            name
            for name, (file, again) in FILES.items()
            if file == FILES[cell.workload][0] and not again
        )
        maker = TOOLS["ssh"] if cell.workload == "W3" else tool
        self._run(maker, replace(cell, workload=cold, rtt=0.0))

    def _run(self, tool: Tool, cell: Cell) -> Spent:
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        job = self._job(cell)
        self.proxy.rtt = cell.rtt / 1000
        time.sleep(2 * self.proxy.rtt)  # what the run before has sent is through
        self.proxy.reset()
        spent = spend(tool.command(job), tool.environment, self.scratch)
        turns = self.proxy.turns() if job.delayed else None
        right = spent.code == 0 and tool.proves(job, spent.output) and self._as_wanted(cell)
        if not right:
            last = "\n".join(line[:200] for line in spent.output.splitlines()[-6:])
            print(f"-- {tool.name} {cell}: exit {spent.code}\n{last}", file=sys.stderr)
        return replace(spent, turns=turns, right=right)

    def _job(self, cell: Cell) -> Job:
        return Job(cell.workload, cell.count, cell.rtt > 0, self.folder, self.scratch, self.hosts)

    def _as_wanted(self, cell: Cell) -> bool:
        """Whether the script by hand finds what the tool should have made, on the first host."""
        if FILES[cell.workload][0] != "app":
            return True
        job = replace(self._job(Cell("W3", 1, 0.0)), scratch=self.scratch)
        check = spend(TOOLS["ssh"].command(job), {}, self.scratch)
        return check.output.split() == ["unchanged"]
