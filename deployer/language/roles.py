"""Roles: found on the search path, read from their folders, with their dependencies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from deployer.language.coerce import flag, kind_of, variables
from deployer.language.context import UNREADABLE, Context, Place
from deployer.language.fields import at_key, place_of, read_fields, value_at
from deployer.language.keywords import keywords_of
from deployer.language.playbook import Role, RoleUse, Step
from deployer.language.search import absolute, role_file, role_folders, variable_files
from deployer.language.steps import read_task_file
from deployer.model.diagnostic import did_you_mean
from deployer.model.source import Position, SourceList, SourceMap, Template, Value

_META: Final = frozenset({"allow_duplicates", "dependencies", "galaxy_info", "argument_specs"})
#: Keywords that look like a variable of the role where they stand beside its name.
_LOOK_LIKE_VARIABLES: Final = frozenset({"port", "timeout", "environment", "connection"})
_PARTS: Final = ("tasks", "meta", "defaults", "handlers")
_ENTRIES: Final = ("tasks", "vars", "defaults", "handlers")


class RoleReader:
    """Finds and reads roles, each once per folder and entry points."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._cache: dict[tuple[str, ...], Role | None] = {}
        self._reading: list[tuple[str, ...]] = []

    def read_list(self, value: Value, what: str, at: Position, place: Place) -> tuple[RoleUse, ...]:
        """The roles of `roles:` or `dependencies:`. Null is an empty list."""
        if value is None:
            return ()
        if not isinstance(value, SourceList):
            fix = "start each role with `- `"
            self.context.error(f"`{what}` must be a list of roles, not {kind_of(value)}", at, fix)
            return ()
        places = value.items_at or [at] * len(value)
        uses = [
            self._read_entry(item, where, place) for item, where in zip(value, places, strict=True)
        ]
        return tuple(use for use in uses if use is not None)

    def _read_entry(self, item: Value, at: Position, place: Place) -> RoleUse | None:
        if isinstance(item, str | int) and not isinstance(item, bool):
            name = item if isinstance(item, Template) else Template(str(item), at)
            return self.use(name, place, {"origin": at}, {})
        if not isinstance(item, SourceMap):
            self.context.error(f"a role must be a name or a mapping, not {kind_of(item)}", at)
            return None
        found = _name_of(item)
        if found is None:
            fix = "write `role: NAME`"
            self.context.error("a role without a name", place_of(item), fix)
            return None
        fields = read_fields(self.context, RoleUse, item, but=("name",))
        fields["params"] = params = self._params(item)
        return self.use(found, place.inside(fields.get("vars", {})).inside(params), fields, {})

    def _params(self, item: SourceMap) -> SourceMap:
        """The keys that are no keyword: variables of the role."""
        known = keywords_of(RoleUse)
        given = [key for key in item if key not in known and key not in ("role", "src", "version")]
        for key in _LOOK_LIKE_VARIABLES & set(item):
            self.context.warn(
                f"`{key}` is a keyword here, not a variable of the role",
                at_key(item, key),
                "put a variable of that name under `vars:`",
            )
        params = SourceMap(((key, item[key]) for key in given), item.origin, item.keys_at)
        return variables(self.context, params, "a role", place_of(item)) or params

    def use(
        self, name: Template, place: Place, fields: Mapping[str, Value], entry: Mapping[str, str]
    ) -> RoleUse | None:
        """See `RoleSource.use`."""
        at = name.origin or fields["origin"]
        plain = self.context.render(name, place, "a role")
        path = self.find(plain, place, at) if plain is not None else None
        if plain is None or path is None:
            return None
        role = self.load(short_name(plain, path), path, place, at, entry)
        if role is None:
            return None
        return RoleUse(role=role, **{"name": name, **fields})

    def find(self, name: str, place: Place, at: Position) -> Path | None:
        """The folder of a role, or None after recording where it was looked for."""
        if not name.strip():
            self.context.error("a role without a name", at, "write `role: NAME`")
            return None
        folders = role_folders(place, self.context.role_paths)
        candidates = [folder / name for folder in folders]
        candidates.append(absolute(Path(name).expanduser()))
        for candidate in candidates:
            if candidate.is_dir():
                return absolute(candidate)
        tried = ", ".join(self.context.shown(folder) for folder in folders)
        near = did_you_mean(name, _roles_in(folders))
        fix = f"{near} looked in {tried}" if near else f"looked in {tried}"
        self.context.error(f"no role `{name}`", at, fix)
        return None

    def load(
        self, name: str, path: Path, place: Place, at: Position, entry: Mapping[str, str]
    ) -> Role | None:
        """The role in a folder, from the cache if it was sound and no variables chose its parts."""
        key = (str(path), str(place.basedir), *(entry.get(part, "") for part in _ENTRIES))
        if key in self._cache:
            return self._cache[key]
        if key in self._reading:
            names = [Path(link[0]).name for link in self._reading[self._reading.index(key) :]]
            circle = " -> ".join([*names, path.name])
            self.context.error(f"roles in a circle: {circle}", at)
            return None
        before = self.context.rendered, len(self.context.problems)
        self._reading.append(key)
        try:
            role = self._load(name, path, place, at, entry)
        finally:
            self._reading.pop()
        if (self.context.rendered, len(self.context.problems)) == before:
            self._cache[key] = role
        return role

    def _load(
        self, name: str, path: Path, place: Place, at: Position, entry: Mapping[str, str]
    ) -> Role | None:
        inside = replace(place, role_name=name, role_path=path, chain=(), handlers=False)
        meta = self._meta(path, name)
        depends = self._dependencies(meta, inside)
        defaults = self._variables(path / "defaults", name, entry.get("defaults", ""), at)
        strong = self._variables(path / "vars", name, entry.get("vars", ""), at)
        inside = replace(inside, variables=(defaults, *place.variables, strong))
        tasks = self._steps(path / "tasks", name, entry.get("tasks", ""), at, inside)
        inside = replace(inside, handlers=True)
        handlers = self._steps(path / "handlers", name, entry.get("handlers", ""), at, inside)
        often = meta.get("allow_duplicates")
        if often is not None:
            where = value_at(meta, "allow_duplicates")
            often = flag(self.context, often, "allow_duplicates", where)
        return Role(
            name=name,
            path=str(path),
            origin=Position(self.context.shown(path)),
            tasks=tasks,
            handlers=handlers,
            defaults=defaults,
            vars=strong,
            dependencies=depends,
            allow_duplicates=often is True,
        )

    def _steps(
        self, folder: Path, name: str, entry: str, at: Position, place: Place
    ) -> tuple[Step, ...]:
        path = role_file(folder, entry)
        if path is None:
            if entry:
                problem = f"the role `{name}` has no {folder.name} file `{entry}`"
                self.context.error(problem, at, f"looked in {self.context.shown(folder)}")
            return ()
        value = self.context.read(path, at)
        return read_task_file(self.context, value, self.context.shown(path), place.entered(path))

    def _variables(self, folder: Path, name: str, entry: str, at: Position) -> SourceMap:
        paths = variable_files(folder, entry)
        if entry and not paths:
            problem = f"the role `{name}` has no {folder.name} file `{entry}`"
            self.context.error(problem, at, f"looked in {self.context.shown(folder)}")
        merged = SourceMap((), Position(self.context.shown(folder)))
        for path in paths:
            value = self.context.read(path, at, variables=True)
            if value is None or value is UNREADABLE:
                continue
            top = getattr(value, "origin", None) or Position(self.context.shown(path))
            known = variables(self.context, value, folder.name, top)
            if known is not None:
                merged.update(known)
                merged.keys_at.update(known.keys_at)
        return merged

    def _meta(self, path: Path, name: str) -> SourceMap:
        file = role_file(path / "meta", "")
        specs = role_file(path / "meta", "argument_specs")
        value = self.context.read(file) if file else None
        empty = SourceMap((), Position(self.context.shown(file or path)))
        found = value if isinstance(value, SourceMap) else empty
        if value is not None and value is not UNREADABLE and found is empty:
            problem = f"meta of a role must be a mapping, not {kind_of(value)}"
            self.context.error(problem, getattr(value, "origin", None) or empty.origin)
        if specs or found.get("argument_specs"):
            at = Position(self.context.shown(specs)) if specs else found.at("argument_specs")
            problem = f"arguments of the role `{name}` are not validated: not supported yet"
            self.context.warn(problem, at)
        known = {*keywords_of(RoleUse), *_META}
        for key in found:
            if key not in known:
                near = did_you_mean(str(key), _META)
                problem = f"`{key}` in meta of the role `{name}` has no effect"
                self.context.warn(problem, found.at(key), near)
        return found

    def _dependencies(self, meta: SourceMap, place: Place) -> tuple[RoleUse, ...]:
        if not meta.get("dependencies"):
            return ()
        where = value_at(meta, "dependencies")
        return self.read_list(meta["dependencies"], "dependencies", where, place)


def short_name(name: str, path: Path) -> str:
    """The name of a role that was given by name or by path, and found at `path`."""
    return path.name if "/" in name or name in (".", "..") else name


def _name_of(item: SourceMap) -> Template | None:
    """The name of a role: `role`, `name`, or what `src` of a requirement ends in."""
    for key in ("role", "name", "src"):
        value = item.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            text = str(value)
            if key == "src":
                text = text.rsplit("/", 1)[-1].removesuffix(".git")
            return Template(text, value_at(item, key))
    return None


def _roles_in(folders: list[Path]) -> list[str]:
    found = [path for folder in folders if folder.is_dir() for path in folder.iterdir()]
    return [path.name for path in found if any((path / part).is_dir() for part in _PARTS)]
