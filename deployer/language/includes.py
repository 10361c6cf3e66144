"""The arguments of `include_tasks`, `include_role`, `import_tasks` and `import_role`."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

from deployer.language.action import Action
from deployer.language.coerce import flag, is_template, text
from deployer.language.context import Context
from deployer.language.fields import as_mapping, read_fields, unknown_key, value_at
from deployer.language.keywords import keywords_of
from deployer.language.playbook import Block, Include, Notifier, Task
from deployer.model.diagnostic import did_you_mean
from deployer.model.source import SourceMap, Template

_FROM: Final = ("tasks_from", "vars_from", "defaults_from", "handlers_from")
_ROLE_FLAGS: Final = ("public", "allow_duplicates", "rolespec_validate")
#: Keywords that a dynamic include may have itself; others belong under `apply`.
_OWN_KEYWORDS: Final = frozenset(
    {"args", "collections", "debugger", "ignore_errors", "loop", "loop_control", "name", "no_log"}
    | {"register", "run_once", "tags", "timeout", "vars", "when", "action", "local_action"}
    | {"listen"}
)


def read_include(context: Context, action: Action) -> Include | None:
    """What a task of one of the four modules brings in, or None after recording why not."""
    if action.args_template is not None:
        where = action.args_template.origin
        context.error(f"`{action.module}` cannot take its arguments from a template", where)
        return None
    role = action.module.endswith("_role")
    known = {"name", "role", *_FROM, *_ROLE_FLAGS} if role else {"file"}
    if action.module.startswith("include"):
        known.add("apply")
    for key in action.args:
        if key not in known:
            near = did_you_mean(str(key), known)
            problem = f"`{key}` is no argument of `{action.module}`"
            context.error(problem, action.args.at(key), near)
    return _role(context, action) if role else _tasks(context, action)


def _tasks(context: Context, action: Action) -> Include | None:
    file = action.free_form
    if file is None and action.args.get("file") is not None:
        file = text(context, action.args["file"], "file", value_at(action.args, "file"))
    if file is None or not file.strip():
        context.error(f"`{action.module}` names no file", action.at)
        return None
    return Include(origin=action.at, file=file, apply=_apply(context, action))


def _role(context: Context, action: Action) -> Include | None:
    key = "name" if action.args.get("name") is not None else "role"
    if action.free_form is not None or action.args.get(key) is None:
        fix = "write `name: ROLE` below it"
        context.error(f"`{action.module}` needs the name of a role", action.at, fix)
        return None
    given: dict[str, Any] = {
        name: text(context, action.args[name], name, value_at(action.args, name))
        for name in _FROM
        if action.args.get(name) is not None
    }
    for name in _ROLE_FLAGS:
        if action.args.get(name) is not None:
            given[name] = flag(context, action.args[name], name, value_at(action.args, name))
    role = text(context, action.args[key], key, value_at(action.args, key))
    return Include(origin=action.at, role=role, apply=_apply(context, action), **given)


def _apply(context: Context, action: Action) -> Block | None:
    """The keywords under `apply` as an empty block."""
    value = action.args.get("apply")
    if value is None:
        return None
    at = value_at(action.args, "apply")
    if isinstance(value, Template) and is_template(value):
        context.error("a template for `apply` is not supported yet", at)
        return None
    mapping = as_mapping(context, value, "`apply`", at)
    if mapping is None:
        return None
    known = keywords_of(Notifier)
    for key in mapping:
        if key not in known:
            unknown_key(context, mapping, key, "`apply`", known)
    return Block(kind="apply", **read_fields(context, Notifier, mapping))


def check_keywords(context: Context, task: SourceMap, action: Action) -> None:
    """Record keywords of a dynamic include that would reach nothing (Ansible refuses them too)."""
    for key in keywords_of(Task):
        if key in task and task[key] is not None and key not in _OWN_KEYWORDS:
            fix = "put it under `apply:` to have it on what is included"
            if key not in keywords_of(Notifier):
                fix = ""
            context.error(f"`{key}` is not for `{action.module}`", task.at(key), fix)


def import_block(context: Context, task: Task, **body: Any) -> Block:
    """A block of kind "import" with the keywords of an import; what has no effect is a warning."""
    for key in task.keys_at:
        lost = key not in keywords_of(Notifier) and key not in ("args", "action", "listen")
        if lost and key not in ("loop", "loop_control"):
            context.warn(f"`{key}` has no effect on `{task.module}`", task.at(key))
    shared = {field.name: getattr(task, field.name) for field in fields(Notifier)}
    return Block(kind="import", **shared, **body)


def refuse_loop(context: Context, task: Task, kind: str) -> bool:
    """Whether an import has a loop, which is recorded: imports happen before there are items."""
    if task.loop is None:
        return False
    fix = f"use `include_{kind}` for a loop"
    context.error(f"`{task.module}` cannot be in a loop", task.loop.origin, fix)
    return True
