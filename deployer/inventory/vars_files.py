"""`group_vars/` and `host_vars/`: which files there are, and what they say.

For an entity NAME the first that exists counts: `group_vars/NAME`, `NAME.yml`, `NAME.yaml`,
`NAME.json`; a directory stands for all files below it in the order of their paths (Ansible's
host_group_vars plugin).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from deployer.inventory import documents
from deployer.inventory.documents import Decrypt
from deployer.model.diagnostic import Diagnostic, Severity
from deployer.model.errors import LoadError
from deployer.model.source import Position, SourceMap, Value, Variables, origin_of

ENDINGS = ("", ".yml", ".yaml", ".json")
_NONE: dict[str, Value] = {}


class VarsFiles:
    """The variable files beside some directories, read when first asked for and then kept.

    `directories` come in the order in which their values are laid over each other.
    """

    def __init__(self, directories: Iterable[str | Path], decrypt: Decrypt | None = None) -> None:
        self.directories = tuple(dict.fromkeys(Path(path) for path in directories))
        self.warnings: list[Diagnostic] = []
        self._decrypt = decrypt
        self._read: dict[tuple[str, str], Variables] = {}
        self._listings: dict[Path, frozenset[str]] = {}

    @classmethod
    def beside(cls, sources: Iterable[str], decrypt: Decrypt | None = None) -> VarsFiles:
        """The variable files beside inventory sources: in a directory, or next to a file."""
        paths = [Path(source) for source in sources]
        return cls([path if path.is_dir() else path.parent for path in paths], decrypt)

    def group(self, name: str) -> Variables:
        """The variables of a group. Raises LoadError for files that cannot be read."""
        return self._get("group_vars", name)

    def host(self, name: str) -> Variables:
        """The variables of a host. Raises LoadError for files that cannot be read."""
        return self._get("host_vars", name)

    def files(self, folder: str, name: str) -> list[Path]:
        """The files for `name` in `folder` (`group_vars` or `host_vars`), in order."""
        return [
            file for directory in self.directories for file in self._files(directory / folder, name)
        ]

    def _get(self, folder: str, name: str) -> Variables:
        key = (folder, name)
        if key not in self._read:
            merged: dict[str, Value] = {}
            for file in self.files(folder, name):
                merged.update(load_variables(file, self._decrypt, self.warnings))
            self._read[key] = merged or _NONE
        return self._read[key]

    def _files(self, folder: Path, name: str) -> list[Path]:
        present = [
            folder / f"{name}{ending}"
            for ending in ENDINGS
            if f"{name}{ending}" in self._listing(folder)
        ]
        if not present:
            return []
        for other in present[1:]:
            summary = f"`{other}` is ignored: `{present[0].name}` stands for it"
            hint = f"move it to `{present[0].name}/`" if present[0].is_dir() else ""
            self.warnings.append(Diagnostic(summary, Position(str(other)), hint, Severity.WARNING))
        return _below(present[0]) if present[0].is_dir() else [present[0]]

    def _listing(self, folder: Path) -> frozenset[str]:
        """The names in a folder: one look for all hosts instead of four each."""
        if folder not in self._listings:
            try:
                names = frozenset(path.name for path in folder.iterdir())
            except OSError:
                names = frozenset()
            self._listings[folder] = names
        return self._listings[folder]


def load_variables(
    path: Path, decrypt: Decrypt | None = None, warnings: list[Diagnostic] | None = None
) -> Mapping[str, Value]:
    """The variables in a file, YAML or JSON, encrypted as a whole or not.

    `warnings` collects what is suspicious. Raises LoadError where it cannot be read or
    decrypted, or is not a mapping.
    """
    position = Position(str(path))
    text = documents.read_text(path)
    values = documents.parse_document(text, str(path), decrypt, warnings)
    if values is None:
        return SourceMap({}, position)
    if not isinstance(values, Mapping):
        place = origin_of(values) or position
        raise LoadError([Diagnostic("a file of variables must be a mapping", place)])
    return values


def _below(folder: Path) -> list[Path]:
    """All variable files in a folder and its folders, sorted; hidden and backup files are not."""
    found: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name.endswith("~"):
            continue
        if path.is_dir():
            found += _below(path)
        elif path.suffix in ENDINGS:
            found.append(path)
    return found
