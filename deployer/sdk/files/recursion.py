"""Attributes of a directory and everything below it (`file: recurse=true`).

The probe brings only which kinds of entries there are (type, mode, owner), not their names, so
its size does not grow with the tree. Links are not followed.
"""

from __future__ import annotations

from deployer.model.change import Change
from deployer.model.errors import ProbeError
from deployer.model.script import Script, sh
from deployer.model.values import dataclass
from deployer.sdk.files.attributes import AttributeArgs, differing, resolved
from deployer.sdk.files.look import PATHS, FileState, parse_facts
from deployer.sdk.files.modes import Mode, octal, shown

KINDS = sh(
    r"""
p=$1
d_expand
case $p in -*) p=./$p ;; esac
if [ ! -d "$p" ]; then exit 0; fi
{ find "$p/" -exec stat -c 'is %f %u %g 0 %U %G' -- {} + || echo failed; } | sort -u
""",
    uses=(PATHS,),
)

OWN = sh(
    r"""
p=$1
d_expand
case $p in -*) p=./$p ;; esac
find "$p/" -exec chown -h -- "$2" {} +
""",
    uses=(PATHS,),
)

#: $1 path, $2 type as find has it, $3 mode as it is, $4 mode as it is to be. Depth first, because
#: a directory may become closed.
CHANGE = sh(
    r"""
p=$1
d_expand
case $p in -*) p=./$p ;; esac
find "$p/" -depth -type "$2" -perm "$3" -exec chmod -- "$4" {} +
""",
    uses=(PATHS,),
)

#: The directory itself, afterwards.
SHOW = sh(
    r"""
p=$1
d_expand
d_facts -L
""",
    uses=(PATHS,),
)

_LETTERS = {"file": "f", "directory": "d", "fifo": "p", "socket": "s"}


@dataclass(frozen=True, slots=True)
class Kinds:
    """The distinct kinds of entries of a tree, each as the state of one entry."""

    seen: tuple[FileState, ...] = ()


def parse_kinds(path: str, output: bytes) -> Kinds:
    """What `KINDS` printed; raises ProbeError."""
    lines = [line for line in output.splitlines() if line]
    if any(not line.startswith(b"is ") for line in lines):
        raise ProbeError(f"cannot look below {path}")
    return Kinds(tuple(parse_facts(path, line + b"\n") for line in lines))


def change_all(args: AttributeArgs, path: str, kinds: Kinds, mode: Mode | None) -> list[Change]:
    """The change that gives the directory and all below its attributes, where some lack them."""
    script, causes = Script(), list[str]()
    owners = [differing(args, kind, None) for kind in kinds.seen]
    if any(owners):
        script += OWN(path, args.chown)
        causes += sorted({f"{name} {text}" for found in owners for name, text in found.items()})
    for kind in kinds.seen if mode is not None else ():
        letter = _LETTERS.get(kind.type)
        wanted = resolved(mode, kind) if mode is not None else kind.mode
        cleared = any(owners) and bool(kind.mode & 0o6000)
        if letter is None or (wanted == kind.mode and not cleared):
            continue
        causes.append(f"mode {shown(kind.mode)} -> {shown(wanted)}")
        for bits in dict.fromkeys([kind.mode, kind.mode & 0o1777] if cleared else [kind.mode]):
            script += CHANGE(path, letter, octal(bits), octal(wanted))
    if not script:
        return []
    script += SHOW(path)
    return [Change("set attributes in", path, ", ".join(dict.fromkeys(causes)), script)]
