"""Directories that others can write to: what lies there was perhaps not put there by the user."""

from __future__ import annotations

import stat
from pathlib import Path


def trusted_directory(path: str | Path) -> bool:
    """Whether only its owner and group can put files there; a sticky bit does not help.

    A directory that does not exist is trusted: nothing is found in it. (Ansible ignores
    `ansible.cfg` in a world-writable directory for the same reason.)
    """
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return True
    return not stat.S_ISDIR(mode) or not mode & stat.S_IWOTH
