"""What can be said about a playbook before anything runs: arguments that modules do not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from deployer import modules
from deployer.language.playbook import Block, LoadedPlaybook, Play, RoleUse, Scope, Step, Task
from deployer.model.diagnostic import Diagnostic, Severity
from deployer.model.source import SourceMap
from deployer.output.source import place
from deployer.sdk.arguments import arguments_of, check_names


def wrong_arguments(loaded: LoadedPlaybook) -> list[Diagnostic]:
    """Arguments that their modules do not have, in every task that could be read."""
    problems: list[Diagnostic] = []
    for play in loaded.plays:
        for task, hidden in tasks_of(play):
            found = _check(task)
            problems += map(without_source, found) if hidden else found
    return problems


def unknown_modules(loaded: LoadedPlaybook) -> list[Diagnostic]:
    """Warnings about modules that nobody knows."""
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


def without_source(problem: Diagnostic) -> Diagnostic:
    """A problem of a task with `no_log`: its place in words, for the line itself may tell."""
    where = f"{place(problem.position)}: " if problem.position else ""
    return Diagnostic(where + problem.summary, None, problem.help, problem.severity)


def tasks_of(play: Play) -> Iterator[tuple[Task, bool]]:
    """Every task of a play that can be known without running it, handlers and roles included, and
    whether `no_log` stands on it or around it (as a template, it may)."""
    hidden = _hides(play, False)
    yield from _flat(play.pre_tasks, hidden)
    for use in play.roles:
        yield from _of_role(use, hidden)
    yield from _flat(play.tasks, hidden)
    yield from _flat(play.post_tasks, hidden)
    yield from _flat(play.handlers, hidden)


def _hides(scope: Scope, around: bool) -> bool:
    return around if scope.no_log is None else scope.no_log is not False


def _of_role(use: RoleUse, around: bool) -> Iterator[tuple[Task, bool]]:
    hidden = _hides(use, around)
    for dependency in use.role.dependencies:
        yield from _of_role(dependency, hidden)
    yield from _flat(use.role.tasks, hidden)
    yield from _flat(use.role.handlers, hidden)


def _flat(steps: Iterable[Step], around: bool) -> Iterator[tuple[Task, bool]]:
    for step in steps:
        hidden = _hides(step, around)
        if isinstance(step, Task):
            yield step, hidden
            continue
        assert isinstance(step, Block)
        if step.role_use is not None:
            yield from _of_role(step.role_use, hidden)
        for part in (step.block, step.rescue, step.always):
            yield from _flat(part, hidden)
