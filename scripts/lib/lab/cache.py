"""Things built once and kept under /var/cache: each named after what it is made from."""

import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lab.layout import CACHE, LOCKS
from lab.shell import locked, remove_tree

UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class Recipe:
    """One thing to build: `build` fills an empty directory from `sources` and `parents`."""

    name: str
    sources: tuple[Path, ...]
    parents: tuple[str, ...]
    build: Callable[[Path], None]

    @property
    def key(self) -> str:
        """The directory's name: changes when a source file or a parent does."""
        digest = hashlib.sha256("\0".join(self.parents).encode())
        for path in source_files(self.sources):
            executable = os.access(path, os.X_OK)
            digest.update(f"\0{path.name}\0{executable}\0".encode())
            digest.update(path.read_bytes())
        return f"{self.name}-{digest.hexdigest()[:12]}"


def source_files(paths: Iterable[Path]) -> Iterable[Path]:
    """The files, and all files below the directories, in a stable order."""
    for path in paths:
        if path.is_dir():
            yield from sorted(entry for entry in path.rglob("*") if entry.is_file())
        else:
            yield path


def ensure(recipe: Recipe) -> Path:
    """The directory with the built thing; built now if nobody has yet."""
    directory = CACHE / recipe.key
    if directory.is_dir():
        return directory
    with locked(LOCKS / recipe.key):
        if not directory.is_dir():
            build(recipe, directory)
    return directory


def build(recipe: Recipe, directory: Path) -> None:
    """Build beside the final place and rename: a half-built thing is never found."""
    started = time.monotonic()
    print(f"building {recipe.key} (kept in {CACHE})", file=sys.stderr)
    unfinished = CACHE / f"{recipe.key}{UNFINISHED}"
    remove_tree(unfinished)
    unfinished.mkdir(parents=True)
    recipe.build(unfinished)
    unfinished.rename(directory)
    print(f"built {recipe.key} in {time.monotonic() - started:.0f} s", file=sys.stderr)


def purge(used: set[str]) -> None:
    """Remove what is not in use; with nothing in use, the whole cache."""
    for entry in CACHE.glob("*"):
        if entry.suffix == UNFINISHED:
            # Somebody may be at it: wait, and keep what came of it.
            with locked(LOCKS / entry.stem):
                remove_tree(entry)
        elif entry.name not in used and entry != LOCKS:
            remove_tree(entry)
    if not used:
        remove_tree(CACHE)
