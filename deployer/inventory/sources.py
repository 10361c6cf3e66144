"""Where inventories are: names, paths, host lists, directories; and which reader a file gets."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from deployer.inventory import documents
from deployer.inventory.documents import Decrypt
from deployer.inventory.draft import Draft
from deployer.inventory.ini import read_ini
from deployer.inventory.model import Inventory
from deployer.inventory.ranges import expand, split_port
from deployer.inventory.script import is_script_document, read_groups, read_script, set_host_vars
from deployer.inventory.trust import trusted_directory
from deployer.inventory.yaml_source import read_yaml
from deployer.model.diagnostic import Diagnostic, did_you_mean
from deployer.model.errors import LoadError
from deployer.model.source import Position

#: The directory in which `-i NAME` is looked for.
INVENTORIES = "inventories"
#: What a name may lack.
ENDINGS = ("", ".yml", ".yaml", ".ini", ".json")
#: Files in an inventory directory that are none (Ansible's INVENTORY_IGNORE_EXTS, and `.py[co]`).
IGNORED_ENDINGS = (
    ".bak", ".orig", "~", ".retry", ".pyc", ".pyo", ".cfg", ".rst", ".md", ".txt", ".swp", ".rpm",
)  # fmt: skip
IGNORED_NAMES = ("group_vars", "host_vars", "vars_plugins")
_YAML = (".yml", ".yaml")


def load(
    sources: Sequence[str],
    *,
    cwd: str | Path = ".",
    playbook_dir: str | Path | None = None,
    decrypt: Decrypt | None = None,
    on_wait: Callable[[], None] | None = None,
) -> Inventory:
    """Read all sources, later ones over earlier ones.

    A source is a name (`prod`: `inventories/prod`, `inventories/prod.yml`, … `prod`, …, first in
    `cwd`, then in `playbook_dir`), a path, or a list of hosts with a comma (`web1,web2,`).
    `decrypt` opens YAML inventories that are encrypted as a whole. `on_wait` is called before
    a script is waited for. Raises LoadError with the problems of every source.
    """
    draft = Draft()
    draft.decrypt = decrypt
    draft.on_wait = on_wait or draft.on_wait
    problems: list[Diagnostic] = []
    bases = list(dict.fromkeys(Path(base).absolute() for base in (cwd, playbook_dir) if base))
    for source in sources:
        try:
            _read_source(source, bases, draft)
        except LoadError as error:
            problems += error.diagnostics
    if problems:
        raise LoadError([*problems, *draft.warnings])
    for name in draft.group_names():
        if draft.knows_host(name):
            draft.warn(f"`{name}` is both a host and a group", help="patterns take it for the host")
    return draft.freeze()


def _read_source(source: str, bases: Sequence[Path], draft: Draft) -> None:
    if "," in source and not Path(bases[0], source).exists():
        _read_host_list(source, draft)
        return
    path = find(source, bases, draft)
    draft.sources.append(str(path))
    _read_path(path, draft)


def _read_host_list(source: str, draft: Draft) -> None:
    draft.reading = ""
    position = Position(f"-i {source}")
    for written in (part.strip() for part in source.split(",")):
        if not written:
            continue
        try:
            base, port = split_port(written)
            names = expand(base)
        except ValueError as error:
            raise LoadError([Diagnostic(str(error), position)]) from error
        for name in names:
            draft.add_member("ungrouped", name, position)
            if port is not None:
                draft.host_vars(name)["ansible_port"] = port


def find(source: str, bases: Sequence[Path], draft: Draft) -> Path:
    """The file or directory that `-i SOURCE` means.

    Raises LoadError that says where it was looked for, and which inventories there are.
    """
    written = Path(source).expanduser()
    if "/" in source or source in (".", ".."):
        candidates = [base / f"{written}{ending}" for base in bases for ending in ENDINGS]
    else:
        candidates = [
            folder / f"{source}{ending}"
            for base in bases
            for folder in _trusted_folders(base, source, draft)
            for ending in ENDINGS
        ]
    found = next((path for path in candidates if path.exists()), None)
    if found is None:
        raise _not_found(source, bases, candidates)
    return found


def _trusted_folders(base: Path, source: str, draft: Draft) -> list[Path]:
    """`inventories/` and the directory itself, unless others may write there (check 32)."""
    folders = [base / INVENTORIES, base]
    if not trusted_directory(base):
        shadowed = any(
            (folder / f"{source}{end}").exists() for folder in folders for end in ENDINGS
        )
        if shadowed:
            summary = f"inventories in `{base}` are ignored: everybody can write to that directory"
            draft.warn(summary, Position(str(base)), f"`-i ./{source}` takes it all the same")
        return []
    if not trusted_directory(folders[0]):
        summary = f"`{folders[0]}` is ignored: everybody can write to that directory"
        draft.warn(summary, Position(str(folders[0])))
        return folders[1:]
    return folders


def _not_found(source: str, bases: Sequence[Path], candidates: Sequence[Path]) -> LoadError:
    known = sorted(
        {
            path.stem if path.suffix in ENDINGS else path.name
            for base in bases
            for path in _entries(base / INVENTORIES)
        }
    )
    folders = list(dict.fromkeys(str(path.parent) for path in candidates))
    looked = f"looked in {', '.join(folders)}" if folders else "no directory can be trusted"
    near = did_you_mean(source, known) if source not in known else ""
    listed = f"there are: {', '.join(known)}" if known and not near else ""
    hint = "; ".join(part for part in (looked, near, listed) if part)
    return LoadError([Diagnostic(f"there is no inventory `{source}`", None, hint)])


def _entries(directory: Path) -> list[Path]:
    """The entries of an inventory directory that count, sorted by name."""
    try:
        names = sorted(os.listdir(directory))  # noqa: PTH208 - names are needed, not paths
    except OSError:
        return []
    return [
        directory / name
        for name in names
        if not name.startswith(".")
        and name not in IGNORED_NAMES
        and not name.endswith(IGNORED_ENDINGS)
    ]


def _read_path(path: Path, draft: Draft) -> None:
    if not path.is_dir():
        _read_file(path, draft)
        return
    problems: list[Diagnostic] = []
    entries = _entries(path)
    if not entries:
        draft.warn("there is no inventory in this directory", Position(str(path)))
    for entry in entries:
        try:
            _read_path(entry, draft)
        except LoadError as error:
            problems += error.diagnostics
    if problems:
        raise LoadError(problems)


def _read_file(path: Path, draft: Draft) -> None:
    draft.reading = str(path)
    if not path.is_file():
        raise documents.fault("is not a file or directory", str(path))
    if _is_script(path):
        read_script(path, draft)
        return
    text = documents.read_text(path)
    ending = path.suffix.lower()
    if ending == ".json":
        _read_json(text, str(path), draft)
    elif ending in _YAML or (ending != ".ini" and _looks_like_yaml(text)):
        _read_yaml(text, str(path), draft)
    else:
        read_ini(text, str(path), draft)


def _read_yaml(text: str, file: str, draft: Draft) -> None:
    read_yaml(documents.parse_document(text, file, draft.decrypt, draft.warnings), file, draft)


def _read_json(text: str, file: str, draft: Draft) -> None:
    position = Position(file)
    document = documents.parse_json(text, file, position)
    if not is_script_document(document):
        _read_yaml(text, file, draft)
        return
    set_host_vars(draft, read_groups(document, position, draft) or {}, position)


def _is_script(path: Path) -> bool:
    """An executable with `#!` or an ELF header. Raises LoadError for `#!` without permission."""
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise documents.fault(f"cannot be read: {error.strerror}", str(path)) from error
    interpreted = head.startswith(b"#!")
    if interpreted and not os.access(path, os.X_OK):
        hint = f"chmod +x {path.name}"
        raise documents.fault("is an inventory script that cannot be run", str(path), hint)
    return interpreted or (head == b"\x7fELF" and os.access(path, os.X_OK))


def _looks_like_yaml(text: str) -> bool:
    """Whether a file without a telling name is YAML: by its first line that says something."""
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line[0] == "[":
            return False
        key, colon, rest = line.partition(":")
        plain_key = bool(colon) and (not rest or rest[0].isspace()) and not key.split()[1:]
        return line.startswith(("---", "%YAML", "{", documents.VAULT_HEADER)) or plain_key
    return False
