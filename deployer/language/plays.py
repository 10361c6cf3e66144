"""Playbooks: plays, and the playbooks that they import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from deployer.language.action import is_known_module
from deployer.language.coerce import kind_of
from deployer.language.context import UNREADABLE, Context, Place
from deployer.language.fields import (
    at_key,
    place_of,
    read_fields,
    read_options,
    unknown_key,
    value_at,
)
from deployer.language.keywords import Form, keywords_of
from deployer.language.playbook import Conditional, Play, VarsPrompt, Words
from deployer.language.roles import RoleReader
from deployer.language.search import absolute, first_file
from deployer.language.steps import read_steps
from deployer.model.source import Position, SourceList, SourceMap, Template, Value

_IMPORTS: Final = ("import_playbook", "ansible.builtin.import_playbook", "include")
_USEFUL: Final = frozenset({"name", "vars", "tags", "when"})


class _FileVariables(Mapping[str, Value]):
    """The variables of a play's `vars_files`, read only if the name of an import needs them."""

    def __init__(self, context: Context, place: Place, files: tuple[Words, ...]) -> None:
        self._context = context
        self._place = place
        self._files = files
        self._values: dict[str, Value] | None = None

    def _read(self) -> dict[str, Value]:
        if self._values is None:
            self._values = {}
            for alternatives in self._files:
                paths = [self._place.basedir / name for name in alternatives]
                path = first_file(absolute(path) for path in paths)
                value = self._context.read(path) if path else None
                self._values.update(value if isinstance(value, SourceMap) else {})
        return self._values

    def __getitem__(self, name: str) -> Value:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._files)


