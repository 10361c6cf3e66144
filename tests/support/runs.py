"""Runs of the real engine against simulated hosts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployer import modules
from deployer.engine.run import Order, run
from deployer.engine.settings import Settings
from deployer.inventory import Draft
from deployer.language.loader import Loader
from deployer.model.events import RunFinished, Tally
from deployer.model.result import Result
from deployer.model.script import Fragment
from deployer.templating import OMIT
from deployer.testing import Behaviour, Recorder, SimulatedConnector, SimulatedHost
from deployer.variables import RunSettings


@dataclass(frozen=True)
class Ran:
    """What came of a run. `exchanges` counts those of all hosts."""

    code: int
    results: list[tuple[int, str, Result]]
    by_host: dict[str, list[Result]]
    recap: Mapping[str, Tally]
    exchanges: int
    recorder: Recorder


def play_on(
    tmp_path: Path,
    text: str,
    states: Sequence[dict[str, str]],
    behaviours: Mapping[Fragment, Behaviour],
    *,
    known: Collection[str] = (),
    away: Collection[str] = (),
    **settings: Any,
) -> Ran:
    """Run a playbook on hosts h0, h1, … with these states, one exchange at a time; those that are
    `away` cannot be reached."""
    path = tmp_path / "play.yml"
    path.write_text(text)
    draft = Draft()
    hosts = {}
    for index, state in enumerate(states):
        draft.add_host(f"h{index}")
        reachable = f"h{index}" not in away
        hosts[f"h{index}"] = SimulatedHost(state, behaviours, reachable)
    loader = Loader(modules.names() | set(known))
    order = Order(
        plays=loader.playbooks([path]).plays,
        loader=loader,
        inventory=draft.freeze(),
        connector=SimulatedConnector(hosts),
        settings=Settings(**{"forks": 1, **settings}),
        magic=RunSettings(omit=OMIT),
    )
    recorder = Recorder()
    code = run(order, [recorder], lambda ask: "")
    finished = recorder.of(RunFinished)[0]
    assert isinstance(finished, RunFinished)
    exchanges = sum(len(host.log) for host in hosts.values())
    results, by_host = recorder.results(), recorder.by_host()
    return Ran(code, results, by_host, finished.recap, exchanges, recorder)
