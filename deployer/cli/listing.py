"""`--list-tasks`, `--list-tags`, `--list-hosts`: what a run would be about, as ansible-playbook
prints it. Nothing is contacted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from deployer.cli.screens import stderr_screen
from deployer.engine.compile import Compiler
from deployer.engine.program import Node, Section, Step
from deployer.engine.run import Order
from deployer.inventory import select
from deployer.language.playbook import Play
from deployer.output.source import report
from deployer.templating import Renderer, Scope

if TYPE_CHECKING:
    from deployer.cli.app import App


def list_what(app: App, order: Order) -> None:
    """Print what was asked for; only the names of the playbooks with `--syntax-check`."""
    flags = app.flags
    for name in order.playbooks:
        print(f"\nplaybook: {name}")
        if not (flags.list_tasks or flags.list_tags or flags.list_hosts):
            continue
        for number, play in enumerate(order.loader.playbooks([name]).plays, 1):
            _play(app, order, number, play)


def _play(app: App, order: Order, number: int, play: Play) -> None:
    patterns = _patterns(order, play)
    hosts = ",".join(patterns)
    tags = sorted(str(tag) for tag in play.tags)
    print(f"\n  play #{number} ({hosts}): {play.name or hosts}\tTAGS: [{','.join(tags)}]")
    if app.flags.list_hosts:
        _hosts(app, order, patterns)
    compiler = Compiler(play, tags=order.settings.tags)
    steps = list(_steps(compiler.program(gather=False).nodes))
    if app.flags.list_tasks:
        print("    tasks:")
        for step in steps:
            print(f"      {_title(step)}\tTAGS: [{', '.join(_tags([step]))}]")
    if app.flags.list_tags:
        found = sorted({*tags, *_tags(steps)})
        print(f"      TASK TAGS: [{', '.join(found)}]")


def _patterns(order: Order, play: Play) -> list[str]:
    """`hosts:` with what extra variables and the play's own say."""
    scope = Scope({**play.vars, **order.settings.extra_vars})
    renderer = Renderer()
    found = [renderer.render(word, scope) for word in play.hosts]
    return [str(word) for part in found for word in (part if isinstance(part, list) else [part])]


def _hosts(app: App, order: Order, patterns: list[str]) -> None:
    chosen = select(order.inventory, patterns, limit=order.limit)
    stderr_screen(no_color=app.flags.no_color).show(*report(chosen.warnings))
    print(f"    pattern: {patterns}")
    print(f"    hosts ({len(chosen.hosts)}):")
    for name in chosen.hosts:
        print(f"      {name}")


def _steps(nodes: Iterable[Node]) -> Iterator[Step]:
    for node in nodes:
        if isinstance(node, Step) and node.task.module != "meta":
            yield node
        elif isinstance(node, Section):
            yield from _steps((*node.block, *node.rescue, *node.always))


def _title(step: Step) -> str:
    name = str(step.task.name or step.task.action or step.task.module)
    return f"{step.role.name} : {name}" if step.role else name


def _tags(steps: Iterable[Step]) -> list[str]:
    return sorted({str(tag) for step in steps for tag in step.keywords.tags})
