"""Text files of the user, with clear words for those that are none."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from deployer.model.diagnostic import Diagnostic
from deployer.model.errors import LoadError
from deployer.model.source import Position

#: In bytes; a playbook or variables file is never near it.
LARGEST_FILE: Final = 32 * 1024 * 1024


def read_text(path: str | Path, shown_as: str = "") -> str:
    """The text of a file. Raises LoadError with a position that says why there is none."""
    file = shown_as or str(path)
    raw = _read_bytes(Path(path), file)
    if b"\0" in raw:
        at = Position(file, raw[: raw.index(b"\0")].count(b"\n") + 1, 1)
        raise LoadError([Diagnostic("a binary file, not text", at)])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        at = Position(file, before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1)
        wrong = Diagnostic("not UTF-8", at, f"the byte 0x{raw[error.start]:02x} stands here")
        raise LoadError([wrong]) from None


def _read_bytes(path: Path, file: str) -> bytes:
    at = Position(file)
    try:
        if path.is_dir():
            raise LoadError([Diagnostic("a directory, not a file", at)])
        with path.open("rb") as stream:
            raw = stream.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise LoadError([Diagnostic("no such file", at)]) from None
    except OSError as error:
        why = f"cannot be read: {error.strerror or error}"
        raise LoadError([Diagnostic(why, at)]) from None
    if len(raw) > LARGEST_FILE:
        raise LoadError([Diagnostic(f"larger than {LARGEST_FILE >> 20} MiB", at)])
    return raw
