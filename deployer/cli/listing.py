"""`--list-tasks`, `--list-tags`, `--list-hosts`: what a run would be about."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable

from deployer.cli.exits import Exit
from deployer.engine.compile import Compiler
from deployer.engine.program import Node, Section, Step
from deployer.engine.run import Order
from deployer.inventory import select
from deployer.language.playbook import Play


def list_what(order: Order, flags: Namespace) -> int:
    """Print what was asked for; nothing is contacted."""
    for number, play in enumerate(order.plays, 1):
        hosts = ",".join(str(word) for word in play.hosts)
        title = str(play.name or hosts)
        tags = ", ".join(str(tag) for tag in play.tags)
        print(f"\n  play #{number} ({hosts}): {title}\tTAGS: [{tags}]")
        if flags.list_hosts:
            _hosts(order, play)
        steps = list(_steps(Compiler(play, tags=order.settings.tags).program(gather=False).nodes))
        if flags.list_tasks:
            print("    tasks:")
            for step in steps:
                print(f"      {_title(step)}\tTAGS: [{', '.join(_tags([step]))}]")
        if flags.list_tags:
            print(f"      TASK TAGS: [{', '.join(_tags(steps))}]")
    return Exit.DONE


def _hosts(order: Order, play: Play) -> None:
    chosen = select(order.inventory, [str(word) for word in play.hosts], limit=order.limit)
    print(f"    pattern: {[str(word) for word in play.hosts]}")
    print(f"    hosts ({len(chosen.hosts)}):")
    for name in chosen.hosts:
        print(f"      {name}")


def _steps(nodes: Iterable[Node]) -> Iterable[Step]:
    for node in nodes:
        if isinstance(node, Step):
            yield node
        elif isinstance(node, Section):
            yield from _steps((*node.block, *node.rescue, *node.always))


def _title(step: Step) -> str:
    name = str(step.task.name or step.task.action or step.task.module)
    return f"{step.role.name} : {name}" if step.role else name


def _tags(steps: Iterable[Step]) -> list[str]:
    return sorted({str(tag) for step in steps for tag in step.keywords.tags})