class PlaybookReader:
    """Reads the plays of playbook files."""

    def __init__(self, context: Context, roles: RoleReader) -> None:
        self.context = context
        self.roles = roles

    def read(self, path: Path, at: Position | None, place: Place) -> list[Play]:
        """The plays of a file (absolute path), with those of the playbooks that it imports."""
        shown = Position(self.context.shown(path))
        value = self.context.read(path, at)
        if value is UNREADABLE:
            return []
        if value is None:
            self.context.error("no plays in this file", shown)
            return []
        top = getattr(value, "origin", None) or shown
        if not isinstance(value, SourceList):
            fix = "start each play with `- hosts: ...`"
            problem = f"a playbook must be a list of plays, not {kind_of(value)}"
            self.context.error(problem, top, fix)
            return []
        place = replace(place, basedir=path.parent).entered(path)
        plays: list[Play] = []
        for item, where in zip(value, value.items_at, strict=True):
            plays += self._read_entry(item, where, place)
        return plays

    def _read_entry(self, item: Value, at: Position, place: Place) -> list[Play]:
        if not isinstance(item, SourceMap):
            self.context.error(f"a play must be a mapping, not {kind_of(item)}", at)
            return []
        key = next((key for key in _IMPORTS if key in item), None)
        if key is not None:
            return self._import(item, key, place)
        return [self._read_play(item, place)]

    def _read_play(self, item: SourceMap, place: Place) -> Play:
        self._check_keys(item)
        item = _modern(item)
        fields = read_fields(self.context, Play, item)
        inner = place.inside(fields.get("vars", {}))
        if fields.get("vars_files"):
            inner = inner.inside(_FileVariables(self.context, inner, fields["vars_files"]))
        for name, known in keywords_of(Play).items():
            if item.get(name) is None:
                continue
            at = value_at(item, name)
            if known.form is Form.ROLES:
                fields[known.field] = self.roles.read_list(item[name], name, at, inner)
            elif known.form in (Form.TASKS, Form.HANDLERS):
                there = replace(inner, handlers=known.form is Form.HANDLERS)
                steps = read_steps(self.context, item[name], f"`{name}`", at, there)
                fields[known.field] = steps
            elif known.form is Form.PROMPTS:
                fields[known.field] = self._prompts(item[name], name, at)
        return Play(**fields)

    def _check_keys(self, item: SourceMap) -> None:
        known = keywords_of(Play)
        unknown = [key for key in item if key not in known and key != "user"]
        if "hosts" not in item:
            module = next((key for key in unknown if is_known_module(self.context, key)), "")
            if module:
                fix = "put it under `tasks:` of a play with `hosts:`"
                problem = f"a task (`{module}`), where a play is expected"
                self.context.error(problem, place_of(item), fix)
                unknown = []
            else:
                self.context.error("a play without `hosts`", place_of(item))
        elif item["hosts"] is None:
            fix = "name a host, a group, a pattern or `all`"
            self.context.error("`hosts` is empty", at_key(item, "hosts"), fix)
        for key in unknown:
            unknown_key(self.context, item, key, "a play", known)

    def _prompts(self, value: Value, name: str, at: Position) -> tuple[VarsPrompt, ...]:
        if not isinstance(value, SourceList):
            problem = f"`{name}` must be {Form.PROMPTS.value}, not {kind_of(value)}"
            self.context.error(problem, at)
            return ()
        prompts = []
        for item, where in zip(value, value.items_at, strict=True):
            prompt = read_options(self.context, VarsPrompt, item, name, where)
            if prompt is not None and not prompt.name:
                self.context.error("a question without `name`", where)
            elif prompt is not None:
                prompts.append(prompt)
        return tuple(prompts)

    def _import(self, item: SourceMap, key: str, place: Place) -> list[Play]:
        fields = self._import_fields(item, key)
        value, at = item[key], value_at(item, key)
        if key == "include":
            fix = "use `import_playbook`"
            self.context.warn("`include` no longer exists in Ansible", at_key(item, key), fix)
        if not isinstance(value, str) or not value.strip():
            self.context.error(f"`{key}` names no file", at)
            return []
        inner = place.inside(fields.get("vars", {}))
        name = self.context.render(Template(value.strip(), at), inner, "a playbook")
        if name is None:
            return []
        path = absolute(place.basedir / Path(name).expanduser())
        if not path.exists():
            self.context.error(f"no playbook `{name}`", at, f"tried {self.context.shown(path)}")
            return []
        if path in place.chain:
            circle = [*place.chain[place.chain.index(path) :], path]
            shown = " -> ".join(self.context.shown(link) for link in circle)
            self.context.error(f"playbooks that import each other: {shown}", at)
            return []
        return [_imported(play, fields) for play in self.read(path, at, inner)]

    def _import_fields(self, item: SourceMap, key: str) -> dict[str, Any]:
        known = keywords_of(Conditional)
        for name in item:
            if name == key:
                continue
            if name not in known:
                unknown_key(self.context, item, name, f"`{key}`", _USEFUL)
            elif name not in _USEFUL:
                fix = "put it on the plays of that playbook"
                self.context.warn(f"`{name}` has no effect on `{key}`", at_key(item, name), fix)
        return read_fields(self.context, Conditional, item)


def _modern(item: SourceMap) -> SourceMap:
    """`user` of a play is the old name of `remote_user`."""
    if "user" not in item or "remote_user" in item:
        return item
    renamed = {"remote_user" if key == "user" else key: value for key, value in item.items()}
    places = {"remote_user" if key == "user" else key: at for key, at in item.keys_at.items()}
    return SourceMap(renamed, item.origin, places)


def _imported(play: Play, fields: dict[str, Any]) -> Play:
    """A play with what its `import_playbook` adds: variables win, tags and conditions add up."""
    given: SourceMap = fields.get("vars", SourceMap())
    merged = SourceMap({**play.vars, **given}, play.vars.origin, play.vars.keys_at)
    merged.keys_at.update(given.keys_at)
    return replace(
        play,
        vars=merged,
        tags=tuple(dict.fromkeys((*fields.get("tags", ()), *play.tags))),
        import_when=(*fields.get("when", ()), *play.import_when),
    )
