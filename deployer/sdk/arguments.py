"""Arguments of a module: one annotated dataclass is schema, validation and documentation.

    @dataclass(frozen=True, slots=True)
    class Args:
        path: str = arg(doc="File to manage.", aliases=("dest", "name"))
        state: Literal["file", "absent"] = arg("file", doc="…")
        recurse: bool = arg(False, doc="…")

A field without a default is required. Annotations that are understood: str, int, float, bool,
`Value` (anything), list[...], dict[str, ...], Literal[...], `X | None`. Coercion is Ansible's:
"yes" is a bool, 80 is a str where a str is asked for, "a,b" is a list.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, field, fields
from typing import Any, Literal, TypeVar, get_type_hints

from deployer.model.diagnostic import did_you_mean
from deployer.model.errors import ArgumentError
from deployer.model.secret import reveal
from deployer.model.source import SourceMap, Template, Value, origin_of
from deployer.model.values import dataclass
from deployer.sdk.coercion import convert, describe

#: How the engine prepares a value before it is coerced (see `inputs`):
#: value          rendered as any template
#: file           a path on the controller, searched as Ansible does -> LocalFile | LocalTree;
#:                stays a str where the argument `remote_src` is true
#: template       a template file on the controller -> Rendered
#: template_tree  a directory of templates and files -> RenderedTree
#: script         a command line whose first word is a file of the controller -> LocalScript
#: conditions     expressions, not rendered but evaluated -> tuple[Verdict, ...]
#: variable       an expression, evaluated -> Evaluated
#: raw            never rendered (debug's own use, loop-like arguments)
#: per_host       rendered once per member of a cluster -> dict[host, value]
#: rest           all keys that no other argument has -> dict (`set_fact`, `add_host`)
#: diff_mode, check_mode   set by the engine, not by the user
Kind = Literal[
    "value",
    "file",
    "template",
    "template_tree",
    "script",
    "conditions",
    "variable",
    "raw",
    "per_host",
    "rest",
    "diff_mode",
    "check_mode",
]


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as declared. `type` is the annotation, `default` what an absent one gets."""

    name: str
    type: Any
    doc: str
    required: bool
    default: Any = None
    aliases: tuple[str, ...] = ()
    kind: Kind = "value"
    secret: bool = False
    free_form: bool = False

    @property
    def shown_type(self) -> str:
        return describe(self.type)

    @property
    def settable(self) -> bool:
        """Whether a playbook may give it under its name."""
        return self.kind not in ("diff_mode", "check_mode", "rest")


def arg(
    default: Any = MISSING,
    *,
    doc: str,
    aliases: Sequence[str] = (),
    kind: Kind = "value",
    secret: bool = False,
    free_form: bool = False,
) -> Any:
    """Declare an argument. `default` may be a factory (`list`, `dict`).

    `secret`: its value is masked wherever it turns up. `free_form`: takes the text of
    `module: text`.
    """
    metadata = {
        "doc": doc,
        "aliases": tuple(aliases),
        "kind": kind,
        "secret": secret,
        "free_form": free_form,
    }
    if default in (list, dict, tuple):
        return field(default_factory=default, metadata=metadata, kw_only=True)
    if default is MISSING:
        return field(metadata=metadata, kw_only=True)
    return field(default=default, metadata=metadata, kw_only=True)


def arguments_of(cls: Any) -> tuple[Argument, ...]:
    """The arguments of an Args dataclass, in order."""
    return _arguments(cls)


@functools.cache
def _arguments(cls: Any) -> tuple[Argument, ...]:
    hints = get_type_hints(cls)
    return tuple(_argument(spec, hints[spec.name]) for spec in fields(cls))


def _argument(spec: Field[Any], hint: Any) -> Argument:
    required = spec.default is MISSING and spec.default_factory is MISSING
    default = None if required else spec.default
    if spec.default_factory is not MISSING:
        default = spec.default_factory()
    details = dict(spec.metadata)
    details.setdefault("doc", "")
    return Argument(spec.name, hint, required=required, default=default, **details)


@functools.cache
def template_defaults(cls: Any) -> tuple[tuple[str, Template], ...]:
    """Defaults that are templates: what the engine renders where the user gives nothing."""
    found = ((argument.name, argument.default) for argument in arguments_of(cls))
    return tuple((name, default) for name, default in found if isinstance(default, Template))


@functools.cache
def _by_name(cls: Any) -> dict[str, Argument]:
    known = {argument.name: argument for argument in arguments_of(cls) if argument.settable}
    for argument in tuple(known.values()):
        known.update(dict.fromkeys(argument.aliases, argument))
    return known


@functools.cache
def _rest(cls: Any) -> Argument | None:
    """The argument that takes every key that no other has, if there is one."""
    return next((argument for argument in arguments_of(cls) if argument.kind == "rest"), None)


def argument_named(cls: Any, name: str) -> Argument | None:
    """The argument that a user's key means, by name or alias; else the open-ended one."""
    return _by_name(cls).get(name) or _rest(cls)


def check_names(cls: Any, module: str, given: Mapping[str, Value]) -> list[ArgumentError]:
    """What is wrong with the keys alone: unknown ones, missing ones, one given twice.

    Needs no rendering, so it is reported before anything runs.
    """
    problems = []
    seen: dict[str, str] = {}
    meant = ""
    for key in given:
        argument = argument_named(cls, key)
        place = given.at(key) if isinstance(given, SourceMap) else origin_of(key)
        if argument is None:
            fix = did_you_mean(key, _by_name(cls))
            meant += fix
            message = f"`{module}` has no argument `{key}`"
            problems.append(ArgumentError(message, key, place, fix))
        elif argument.kind == "rest":
            continue
        elif argument.name in seen:
            message = f"`{key}` and `{seen[argument.name]}` are the same argument"
            problems.append(ArgumentError(message, key, place))
        else:
            seen[argument.name] = key
    place = origin_of(given)
    for argument in arguments_of(cls):
        missing = argument.required and argument.name not in seen
        if missing and argument.settable and f"`{argument.name}`" not in meant:
            message = f"`{module}` needs the argument `{argument.name}`"
            problems.append(ArgumentError(message, argument.name, place, argument.doc))
    return problems


def coerce(cls: type[T], module: str, given: Mapping[str, Value]) -> T:
    """An instance of `cls` out of rendered arguments; raises ArgumentError."""
    for problem in check_names(cls, module, given):
        raise problem
    ready: dict[str, Any] = {}
    for key, value in given.items():
        argument = argument_named(cls, key)
        if argument is None:
            continue
        if argument.kind == "rest":
            ready.setdefault(argument.name, {})[reveal(key)] = value
            continue
        if value is None and not argument.required:
            continue
        try:
            ready[argument.name] = convert(value, argument.type)
        except ValueError as error:
            place = given.at(key) if isinstance(given, SourceMap) else None
            message = f"`{key}` of `{module}`: {error}"
            raise ArgumentError(message, key, place) from None
    return cls(**ready)
