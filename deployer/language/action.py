"""The module of a task, and its arguments in whatever form they were written."""

from __future__ import annotations

import functools
from difflib import get_close_matches
from typing import Final

from deployer.language import text_args
from deployer.language.coerce import is_template, kind_of
from deployer.language.context import Context
from deployer.language.fields import at_key, place_of, unknown_key, value_at
from deployer.language.keywords import keywords_of
from deployer.language.names import (
    FREE_FORM,
    FREE_FORM_OPTIONS,
    LOOKUPS,
    PLAIN_TEXT,
    STRUCTURAL,
    canonical,
    is_qualified,
    lookup_of,
)
from deployer.language.playbook import Block, Handler, Play, UnknownModule
from deployer.model.diagnostic import did_you_mean
from deployer.model.source import Position, SourceMap, Template, Value
from deployer.model.values import dataclass

#: Task keywords that no module has as an argument: under a module they are indented too far.
_NEVER_ARGUMENTS: Final = frozenset(
    {"when", "register", "notify", "loop", "loop_control", "changed_when", "failed_when"}
    | {"ignore_errors", "delegate_to", "no_log", "become", "become_user", "run_once", "until"}
)
#: Task keywords whose value is a mapping.
_MAPPINGS: Final = frozenset(
    {"args", "backoff", "environment", "loop_control", "module_defaults", "vars"}
)
#: These take any key.
_OPEN: Final = frozenset({"set_fact", "add_host"})


@dataclass(frozen=True, slots=True)
class Action:
    """See the fields of `Task` with these names. `local`: it was a `local_action`."""

    name: str
    module: str
    at: Position
    args: SourceMap
    free_form: Template | None = None
    args_template: Template | None = None
    local: bool = False


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    value: Value
    at: Position


def read_action(context: Context, task: SourceMap, kind: type) -> Action | None:
    """The action of a task, or None after recording why there is none.

    Keys that are neither keywords nor the module are recorded as well, and so is a module that
    nobody knows (in `unknown`: that alone is no problem).
    """
    named = _named(context, task, kind)
    if named is None:
        return None
    arguments = _Arguments(context, canonical(named.name), place_of(task))
    if "args" in task and task["args"] is not None:
        arguments.add_defaults(task["args"], value_at(task, "args"))
    arguments.add(named.value, named.at)
    return Action(
        named.name,
        arguments.module,
        named.at,
        arguments.map,
        arguments.free_form,
        arguments.template,
        local="local_action" in task,
    )


def _named(context: Context, task: SourceMap, kind: type) -> _Named | None:
    keywords = keywords_of(kind)
    keys = [key for key in task if key not in keywords and lookup_of(key) is None]
    found = [key for key in ("action", "local_action") if key in task]
    modules = [key for key in keys if is_known_module(context, key)]
    if not modules and not found:
        modules = _guessed(context, task, keys, kind)
    lone = len(modules) == 1 and not found and task[modules[0]] is None
    fix = f"indent the arguments of `{modules[0]}` deeper than its name" if lone else ""
    for key in keys:
        if key not in modules:
            unknown_key(context, task, key, _what(kind), _task_keys(kind), fix)
    if len(found) + len(modules) > 1:
        first, second = [*found, *modules][:2]
        context.error(f"two modules in one task: `{first}` and `{second}`", at_key(task, second))
        return None
    if found:
        return _old_style(context, task, found[0])
    if modules:
        return _Named(modules[0], task[modules[0]], at_key(task, modules[0]))
    if not keys:
        fix = "is its module indented less than the other keys?" if len(task) == 1 else ""
        context.error("no module in this task", place_of(task), fix)
    return None


@functools.cache
def _task_keys(kind: type) -> frozenset[str]:
    """What a misspelt key may have meant."""
    keys = {*keywords_of(kind), *(f"with_{name}" for name in LOOKUPS)}
    return frozenset(keys - {"action", "local_action"})


def _what(kind: type) -> str:
    return "a handler" if issubclass(kind, Handler) else "a task"


def is_known_module(context: Context, key: object) -> bool:
    """Whether a key is a module: known, handled by the loader, or `namespace.collection.name`."""
    if not isinstance(key, str):
        return False
    short = canonical(key)
    return short in context.known_modules or short in STRUCTURAL or is_qualified(key)


def _guessed(context: Context, task: SourceMap, keys: list[str], kind: type) -> list[str]:
    """The key that must be the module where none is known: the one that is no misspelt keyword."""
    others = {*keywords_of(Play), *keywords_of(Handler), *keywords_of(Block)}
    names = [key for key in keys if isinstance(key, str) and key not in others]
    for likeness in (0.6, 0.8):
        for key in names:
            if not _nearest(key, kind, likeness):
                return [key]
    for key in names:
        meant = _nearest(key, kind, 0.6)
        mapping = isinstance(task[key], SourceMap) and not _MAPPINGS.intersection(meant)
        if mapping or did_you_mean(key, context.known_modules):
            return [key]
    return []


@functools.cache
def _nearest(key: str, kind: type, likeness: float) -> list[str]:
    """The nearest task keyword, if any; remembered, for the same modules come back all the time."""
    return get_close_matches(key, _task_keys(kind), 1, likeness)


