"""ssh_config as one text: options of ours first, then the user's file, then the system's.

Paramiko and Fabric match Host and Match blocks, but know no Include; so includes are unfolded
here. The first value wins in ssh_config, which makes the order of the text the precedence.
"""

from __future__ import annotations

import re
from pathlib import Path

from deployer.model.errors import ConnectError
from deployer.transport.options import Options

#: How deep OpenSSH lets includes nest.
DEEPEST = 16
SYSTEM = Path("/etc/ssh/ssh_config")

_LINE = re.compile(r"\s*(\w+)(?:\s*=\s*|\s+)(.*?)\s*\Z")


def user_file() -> Path:
    return Path("~/.ssh/config").expanduser()


def text_of(options: Options) -> str:
    """Everything that ssh_config says, `options` first. ("ConfigFile", path) is `ssh -F`.

    Raises ConnectError where a file that was named cannot be read.
    """
    lines = [f"{name} {value}" for name, value in options if name.lower() != "configfile"]
    named = [value for name, value in options if name.lower() == "configfile"]
    if not named:
        lines += _file(user_file(), "", 0, missing_ok=True)
        lines += ["Match all", *_file(SYSTEM, "", 0, missing_ok=True)]
    elif named[-1].lower() != "none":
        lines += _file(Path(named[-1]).expanduser(), "", 0, missing_ok=False)
    return "\n".join(lines) + "\n"


def _file(path: Path, condition: str, depth: int, *, missing_ok: bool) -> list[str]:
    """The lines of a file; `condition` are the Match criteria under which it is included."""
    if depth > DEEPEST:
        raise ConnectError(f"{path}: Include nests more than {DEEPEST} deep")
    try:
        text = path.read_text("utf-8", "replace")
    except OSError as error:
        if missing_ok:
            return []
        raise ConnectError(f"cannot read {path}: {error.strerror}") from error
    lines: list[str] = []
    here = condition
    for line in text.splitlines():
        match = _LINE.match(line)
        if not match:  # blank, a comment, or a keyword without a value
            continue
        keyword = match[1].lower()
        if keyword in ("host", "match"):
            here = " ".join(filter(None, (condition, _criteria(keyword, match[2]))))
            lines.append("Match " + (here or "all"))
        elif keyword == "include":
            for found in _included(match[2], path):
                lines += _file(found, here, depth + 1, missing_ok=True)
            # What follows belongs to the block that the Include stands in.
            lines.append("Match " + (here or "all"))
        else:
            lines.append(line)
    return lines


def _criteria(keyword: str, value: str) -> str:
    """A Host or Match line as criteria that can be joined with those around an Include."""
    if keyword == "host":
        return "originalhost " + ",".join(value.replace('"', "").split())
    # `all` may stand with nothing else, and adds nothing to other criteria.
    return "" if value.strip().lower() == "all" else value


def _included(value: str, path: Path) -> list[Path]:
    """The files of an Include line in lexical order; relative ones as ssh_config(5) says."""
    base = SYSTEM.parent if path.is_relative_to(SYSTEM.parent) else user_file().parent
    found: list[Path] = []
    for pattern in value.replace('"', "").split():
        full = base / Path(pattern).expanduser()
        found += sorted(Path(full.anchor).glob(str(full.relative_to(full.anchor))))
    return found
