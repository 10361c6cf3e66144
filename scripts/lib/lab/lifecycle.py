"""Up, reset and down: the story of a lab."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from lab import cgroups, host, keys, needs, network
from lab import state as states
from lab.cache import purge
from lab.layout import CHECKOUT, LOCKS, STATE, Layout, all_labs
from lab.roots import Roots, ensure_roots
from lab.shell import locked, remove_tree
from lab.state import Node, State

DEFAULT_NODES = 3


def up(layout: Layout, count: int | None, fresh: bool, systemd: bool) -> State:
    """Bring up what is not up yet; an up lab stays as it is."""
    needs.install_missing()
    ensure_roots(systemd)
    with locked(layout.lock_file):
        if fresh or not is_whole(layout):
            clear(layout)
        state = extend(layout, states.load(layout), count, systemd)
        roots = roots_of(state)
        create_switch(layout, state)
        idle = [node for node in state.nodes if not host.is_running(layout, node.name)]
        each(idle, lambda node: boot(layout, state, node, roots))
        each(state.nodes, lambda node: host.wait_ready(layout, node))
    return state


def is_whole(layout: Layout) -> bool:
    """Whether state, switch and a living host are there; else all is left from a crash."""
    if states.load(layout) is None or not network.switch_exists(layout):
        return False
    return any(cgroups.processes(layout, node) for node in cgroups.known_nodes(layout))


def extend(layout: Layout, state: State | None, count: int | None, systemd: bool) -> State:
    """The stored state, made or enlarged to `count` nodes, with its keys and files."""
    with locked(LOCKS / "networks"):
        if state is None:
            address = network.free_network(layout)
            state = State(layout.name, str(CHECKOUT), needs.owner(), address, ())
        present = len(state.of_kind(states.DOCKER))
        count = max(present, count or present or DEFAULT_NODES)
        systemd = systemd or bool(state.of_kind(states.SYSTEMD))
        state = replace(state, nodes=states.wanted_nodes(state.network, count, systemd))
        layout.directory.mkdir(parents=True, exist_ok=True)
        states.save(layout, state)
    keys.create_login_key(layout, state.owner)
    for node in state.nodes:
        layout.node(node.name).mkdir(parents=True, exist_ok=True)
        keys.create_host_key(layout, node.name)
    keys.write_client_files(layout, state)
    return state


def create_switch(layout: Layout, state: State) -> None:
    """Make the switch; not while another lab tidies the directory of namespaces."""
    with locked(LOCKS / "networks"):
        network.create_switch(layout, state)


def roots_of(state: State) -> Roots:
    """What the lab's hosts boot from."""
    return ensure_roots(systemd=bool(state.of_kind(states.SYSTEMD)))


def boot(layout: Layout, state: State, node: Node, roots: Roots) -> None:
    """Start a host; one that was powered off keeps its disk."""
    host.stop(layout, node.name)
    if not host.is_prepared(layout, node.name):
        host.prepare(layout, state, node, roots)
    host.start(layout, state, node)


def reset(layout: Layout, names: list[str]) -> None:
    """Give hosts a new disk, as fast as possible; keys and addresses stay."""
    with locked(layout.lock_file):
        state = states.loaded(layout)
        roots = roots_of(state)
        nodes = [state.node(name) for name in names] or list(state.nodes)
        create_switch(layout, state)
        each(nodes, lambda node: host.stop(layout, node.name))
        each(nodes, lambda node: host.prepare(layout, state, node, roots))
        each(nodes, lambda node: host.start(layout, state, node))
        each(nodes, lambda node: host.wait_ready(layout, node))


def down(layout: Layout) -> None:
    """End the lab; nothing of it is left."""
    with locked(layout.lock_file):
        clear(layout)


def clear(layout: Layout) -> None:
    """Remove all that bears the lab's name, whatever a crashed run left of it."""
    prefix = len(layout.netns(""))
    spaces = {name[prefix:] for name in network.namespaces(layout)} - {"switch"}
    each(sorted(cgroups.known_nodes(layout) | spaces), lambda node: host.stop(layout, node))
    network.remove_switch(layout)
    remove_tree(layout.directory)
    with locked(LOCKS / "networks"):
        network.tidy_namespace_directory()
        if STATE.is_dir() and not any(STATE.iterdir()):
            STATE.rmdir()


def down_orphans() -> list[str]:
    """End the labs whose checkout is gone."""
    ended = []
    for layout in all_labs():
        state = states.load(layout)
        if state is None or not Path(state.checkout).is_dir():
            down(layout)
            ended.append(layout.name)
    return ended


def purge_cache() -> None:
    """Remove from the cache what no lab's hosts stand on."""
    files = [path for layout in all_labs() for path in (layout.directory / "nodes").glob("*/lower")]
    lowers = [Path(lower) for path in files for lower in path.read_text().strip().split(":")]
    purge({lower.parent.name for lower in lowers})


def each(nodes: Iterable[object], action: Callable[..., None]) -> None:
    """Do something to all hosts at once; the first error is raised after all are done."""
    with ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(action, node) for node in nodes]
    for future in futures:
        future.result()
