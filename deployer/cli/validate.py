"""What can be said about a playbook before anything runs: arguments that modules do not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from deployer import modules
from deployer.language.playbook import Block, LoadedPlaybook, Play, RoleUse, Step, Task
from deployer.model.diagnostic import Diagnostic, Severity
from deployer.model.errors import LoadError
from deployer.model.source import SourceMap, Template
from deployer.sdk.arguments import arguments_of, check_names


def check_arguments(loaded: LoadedPlaybook) -> list[Diagnostic]:
    """Warnings about modules that nobody knows. Raises LoadError with every wrong argument."""
    problems = []
    for play in loaded.plays:
        for task in tasks_of(play):
            problems += _check(task)
    if problems:
        raise LoadError(problems)
    return [
        Diagnostic(f"there is no module `{unknown.name}`", unknown.position, unknown.help,
                   Severity.WARNING)
        for unknown in loaded.unknown_modules
    ]  # fmt: skip


def _check(task: Task) -> list[Diagnostic]:
    try:
        module = modules.load(task.module)
    except KeyError:
        return []
    if task.include is not None or task.args_template is not None:
        return []
    given = SourceMap(task.args, task.args.origin or task.origin, task.args.keys_at)
    if task.free_form is not None:
        name = next((each.name for each in arguments_of(module.args) if each.free_form), None)
        if name is None:
            fix = "give its arguments as a mapping"
            return [Diagnostic(f"`{task.module}` takes no free text", task.free_form.origin, fix)]
        given[name] = task.free_form
    wrong = check_names(module.args, task.module, given)
    return [Diagnostic(each.message, each.position or task.origin, each.help) for each in wrong]


def tasks_of(play: Play) -> Iterator[Task]:
    """Every task of a play that can be known without running it, handlers and roles included."""
    yield from _flat(play.pre_tasks)
    for use in play.roles:
        yield from _of_role(use)
    yield from _flat(play.tasks)
    yield from _flat(play.post_tasks)
    yield from _flat(play.handlers)


def _of_role(use: RoleUse) -> Iterator[Task]:
    for dependency in use.role.dependencies:
        yield from _of_role(dependency)
    yield from _flat(use.role.tasks)
    yield from _flat(use.role.handlers)


def _flat(steps: Iterable[Step]) -> Iterator[Task]:
    for step in steps:
        if isinstance(step, Task):
            yield step
            continue
        assert isinstance(step, Block)
        if step.role_use is not None:
            yield from _of_role(step.role_use)
        for part in (step.block, step.rescue, step.always):
            yield from _flat(part)


__all__ = ["Template", "check_arguments", "tasks_of"]
