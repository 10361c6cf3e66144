"""The control groups of the hosts: one per host in every hierarchy.

They limit what Docker inside may see, and they are the one reliable list of
the processes that belong to a host, whatever became of its pid files.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.layout import Layout
from lab.shell import wait_until

TOP = "deploy-lab"
MOUNTS = Path("/proc/mounts")
HIDDEN = "-"


@dataclass(frozen=True)
class Hierarchy:
    """A mounted hierarchy; a machine has several old ones, or one unified, or both."""

    point: Path
    unified: bool


def hierarchies() -> list[Hierarchy]:
    """The machine's hierarchies."""
    found = []
    for line in MOUNTS.read_text().splitlines():
        _, point, kind, *_ = line.split()
        if kind in {"cgroup", "cgroup2"}:
            found.append(Hierarchy(Path(point), unified=kind == "cgroup2"))
    return found


def name_inside(hierarchy: Hierarchy, machine: list[Hierarchy], unified_only: bool) -> str:
    """Where below /sys/fs/cgroup a host sees it; '-' for not at all.

    Docker works with the old hierarchies where the machine has them, for the
    controllers are there; systemd takes none but the unified one.
    """
    only = unified_only or all(other.unified for other in machine)
    if hierarchy.unified:
        return "." if only else HIDDEN
    return HIDDEN if only else hierarchy.point.name


def points() -> list[Path]:
    """Where the machine's hierarchies are mounted."""
    return [hierarchy.point for hierarchy in hierarchies()]


def group(layout: Layout, point: Path, node: str) -> Path:
    """A host's group in one hierarchy."""
    return point / TOP / layout.name / node


def create(layout: Layout, node: str, unified_only: bool) -> list[tuple[Path, str]]:
    """Make a host's groups; returns each with its name inside the host."""
    made = []
    machine = hierarchies()
    if unified_only and not any(hierarchy.unified for hierarchy in machine):
        raise LabError("systemd needs cgroup2: mount it, say at /sys/fs/cgroup/unified")
    for hierarchy in machine:
        path = group(layout, hierarchy.point, node)
        for directory in (path.parent.parent, path.parent, path):
            delegate(directory.parent)
            directory.mkdir(exist_ok=True)
            inherit_cpuset(directory)
        made.append((path, name_inside(hierarchy, machine, unified_only)))
    return made


def delegate(directory: Path) -> None:
    """Version 2: let children of `directory` use each controller that it has."""
    control = directory / "cgroup.subtree_control"
    if not control.exists():
        return
    for controller in (directory / "cgroup.controllers").read_text().split():
        with suppress(OSError):
            control.write_text(f"+{controller}")


def inherit_cpuset(directory: Path) -> None:
    """Version 1: a new cpuset is empty and takes no process until it is filled."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        target = directory / name
        if (directory / "cgroup.clone_children").exists() and target.exists():
            target.write_text((directory.parent / name).read_text())


def processes(layout: Layout, node: str) -> set[int]:
    """The ids of all processes of a host, containers included."""
    found: set[int] = set()
    for point in points():
        for directory, _, _ in os.walk(group(layout, point, node)):
            with suppress(OSError):
                found.update(map(int, (Path(directory) / "cgroup.procs").read_text().split()))
    return found - {0}


def end_processes(layout: Layout, node: str) -> None:
    """Kill every process of a host, by its id, and wait until none is left."""

    def none_left() -> bool:
        alive = processes(layout, node)
        for pid in alive:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not alive

    wait_until(none_left, 20, f"end of the processes of {node}")


def known_nodes(layout: Layout) -> set[str]:
    """The hosts that have groups, also those that a crashed run left."""
    return {entry.name for point in points() for entry in children(point / TOP / layout.name)}


def children(path: Path) -> Iterator[Path]:
    """The groups below a group."""
    if path.is_dir():
        yield from (entry for entry in path.iterdir() if entry.is_dir())


def remove(layout: Layout, node: str) -> None:
    """Remove a host's groups, and the lab's own once they are empty."""
    for point in points():
        path = group(layout, point, node)
        for directory, _, _ in os.walk(path, topdown=False):
            remove_group(Path(directory))
        for parent in (path.parent, path.parent.parent):
            with suppress(OSError):
                parent.rmdir()


def remove_group(directory: Path) -> None:
    """Remove one group; the kernel may need a moment after its last process ended."""

    def removed() -> bool:
        try:
            directory.rmdir()
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    wait_until(removed, 10, f"removal of {directory}")
