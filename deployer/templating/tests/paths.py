"""Tests of the controller's files, and of addresses."""

from __future__ import annotations

import os.path
from typing import Any

from jinja2 import pass_context

from deployer.templating.filters.net import interface
from deployer.templating.registry import text
from deployer.templating.scope import Impurity


def _looked(context: Any, name: str) -> None:
    """These read the controller's disk, which a coming step may change."""
    if context is not None:
        context.run.impure(f"test `{name}`", Impurity.READS)


@text("file", "is_file")
@pass_context
def file(context: Any, path: str) -> bool:
    """Whether it is a file on the controller.

    >>> file(None, "/etc/passwd"), file(None, "/etc")
    (True, False)
    """
    _looked(context, "file")
    return os.path.isfile(path)  # noqa: PTH113


@text("directory", "is_dir")
@pass_context
def directory(context: Any, path: str) -> bool:
    """Whether it is a directory on the controller.

    >>> directory(None, "/etc")
    True
    """
    _looked(context, "directory")
    return os.path.isdir(path)  # noqa: PTH112


@text("link", "is_link")
@pass_context
def link(context: Any, path: str) -> bool:
    """Whether it is a symbolic link on the controller.

    >>> link(None, "/etc")
    False
    """
    _looked(context, "link")
    return os.path.islink(path)  # noqa: PTH114


@text("exists")
@pass_context
def exists(context: Any, path: str) -> bool:
    """Whether there is such a path on the controller.

    >>> exists(None, "/nobody/has/this")
    False
    """
    _looked(context, "exists")
    return os.path.exists(path)  # noqa: PTH110


@text("link_exists")
@pass_context
def link_exists(context: Any, path: str) -> bool:
    """Whether there is such a path, even a link that leads nowhere.

    >>> link_exists(None, "/etc")
    True
    """
    _looked(context, "link_exists")
    return os.path.lexists(path)


@text("same_file", "is_same_file")
@pass_context
def same_file(context: Any, path: str, other: str) -> bool:
    """Whether two paths of the controller lead to one file.

    >>> same_file(None, "/etc", "/etc/.")
    True
    """
    _looked(context, "same_file")
    return os.path.samefile(path, other)  # noqa: PTH121


@text("mount", "is_mount")
@pass_context
def mount(context: Any, path: str) -> bool:
    """Whether something is mounted there on the controller.

    >>> mount(None, "/")
    True
    """
    _looked(context, "mount")
    return os.path.ismount(path)


@text("abs", "is_abs")
def abs_(path: str) -> bool:
    """Whether a path begins at the root.

    >>> abs_("/a"), abs_("a")
    (True, False)
    """
    return os.path.isabs(path)  # noqa: PTH117


@text("ip", "ip_address")
def ip(value: Any) -> bool:
    """Whether it is an address.

    >>> ip("10.0.0.1"), ip("x")
    (True, False)
    """
    return interface(value) is not None and "/" not in str(value)


@text("ipv4", "ipv4_address")
def ipv4(value: Any) -> bool:
    """Whether it is an IPv4 address.

    >>> ipv4("10.0.0.1"), ipv4("::1")
    (True, False)
    """
    at = interface(value)
    return at is not None and at.version == 4


@text("ipv6", "ipv6_address")
def ipv6(value: Any) -> bool:
    """Whether it is an IPv6 address.

    >>> ipv6("::1"), ipv6("10.0.0.1")
    (True, False)
    """
    at = interface(value)
    return at is not None and at.version == 6
