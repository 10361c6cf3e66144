"""What is known while loading: settings, files read, and what was found wrong so far."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from deployer.language.files import read_text
from deployer.language.playbook import RoleUse, UnknownModule
from deployer.language.values import EncryptedText
from deployer.language.yaml import load_file, load_text
from deployer.model.diagnostic import Diagnostic, Severity
from deployer.model.errors import LoadError, TemplateError
from deployer.model.source import Position, Template, Value, Variables

#: Renders the name of something imported; the variables are those that a play says of itself.
RenderStatic: TypeAlias = Callable[[Template, Variables], str]

#: The text of a file that is a vault as a whole; raises LoadError where no password fits.
Decrypt: TypeAlias = Callable[[EncryptedText], str]
#: The values of such a file where it holds variables, all their text secret; raises likewise.
OpenVariables: TypeAlias = Callable[[EncryptedText], Value]

#: What `read` gives where a file is missing or wrong (which is recorded).
UNREADABLE: Final = object()
_SOON: Final = 40


@dataclass(frozen=True, slots=True)
class Place:
    """Where tasks stand: what relative names and the templates of imports refer to.

    `basedir` is the playbook's folder. `chain` are the files being read, outermost first, from
    the playbook or the role's own file on. `role` is only a name and a folder where the role is
    still being read.
    """

    basedir: Path
    chain: tuple[Path, ...] = ()
    role_name: str = ""
    role_path: Path | None = None
    handlers: bool = False
    variables: tuple[Variables, ...] = ()

    def inside(self, variables: Variables) -> Place:
        """The same place with one more layer of variables."""
        return replace(self, variables=(*self.variables, variables)) if variables else self

    def known(self) -> dict[str, Value]:
        """All the variables of the layers; inner ones win."""
        merged: dict[str, Value] = {}
        for layer in self.variables:
            merged.update(layer)
        return merged

    def entered(self, file: Path) -> Place:
        """The place of what stands in a file that this one brings in."""
        return replace(self, chain=(*self.chain, file))


class RoleSource(Protocol):
    """Finds and reads roles. Stands here so that tasks can import roles, and roles read tasks."""

    def use(
        self, name: Template, place: Place, fields: Mapping[str, Value], entry: Mapping[str, str]
    ) -> RoleUse | None:
        """The role of that name with the fields of `RoleUse`, or None after recording why not.

        `entry` names the files to start from, as `tasks_from` and the like do, by folder.
        """


@dataclass
class Context:
    """The state of one loading. Problems are collected, and raised all at once at the end."""

    known_modules: frozenset[str] = frozenset()
    role_paths: tuple[Path, ...] = ()
    render_static: RenderStatic | None = None
    decrypt: Decrypt | None = None
    open_variables: OpenVariables | None = None
    problems: list[Diagnostic] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)
    unknown: list[UnknownModule] = field(default_factory=list)
    near_modules: dict[str, str] = field(default_factory=dict)
    files: dict[Path, str] = field(default_factory=dict)
    rendered: int = 0
    roles: RoleSource | None = None
    _values: dict[Path, Value] = field(default_factory=dict)
    _lines: dict[str, list[str]] = field(default_factory=dict)

    def error(self, summary: str, at: Position | None, help: str = "") -> None:
        self.problems.append(Diagnostic(summary, at, help))

    def warn(self, summary: str, at: Position | None, help: str = "") -> None:
        self.warnings.append(Diagnostic(summary, at, help, Severity.WARNING))

    def shown(self, path: Path) -> str:
        """How messages name a file: relative to the current directory where it is inside."""
        cwd = Path.cwd()
        return str(path.relative_to(cwd)) if path.is_relative_to(cwd) else str(path)

    def read(
        self, path: Path, wanted_at: Position | None = None, *, variables: bool = False
    ) -> Value:
        """The value of a YAML file (absolute path), parsed once; UNREADABLE where that fails.

        `wanted_at` is who asks for it: the position of the problem where the file has none.
        `variables`: that is what it holds.
        """
        if path in self._values:
            return self._values[path]
        self.files[path] = shown = self.shown(path)
        try:
            value = load_file(path, self.warnings, shown)
            if isinstance(value, EncryptedText):
                value = self._decrypted(value, shown, variables=variables)
        except LoadError as error:
            for problem in error.diagnostics:
                self.problems.append(self._asked(problem, path, wanted_at))
            return UNREADABLE
        self._values[path] = value
        return value

    def _decrypted(self, value: EncryptedText, shown: str, *, variables: bool) -> Value:
        if variables and self.open_variables is not None:
            return self.open_variables(value)
        if self.decrypt is None:
            problem = Diagnostic("an encrypted file, and no vault password", value.origin)
            raise LoadError([problem])
        return load_text(self.decrypt(value), shown, self.warnings)

    def _asked(self, problem: Diagnostic, path: Path, wanted_at: Position | None) -> Diagnostic:
        if wanted_at is None or (problem.position and problem.position.line):
            return problem
        return replace(
            problem, summary=f"{self.shown(path)}: {problem.summary}", position=wanted_at
        )

    def render(self, name: Template, place: Place, what: str) -> str | None:
        """The text of a name that must be known now; None (and a problem) where it cannot be."""
        if "{{" not in name and "{%" not in name:
            return str(name)
        self.rendered += 1
        if self.render_static is None:
            self.error(f"the name of {what} must be known at the start", name.origin)
            return None
        try:
            return self.render_static(name, place.known())
        except TemplateError as error:
            self.error(
                f"the name of {what} must be known at the start: {error.message}",
                name.origin,
                "only extra variables and those of the play can stand in it; "
                "use include_tasks or include_role for a name that depends on the host",
            )
            return None

    def locate(self, text: str, near: Position) -> Position:
        """Where `text` stands in the file at or soon after a position (or that position)."""
        lines = self._lines_of(near.file)
        column = near.column - 1
        for number in range(near.line, min(near.line + _SOON, len(lines) + 1)):
            found = lines[number - 1].find(text, column)
            if found >= 0:
                return Position(near.file, number, found + 1)
            column = 0
        return near

    def _lines_of(self, file: str) -> list[str]:
        if file not in self._lines:
            try:
                self._lines[file] = read_text(file).splitlines()
            except LoadError:
                self._lines[file] = []
        return self._lines[file]

    def raise_problems(self) -> None:
        """Raise LoadError with all problems, in the order in which the files were read."""
        if self.problems:
            problems = in_file_order(self.problems, self.files.values())
            self.problems.clear()
            raise LoadError(problems)


def in_file_order(problems: Sequence[Diagnostic], files: Collection[str]) -> list[Diagnostic]:
    """The same problems, each once, by file (as read), line and column."""
    order = {file: number for number, file in enumerate(files)}

    def place(problem: Diagnostic) -> tuple[int, int, int]:
        at = problem.position
        return (order.get(at.file, len(order)), at.line, at.column) if at else (-1, 0, 0)

    return sorted(dict.fromkeys(problems), key=place)