def _old_style(context: Context, task: SourceMap, key: str) -> _Named | None:
    """`action: module k=v`, `action: {module: x, k: v}`; the same for `local_action`."""
    value, at = task[key], value_at(task, key)
    rest: Value = None
    if isinstance(value, SourceMap):
        module = value.get("module")
        rest = SourceMap(
            ((name, item) for name, item in value.items() if name != "module"),
            value.origin,
            value.keys_at,
        )
    else:
        module = value
    if not isinstance(module, str) or not module.strip():
        fix = "write `module k=v`, or a mapping with `module`"
        context.error(f"`{key}` names no module", at, fix)
        return None
    name, _, text = module.strip().partition(" ")
    if is_template(Template(name)):
        context.error(f"a template for the module of `{key}` is not supported yet", at)
        return None
    if text.strip() and isinstance(rest, SourceMap):
        context.error(f"`{key}` has arguments both as text and as a mapping", at)
    return _Named(name, rest if rest is not None else Template(text.strip(), at), at)


class _Arguments:
    """Collects the arguments of one task: first the defaults of `args`, then the module's own."""

    def __init__(self, context: Context, module: str, origin: Position) -> None:
        self.context = context
        self.module = module
        self.map = SourceMap((), origin)
        self.free_form: Template | None = None
        self.template: Template | None = None

    def add_defaults(self, value: Value, at: Position) -> None:
        """What stands under `args`: a mapping, or a template that gives one."""
        if isinstance(value, SourceMap):
            self.add_mapping(value)
        elif isinstance(value, Template) and is_template(value):
            self.template = value
        else:
            fix = "`k=v` belongs after the module's name" if isinstance(value, str) else ""
            self.context.error(f"`args` must be a mapping, not {kind_of(value)}", at, fix)

    def add(self, value: Value, at: Position) -> None:
        """What stands after the module's name."""
        if value is None:
            return
        if isinstance(value, SourceMap):
            self.check_keywords(value)
            self.add_mapping(value)
        elif isinstance(value, str):
            text = value if isinstance(value, Template) else Template(value, at)
            self.add_text(text)
        elif self.module in FREE_FORM | {"include_vars", "meta"} and not isinstance(value, list):
            self.free_form = Template(str(value), at)
        else:
            message = f"the arguments of `{self.module}` cannot be {kind_of(value)}"
            self.context.error(message, at, "write them as a mapping")

    def add_mapping(self, value: SourceMap) -> None:
        for key, item in value.items():
            if key in ("_raw_params", "free_form") and isinstance(item, str):
                self.free_form = Template(item, value.at(key))
                continue
            self.map[key] = item
            if place := value.at(key):
                self.map.keys_at[key] = place

    def check_keywords(self, value: SourceMap) -> None:
        """A keyword among the arguments is one that was indented too far."""
        if self.module in _OPEN:
            return
        for key in value:
            if key in _NEVER_ARGUMENTS or lookup_of(key) in LOOKUPS:
                self.context.error(
                    f"`{key}` is a keyword of the task, not an argument of `{self.module}`",
                    at_key(value, key),
                    "indent it like the module's name",
                )

    def add_text(self, text: Template) -> None:
        command = self.module in FREE_FORM
        parsed = text_args.parse(text, FREE_FORM_OPTIONS if command else None)
        if parsed is None:
            if command:
                self.free_form = text
            else:
                fix = "quote values with white space; close every quote and {{"
                self.context.error("a quote or template is not closed", text.origin, fix)
            return
        for key, value in parsed.options:
            self.map[key] = Template(value, self.place(f"{key}=", text))
            self.map.keys_at[key] = self.place(f"{key}=", text)
        if parsed.rest:
            self.add_rest(text, parsed)

    def place(self, needle: str, text: Template) -> Position:
        origin = text.origin or place_of(self.map)
        return self.context.locate(needle, origin)

    def add_rest(self, text: Template, parsed: text_args.TextArguments) -> None:
        rest = parsed.rest
        if self.module in FREE_FORM:
            joined = rest if self.module in ("shell", "raw") else text_args.joined_lines(rest)
            self.free_form = Template(joined, text.origin)
        elif self.module in PLAIN_TEXT:
            self.free_form = Template(text_args.unquoted(rest), text.origin)
        elif not is_known_module(self.context, self.module):
            self.free_form = Template(rest, text.origin)
        elif is_template(Template(rest)) and not parsed.options:
            self.template = Template(rest, text.origin)
        else:
            word = rest.split()[0]
            fix = "write its arguments as a mapping"
            if parsed.options:
                fix = f'quote a value with white space: `{parsed.options[-1][0]}="..."`'
            problem = f"`{word}` is no argument of `{self.module}` (`k=v` is expected)"
            self.context.error(problem, self.place(word, text), fix)


def note_unknown(context: Context, action: Action) -> None:
    """Remember a module that the caller does not know; it fails only where it is reached."""
    if action.module not in context.known_modules and action.module not in STRUCTURAL:
        near = context.near_modules
        if action.module not in near:
            near[action.module] = did_you_mean(action.module, context.known_modules)
        context.unknown.append(UnknownModule(action.name, action.at, near[action.module]))
