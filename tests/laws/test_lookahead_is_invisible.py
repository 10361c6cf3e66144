"""Law 3: window 1 and window 64, chained or not, give equal results, events and states.

Random entangled playbooks are run by the real engine against simulated hosts; `--lookahead 1`
(task by task) is the oracle.
"""

from __future__ import annotations

import json
import random

import pytest

from deployer import modules
from deployer.engine.run import Order, run
from deployer.engine.settings import Settings
from deployer.inventory import Draft, Inventory
from deployer.language.loader import Loader
from deployer.model.events import RunFinished
from deployer.templating import OMIT
from deployer.testing import Recorder, SimulatedConnector, SimulatedHost
from deployer.variables import RunSettings
from tests.laws.toys import BEHAVIOURS, TOYS

KEYS = "pqrstu"


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    real = modules.load
    monkeypatch.setattr(modules, "load", lambda name: TOYS[name] if name in TOYS else real(name))


def inventory(names) -> Inventory:
    draft = Draft()
    for name in names:
        draft.add_host(name)
    return draft.freeze()


def random_task(rng: random.Random, number: int, registered: list[str], notify: bool) -> dict:
    task = random_action(rng, number, registered)
    if rng.random() < 0.4:
        task["register"] = f"r{number}"
    if registered and rng.random() < 0.3:
        task["when"] = f"{rng.choice(registered)} is changed"
    if notify and "set_fact" not in task and rng.random() < 0.25:
        task["notify"] = rng.choice(["first", "second"])
    if rng.random() < 0.05 and "register" in task and "toy_bump" in task:
        task["failed_when"] = f"r{number}.stdout == '+'"
        task["ignore_errors"] = True
    return task


def random_action(rng: random.Random, number: int, registered: list[str]) -> dict:
    kind = rng.random()
    key, source = rng.choice(KEYS), rng.choice(KEYS)
    if kind < 0.60:
        value = rng.choice(["a", "b", "c"])
        if registered and rng.random() < 0.15:
            value = "{{ " + rng.choice(registered) + ".changed | string }}"
        task = {"toy_set": {"key": key, "value": value}}
        if rng.random() < 0.6:
            task["toy_set"]["source"] = source
        if rng.random() < 0.04:
            task["toy_set"]["value"] = "broken"
            task["ignore_errors"] = rng.random() < 0.7
    elif kind < 0.80:
        task = {"toy_bump": {"key": key, "source": source}}
        if rng.random() < 0.4:
            task["toy_bump"]["unless"] = rng.choice(KEYS)
        elif rng.random() < 0.3:
            task = {"toy_judge": task["toy_bump"], "ignore_errors": rng.random() < 0.5}
    elif kind < 0.9:
        task = {"toy_set": {"key": "{{ item }}", "value": rng.choice("abc"), "source": source}}
        task["loop"] = rng.sample(KEYS, 3)
    else:
        task = {"set_fact": {f"fact{number}": rng.choice("abc")}}
    return task


def random_play(rng: random.Random, length: int, strategy: str = "linear") -> str:
    registered: list[str] = []
    tasks: list[dict] = []
    for number in range(length):
        task = random_task(rng, number, registered, notify=True)
        if "register" in task:
            registered.append(task["register"])
        if rng.random() < 0.06:
            tasks.append({"meta": "flush_handlers"})
        if rng.random() < 0.08:
            rescue = [random_task(rng, 1000 + number, [], notify=False)]
            task = {"block": [task], "rescue": rescue, "always": [{"ping": {}}]}
            task["rescue"][0].pop("register", None)
        tasks.append(task)
    handlers = [
        {"name": "first", "toy_set": {"key": "p", "value": "h", "source": "q"}},
        {"name": "second", "toy_bump": {"key": "q", "source": "p"}},
    ]
    play = {"hosts": "all", "gather_facts": False, "tasks": tasks, "handlers": handlers}
    return json.dumps([play | {"strategy": strategy}])


def play_on(tmp_path, text, states, *, lookahead, check=False):
    """Run it on hosts with these states; gives results, final states, exchanges, exit code."""
    path = tmp_path / "play.yml"
    path.write_text(text)
    names = [f"h{index}" for index in range(len(states))]
    hosts = {
        name: SimulatedHost(state, BEHAVIOURS) for name, state in zip(names, states, strict=True)
    }
    loader = Loader(modules.names() | set(TOYS))
    order = Order(
        plays=loader.playbooks([path]).plays,
        loader=loader,
        inventory=inventory(names),
        connector=SimulatedConnector(hosts),
        settings=Settings(lookahead=lookahead, check=check, forks=1),
        magic=RunSettings(omit=OMIT),
    )
    recorder = Recorder()
    code = run(order, [recorder], lambda ask: "")
    exchanges = sum(len(host.log) for host in hosts.values())
    recap = [event.recap for event in recorder.of(RunFinished)]
    return recorder.results(), recap, code, exchanges, recorder.by_host()


