"""Paths, by their text alone or on the controller's disk."""

from __future__ import annotations

import glob
import os.path
from typing import Any

from jinja2 import pass_context

from deployer.templating.registry import text
from deployer.templating.scope import Impurity


@text()
def basename(path: str) -> str:
    """What stands after the last slash.

    >>> basename("/etc/app/x.conf")
    'x.conf'
    """
    return os.path.basename(path)  # noqa: PTH119


@text()
def dirname(path: str) -> str:
    """What stands before the last slash.

    >>> dirname("/etc/app/x.conf")
    '/etc/app'
    """
    return os.path.dirname(path)  # noqa: PTH120


@text()
def expanduser(path: str) -> str:
    """A path with `~` made full.

    >>> expanduser("/a")
    '/a'
    """
    return os.path.expanduser(path)  # noqa: PTH111


@text()
def expandvars(path: str) -> str:
    """A path with `$NAME` replaced from the controller's environment.

    >>> expandvars("/a/$NOBODY_HAS_THIS")
    '/a/$NOBODY_HAS_THIS'
    """
    return os.path.expandvars(path)


@text()
@pass_context
def realpath(context: Any, path: str) -> str:
    """The path with symbolic links of the controller resolved.

    >>> realpath(None, "/a/../b")
    '/b'
    """
    _reads(context, "realpath")
    return os.path.realpath(path)


@text()
def relpath(path: str, start: str = ".") -> str:
    """The path as seen from `start`.

    >>> relpath("/a/b/c", "/a")
    'b/c'
    """
    return os.path.relpath(path, start)


@text()
def normpath(path: str) -> str:
    """The path without `.` and `..`.

    >>> normpath("/a/./b/../c")
    '/a/c'
    """
    return os.path.normpath(path)


@text()
def splitext(path: str) -> list[str]:
    """The path and its extension.

    >>> splitext("nginx.conf")
    ['nginx', '.conf']
    """
    return list(os.path.splitext(path))  # noqa: PTH122


@text()
def path_join(paths: str | list[str]) -> str:
    """One path out of its parts.

    >>> path_join(["/etc", "app", "x"])
    '/etc/app/x'
    """
    return paths if isinstance(paths, str) else os.path.join(*paths)  # noqa: PTH118


@text()
def commonpath(paths: list[str]) -> str:
    """The longest path that all have in common.

    >>> commonpath(["/a/b/c", "/a/b/d"])
    '/a/b'
    """
    return os.path.commonpath(paths)


@text()
@pass_context
def fileglob(context: Any, pattern: str) -> list[str]:
    """The controller's files that match a pattern, sorted.

    >>> fileglob(None, "/nobody/has/*.this")
    []
    """
    _reads(context, "fileglob")
    return sorted(path for path in glob.glob(pattern) if os.path.isfile(path))  # noqa: PTH207, PTH113


def _reads(context: Any, name: str) -> None:
    if context is not None:
        context.run.impure(name, Impurity.READS)
