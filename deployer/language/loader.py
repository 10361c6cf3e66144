"""The loader: playbooks at the start; task files and roles when the run reaches them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from deployer.language.context import (
    Context,
    Decrypt,
    OpenVariables,
    Place,
    RenderStatic,
    in_file_order,
)
from deployer.language.playbook import LoadedPlaybook, Role, Step, UnknownModule
from deployer.language.plays import PlaybookReader
from deployer.language.roles import RoleReader, short_name
from deployer.language.search import absolute, first_file, task_files
from deployer.language.steps import read_task_file
from deployer.model.diagnostic import Diagnostic
from deployer.model.errors import LoadError
from deployer.model.source import Position

_NOWHERE: Final = Position("")


class Loader:
    """Loads and remembers: every file is parsed once, every role read once per entry points.

    `known_modules` are short names. `role_paths` are searched after `roles/` beside the playbook.
    `render_static` renders the name of something that is imported; it is given the variables
    that the play says of itself, and raises TemplateError where a name is missing. `decrypt`
    gives the text of files that are vaults as a whole, `open_variables` the values of those that
    hold variables.
    """

    def __init__(
        self,
        known_modules: Collection[str] = (),
        role_paths: Iterable[str | Path] = (),
        render_static: RenderStatic | None = None,
        decrypt: Decrypt | None = None,
        open_variables: OpenVariables | None = None,
    ) -> None:
        folders = tuple(absolute(Path(path).expanduser()) for path in role_paths)
        self._context = Context(
            frozenset(known_modules), folders, render_static, decrypt, open_variables
        )
        self._roles = RoleReader(self._context)
        self._context.roles = self._roles
        self._task_files: dict[tuple[Path, str, bool], tuple[Step, ...]] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """The absolute paths of all files read so far."""
        return tuple(str(path) for path in self._context.files)

    def new_warnings(self) -> tuple[Diagnostic, ...]:
        """The warnings since the last call."""
        found = tuple(in_file_order(self._context.warnings, self._context.files.values()))
        self._context.warnings.clear()
        return found

    def new_unknown_modules(self) -> tuple[UnknownModule, ...]:
        """The modules nobody knows that were met since the last call."""
        found = tuple(dict.fromkeys(self._context.unknown))
        self._context.unknown.clear()
        return found

    def playbooks(self, paths: Sequence[str | Path]) -> LoadedPlaybook:
        """All plays of the playbooks. Raises LoadError with all that is wrong in any of them."""
        loaded = self.read(paths)
        if loaded.problems:
            raise LoadError(loaded.problems)
        return loaded

    def read(self, paths: Sequence[str | Path]) -> LoadedPlaybook:
        """As `playbooks`; what is wrong is handed over beside what could be read."""
        reader = PlaybookReader(self._context, self._roles)
        plays = []
        for given in paths:
            path = absolute(Path(given))
            plays += reader.read(path, None, Place(path.parent))
        problems = in_file_order(self._context.problems, self._context.files.values())
        self._context.problems.clear()
        return LoadedPlaybook(
            tuple(plays),
            self.new_warnings(),
            self.new_unknown_modules(),
            self.files,
            tuple(problems),
        )

    def task_file(
        self,
        name: str,
        *,
        included_from: Sequence[str | Path] = (),
        basedir: str | Path = ".",
        role: Role | None = None,
        handlers: bool = False,
        at: Position | None = None,
    ) -> tuple[Step, ...]:
        """The tasks that `include_tasks: name` brings in (`name` already rendered).

        `included_from` are the files that include each other, outermost first; `basedir` is the
        playbook's folder, `role` the role that the including task belongs to, `at` its place for
        messages. Raises LoadError.
        """
        chain = tuple(absolute(Path(file)) for file in included_from)
        place = Place(absolute(Path(basedir)), chain, *_role_of(role), handlers)
        candidates = task_files(name, place, dynamic=True)
        path = first_file(candidates)
        if path is None:
            tried = ", ".join(self._context.shown(candidate) for candidate in candidates)
            self._context.error(f"no file `{name}` to include", at, f"tried {tried}")
            self._context.raise_problems()
            return ()
        key = (path, place.role_name, handlers)
        if key not in self._task_files:
            value = self._context.read(path, at)
            shown = self._context.shown(path)
            # The chain starts anew: a file may include itself while the run goes on.
            inside = Place(place.basedir, (path,), place.role_name, place.role_path, handlers)
            steps = read_task_file(self._context, value, shown, inside)
            self._context.raise_problems()
            self._task_files[key] = steps
        return self._task_files[key]

    def role(
        self,
        name: str,
        *,
        basedir: str | Path = ".",
        parent: Role | None = None,
        entry: Mapping[str, str] | None = None,
        at: Position | None = None,
    ) -> Role:
        """The role that `include_role: name` brings in (`name` already rendered).

        `entry` maps tasks, vars, defaults and handlers to a file other than `main`. `parent` is
        the role that the including task belongs to. Raises LoadError.
        """
        place = Place(absolute(Path(basedir)), (), *_role_of(parent))
        path = self._roles.find(name, place, at or _NOWHERE)
        role = None
        if path is not None:
            role = self._roles.load(
                short_name(name, path), path, place, at or _NOWHERE, entry or {}
            )
        self._context.raise_problems()
        assert role is not None, "a role that is not there is a problem"
        return role


def _role_of(role: Role | None) -> tuple[str, Path | None]:
    return (role.name, Path(role.path)) if role else ("", None)


def load_playbook(
    paths: Sequence[str | Path],
    *,
    known_modules: Collection[str] = (),
    role_paths: Iterable[str | Path] = (),
    render_static: RenderStatic | None = None,
    decrypt: Decrypt | None = None,
) -> LoadedPlaybook:
    """All plays of the playbooks, loaded once (see `Loader` for loading more during a run)."""
    return Loader(known_modules, role_paths, render_static, decrypt).playbooks(paths)
