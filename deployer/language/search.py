"""Where Ansible looks for what a playbook names: task files, playbooks, roles and their parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from deployer.language.context import Place

EXTENSIONS: Final = (".yml", ".yaml", ".json")


def absolute(path: Path) -> Path:
    """The absolute path without `..` where that is only text (symbolic links stay)."""
    parts: list[str] = []
    for part in (Path.cwd() / path).parts:
        if part == "..":
            parts[1:] = parts[1:-1]
        else:
            parts.append(part)
    return Path(*parts)


def task_files(name: str, place: Place, *, dynamic: bool = False) -> list[Path]:
    """The candidates for a task file: by the including file, outwards; the role; the playbook.

    Ansible looks into the role first where the run includes (`dynamic`), not where it is imported.
    """
    given = Path(name).expanduser()
    if given.is_absolute():
        return [absolute(given)]
    folders = [file.parent for file in reversed(place.chain)]
    if place.role_path is not None:
        own = [place.role_path / kind for kind in _task_folders(place)]
        folders = own + folders if dynamic else folders + own
        folders.append(place.role_path)
    folders += [place.basedir, place.basedir / "tasks"]
    return list(dict.fromkeys(absolute(folder / given) for folder in folders))


def _task_folders(place: Place) -> tuple[str, ...]:
    return ("handlers", "tasks") if place.handlers else ("tasks",)


def role_folders(place: Place, role_paths: Sequence[Path]) -> list[Path]:
    """The folders that may hold roles, in Ansible's order."""
    folders = [place.basedir / "roles", *role_paths]
    if place.role_path is not None:
        folders.append(place.role_path.parent)
    folders.append(place.basedir)
    return list(dict.fromkeys(absolute(folder) for folder in folders))


def first_file(candidates: Iterable[Path]) -> Path | None:
    """The first candidate that is there and no folder."""
    return next((path for path in candidates if path.is_file()), None)


def role_file(folder: Path, entry: str) -> Path | None:
    """The file of a role's `tasks`, `handlers` or `meta`: `main` or what was named instead."""
    suffixes = ("", *EXTENSIONS) if entry else (*EXTENSIONS, "")
    return first_file(folder / f"{entry or 'main'}{suffix}" for suffix in suffixes)


def variable_files(folder: Path, entry: str) -> list[Path]:
    """The files of a role's `vars` or `defaults`: one, or all of a folder called like it."""
    suffixes = ("", *EXTENSIONS) if entry else (*EXTENSIONS, "")
    for suffix in suffixes:
        path = folder / f"{entry or 'main'}{suffix}"
        if path.is_dir():
            return _files_below(path)
        if path.is_file():
            return [path]
    return []


def _files_below(folder: Path) -> list[Path]:
    found: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name.endswith("~"):
            continue
        if path.is_dir() and not path.suffix:
            found += _files_below(path)
        elif path.is_file() and path.suffix in ("", *EXTENSIONS):
            found.append(path)
    return found