def compare(tmp_path, text, states, shared=False, free=False):
    def fresh():
        if shared:
            one = dict(states[0])
            return [one] * len(states)
        return [dict(state) for state in states]

    slow, fast = fresh(), fresh()
    one = play_on(tmp_path, text, slow, lookahead=1)
    many = play_on(tmp_path, text, fast, lookahead=64)
    # Without lock-step the numbers of tasks depend on who comes first.
    at = 4 if free else 0
    assert many[at] == one[at], text
    assert many[1:3] == one[1:3], text
    assert fast == slow, text
    assert many[3] <= one[3], "lookahead never costs an exchange more"
    return one[3], many[3]


@pytest.mark.parametrize("seed", range(300))
def test_one_host(tmp_path, seed):
    rng = random.Random(seed)
    text = random_play(rng, rng.randint(5, 25))
    state = {key: rng.choice(["", "a", "b", "c"]) for key in KEYS}
    compare(tmp_path, text, [state])


@pytest.mark.parametrize("seed", range(100))
def test_several_hosts_of_their_own(tmp_path, seed):
    rng = random.Random(10_000 + seed)
    text = random_play(rng, rng.randint(5, 20))
    states = [{key: rng.choice(["", "a", "b"]) for key in KEYS} for _ in range(3)]
    compare(tmp_path, text, states)


@pytest.mark.parametrize("seed", range(60))
def test_free_hosts_chain_as_well(tmp_path, seed):
    rng = random.Random(20_000 + seed)
    text = random_play(rng, rng.randint(5, 20), strategy="free")
    states = [{key: rng.choice(["", "a", "b"]) for key in KEYS} for _ in range(2)]
    compare(tmp_path, text, states, free=True)


@pytest.mark.parametrize("seed", range(150))
def test_hosts_that_share_state(tmp_path, seed):
    """Each host writes its own keys and reads those of the others (a swarm, a shared disk).

    No step reads what it also writes: within one step the outcome is a race in every runner.
    """
    rng = random.Random(30_000 + seed)
    (play,) = json.loads(random_play(rng, rng.randint(5, 20)))
    steps = [part for task in play["tasks"] for part in flat(task)]
    for number, task in enumerate([*steps, *play["handlers"]]):
        separate(rng, task, *(("pqr", "stu") if number % 2 else ("stu", "pqr")))
    state = {f"h{host}{key}": rng.choice(["", "a", "b"]) for host in range(3) for key in KEYS}
    compare(tmp_path, json.dumps([play]), [state] * 3, shared=True)


def flat(task):
    parts = [part for key in ("block", "rescue", "always") for part in task.get(key, [])]
    return [task, *parts]


def separate(rng, task, written, read):
    """Let a task write its own host's keys of one set, and read any host's of another."""
    args = task.get("toy_set") or task.get("toy_bump") or task.get("toy_judge")
    if args is None:
        return
    if "loop" in task:
        task["loop"] = list(written)
        args["key"] = "{{ inventory_hostname }}{{ item }}"
    else:
        args["key"] = "{{ inventory_hostname }}" + rng.choice(written)
    for name in ("source", "unless"):
        if name in args:
            args[name] = rng.choice(["h0", "h1", "h2"]) + rng.choice(read)


def test_nothing_to_change_costs_one_exchange(tmp_path):
    text = (
        '[{"hosts": "all", "gather_facts": false, "tasks": ['
        + ", ".join(f'{{"toy_set": {{"key": "{key}", "value": "a"}}}}' for key in KEYS)
        + "]}]"
    )
    state = dict.fromkeys(KEYS, "a")
    _, _, _, exchanges, _ = play_on(tmp_path, text, [state], lookahead=64)
    assert exchanges == 1


def test_all_changes_of_one_host_go_together(tmp_path):
    text = (
        '[{"hosts": "all", "gather_facts": false, "tasks": ['
        + ", ".join(f'{{"toy_set": {{"key": "{key}", "value": "a"}}}}' for key in KEYS)
        + "]}]"
    )
    state: dict[str, str] = {}
    _, _, _, exchanges, _ = play_on(tmp_path, text, [state], lookahead=64)
    assert exchanges == 2
    assert state == dict.fromkeys(KEYS, "a")
