"""`--start-at-task`: leave out what comes before a task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

from deployer.engine.program import Flush, Node, Program, Section, Step


def starting_at(program: Program, name: str) -> Program | None:
    """The program from the first task of that name (or wildcard) on; None if there is none.

    Facts are still gathered, as the tasks behind need them.
    """
    nodes = _from(program.nodes, name)
    if nodes is None:
        return None
    first = program.nodes[0] if program.nodes else None
    gathering = isinstance(first, Step) and first.task.module == "setup"
    kept = (first,) if gathering and first is not None and nodes[0] is not first else ()
    return replace(program, nodes=(*kept, *nodes))


def _from(nodes: tuple[Node, ...], name: str) -> tuple[Node, ...] | None:
    for index, node in enumerate(nodes):
        if isinstance(node, Flush):
            continue
        if isinstance(node, Step):
            own = str(node.task.name or "")
            if own == name or fnmatchcase(own, name):
                return nodes[index:]
            continue
        block = _from(node.block, name)
        if block is not None:
            return (Section(block, node.rescue, node.always), *nodes[index + 1 :])
    return None


def names_in(nodes: Iterable[Node]) -> Iterator[str]:
    """The names of all tasks."""
    for node in nodes:
        if isinstance(node, Step):
            yield str(node.task.name or "")
        elif not isinstance(node, Flush):
            yield from names_in((*node.block, *node.rescue, *node.always))
