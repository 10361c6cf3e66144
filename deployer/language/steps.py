"""Lists of tasks: blocks, tasks, handlers; `import_tasks` and `import_role` resolved in place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from deployer.language.action import Action, note_unknown, read_action
from deployer.language.coerce import is_template, kind_of
from deployer.language.context import UNREADABLE, Context, Place
from deployer.language.fields import (
    at_key,
    read_fields,
    read_options,
    unknown_key,
    value_at,
)
from deployer.language.includes import check_keywords, import_block, read_include, refuse_loop
from deployer.language.keywords import keywords_of
from deployer.language.names import LOOKUPS, LOOKUPS_LATER, STRUCTURAL, lookup_of
from deployer.language.options import Backoff, Loop, LoopControl
from deployer.language.playbook import Block, Handler, Include, Step, Task
from deployer.language.search import first_file, task_files
from deployer.model.diagnostic import did_you_mean
from deployer.model.source import Position, SourceList, SourceMap, Template, Value

_PARTS = ("block", "rescue", "always")
_FROM = {"tasks": "tasks_from", "vars": "vars_from"}
_FROM |= {"defaults": "defaults_from", "handlers": "handlers_from"}


def read_steps(
    context: Context, value: Value, what: str, at: Position, place: Place
) -> tuple[Step, ...]:
    """The steps of a list; `what` names it in messages ("`tasks`"). Null is an empty list."""
    if value is None or value is UNREADABLE:
        return ()
    if not isinstance(value, SourceList):
        fix = "start each task with `- `" if isinstance(value, SourceMap) else ""
        context.error(f"{what} must be a list of tasks, not {kind_of(value)}", at, fix)
        return ()
    found = []
    for number, item in enumerate(value):
        where = value.items_at[number] if number < len(value.items_at) else at
        step = _read_step(context, item, where, place)
        if step is not None:
            found.append(step)
    return tuple(found)


def read_task_file(context: Context, value: Value, shown: str, place: Place) -> tuple[Step, ...]:
    """The steps of a whole file of tasks."""
    at = getattr(value, "origin", None) or Position(shown)
    first = value[0] if isinstance(value, SourceList) and value else None
    if isinstance(first, SourceMap) and "hosts" in first:
        fix = "use `import_playbook` for it, among the plays"
        context.error("a playbook, where a list of tasks is expected", at, fix)
        return ()
    return read_steps(context, value, "a file of tasks", at, place)


def _read_step(context: Context, item: Value, at: Position, place: Place) -> Step | None:
    if not isinstance(item, SourceMap):
        fix = "write `MODULE: {ARGUMENT: VALUE}`" if isinstance(item, str) else ""
        context.error(f"a task must be a mapping, not {kind_of(item)}", at, fix)
        return None
    if any(part in item for part in _PARTS):
        return _read_block(context, item, place)
    return _read_task(context, item, place)


def _read_block(context: Context, item: SourceMap, place: Place) -> Block | None:
    known = keywords_of(Block)
    for key in item:
        if key not in known:
            unknown_key(context, item, key, "a block", known)
    for part in _PARTS[1:]:
        if place.handlers and part in item:
            fix = "a handler runs alone; its failure ends the host"
            context.error(f"`{part}` among handlers", at_key(item, part), fix)
    if "block" not in item:
        part = next(part for part in _PARTS if part in item)
        context.error(f"`{part}` without `block`", at_key(item, part))
    fields = read_fields(context, Block, item)
    inner = place.inside(fields.get("vars", {}))
    for part in _PARTS:
        where = value_at(item, part)
        fields[part] = read_steps(context, item.get(part), f"`{part}`", where, inner)
    return Block(**fields)


def _read_task(context: Context, item: SourceMap, place: Place) -> Step | None:
    kind = Handler if place.handlers else Task
    action = read_action(context, item, kind)
    fields = read_fields(context, kind, item, but=("action", "args", "local_action"))
    loop = _read_loop(context, item)
    options = {"loop_control": LoopControl, "backoff": Backoff}
    for key, form in options.items():
        if item.get(key) is not None:
            fields[key] = read_options(context, form, item[key], key, value_at(item, key))
    if action is None:
        return None
    if action.local:
        fields["delegate_to"] = Template("localhost", action.at)
    if issubclass(kind, Handler):
        fields["role"] = place.role_name
    action = _modern(context, action, dynamic=loop is not None)
    include = _read_include(context, item, action)
    note_unknown(context, action)
    task = kind(
        **fields,
        action=action.name,
        module=action.module,
        args=action.args,
        free_form=action.free_form,
        args_template=action.args_template,
        include=include,
        loop=loop,
    )
    if include is None and action.module in STRUCTURAL:
        return None
    return _expanded(context, task, include, place)


def _read_include(context: Context, item: SourceMap, action: Action) -> Include | None:
    if action.module not in STRUCTURAL:
        return None
    if action.module.startswith("include"):
        check_keywords(context, item, action)
    return read_include(context, action)


def _modern(context: Context, action: Action, *, dynamic: bool) -> Action:
    """`include` as what it was before Ansible dropped it: static, if that is possible."""
    if action.module != "include":
        return action
    file = action.free_form or Template("")
    module = "include_tasks" if dynamic or is_template(file) else "import_tasks"
    fix = f"use `{module}`"
    context.warn("`include` no longer exists in Ansible", action.at, fix)
    return replace(action, module=module)


def _expanded(context: Context, task: Task, include: Include | None, place: Place) -> Step | None:
    """The task itself, or the block of what it imports."""
    if include is None or task.module.startswith("include"):
        return task
    kind = "role" if include.role is not None else "tasks"
    if refuse_loop(context, task, kind):
        return None
    inner = place.inside(task.vars)
    if include.role is not None:
        return _imported_role(context, task, include, include.role, inner)
    return _imported_tasks(context, task, include.file or Template(""), inner)


def _imported_tasks(context: Context, task: Task, name: Template, place: Place) -> Block | None:
    at = name.origin or task.origin
    file = context.render(name, place, "a file that is imported")
    if file is None:
        return None
    candidates = task_files(file, place)
    path = first_file(candidates)
    if path is None:
        tried = ", ".join(context.shown(candidate) for candidate in candidates)
        context.error(f"no file `{file}` to import", at, f"tried {tried}")
        return None
    if path in place.chain:
        circle = [*place.chain[place.chain.index(path) :], path]
        shown = " -> ".join(context.shown(link) for link in circle)
        context.error(f"files that import each other: {shown}", at)
        return None
    value = context.read(path, at)
    steps = read_task_file(context, value, context.shown(path), place.entered(path))
    return import_block(context, task, block=steps)


def _imported_role(
    context: Context, task: Task, include: Include, name: Template, place: Place
) -> Block | None:
    entry = {}
    for folder, argument in _FROM.items():
        file = getattr(include, argument)
        rendered = context.render(file, place, "a file of a role") if file else ""
        if rendered is None:
            return None
        entry[folder] = rendered
    flags = {"public": include.public, "allow_duplicates": include.allow_duplicates}
    fields: dict[str, Any] = {"origin": name.origin or task.origin, **flags}
    use = context.roles.use(name, place, fields, entry) if context.roles else None
    if use is None:
        return None
    return import_block(context, task, block=use.role.tasks, role_use=use)


def _read_loop(context: Context, item: SourceMap) -> Loop | None:
    """The loop of a task, `loop` or one `with_<lookup>`; wrong ones are recorded."""
    found = None
    for key, value in item.items():
        lookup = "" if key == "loop" else lookup_of(key)
        if lookup is None:
            continue
        at = at_key(item, key)
        if found is not None:
            context.error("two loops in one task", at, f"the other is at {found.origin}")
        elif lookup and lookup not in LOOKUPS:
            _refuse_lookup(context, key, lookup, at)
        elif _can_be_looped(context, key, value, value_at(item, key)):
            found = Loop(origin=at, lookup=lookup, value=value)
    return found


def _refuse_lookup(context: Context, key: str, lookup: str, at: Position) -> None:
    if lookup in LOOKUPS_LATER:
        context.error(f"`{key}` is not supported yet", at)
        return
    near = did_you_mean(key, [f"with_{name}" for name in LOOKUPS])
    context.error(f"`{key}` is not a keyword of a task", at, near)


def _can_be_looped(context: Context, key: str, value: Value, at: Position) -> bool:
    if value is None:
        context.error(f"`{key}` has no value", at)
    elif key != "loop" or isinstance(value, list) or is_template(value):
        return True
    elif isinstance(value, dict):
        context.error("`loop` must be a list, not a mapping", at, "use `with_dict`, or dict2items")
    else:
        fix = f'a variable needs braces: "{{{{ {value} }}}}"' if isinstance(value, str) else ""
        context.error(f"`loop` must be a list, not {kind_of(value)}", at, fix)
    return False
