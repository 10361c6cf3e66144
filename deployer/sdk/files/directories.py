"""Making directories with their parents, each with the attributes that are asked for."""

from __future__ import annotations

from deployer.model.change import Change
from deployer.model.script import Script, sh
from deployer.sdk.files.attributes import AttributeArgs
from deployer.sdk.files.look import PATHS
from deployer.sdk.files.modes import Mode

#: $1 path, $2 owner and group, $3 mode. Only directories that are made here get them.
MAKE = sh(
    r"""
p=$1
d_expand
rest=$p
case $p in /*) here=/ ;; *) here= ;; esac
while [ -n "$rest" ]; do
    part=${rest%%/*}
    case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
    if [ -z "$part" ]; then continue; fi
    here=$here$part
    if [ ! -d "$here" ]; then
        # Another host may share this disk and be quicker.
        (if [ -n "$2$3" ]; then umask 077; fi && mkdir -- "$here") || [ -d "$here" ] || exit 1
        if [ -n "$2" ]; then chown -- "$2" "$here" || exit 1; fi
        if [ -n "$2$3" ]; then chmod -- "${3:-=rwx}" "$here" || exit 1; fi
    fi
    here=$here/
done
d_facts -L
""",
    uses=(PATHS,),
)


def make_directories(args: AttributeArgs, path: str, mode: Mode | None) -> Script:
    """`mkdir -p`, with the attributes on every directory that is new."""
    return MAKE(path, args.chown, mode.for_new("=rwx") if mode is not None else "")


def create_directory(
    args: AttributeArgs, path: str, mode: Mode | None, cause: str = "absent"
) -> Change:
    """The change that makes a directory and what is missing above it."""
    return Change("create", f"directory {path}", cause, make_directories(args, path, mode))
