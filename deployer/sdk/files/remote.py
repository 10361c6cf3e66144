"""Copying on the host itself (`copy: remote_src=true`): a file, or a tree."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from deployer.model.change import Change
from deployer.model.errors import ProbeError
from deployer.model.script import Reply, Script, sh
from deployer.model.values import dataclass
from deployer.sdk.files.attributes import AttributeArgs, differing, resolved
from deployer.sdk.files.content import Wanted
from deployer.sdk.files.directories import make_directories
from deployer.sdk.files.links import BOUNDARY
from deployer.sdk.files.look import PATHS, FileState, look, parse_facts
from deployer.sdk.files.modes import Mode, octal
from deployer.sdk.files.tree import KEEP, SET_MANY
from deployer.sdk.kinds import Refused

#: $1 source, $2 destination. For each entry of the tree `KIND FACTS` (of the destination) and, each
#: ended by a NUL, its name. KIND: d directory; f equal file, c file to be copied; e equal link,
#: l link to be copied.
WALK = sh(
    r"""
walk() {
    for each in "$1"* "$1".[!.]* "$1"..?*; do
        [ -e "$each" ] || [ -L "$each" ] || continue
        name=${each#./}
        if [ -d "$each" ] && [ ! -L "$each" ]; then kind=d
        elif [ -L "$each" ]; then
            kind=l
            if [ -L "$dest/$name" ] &&
                [ "$(readlink -- "$each")" = "$(readlink -- "$dest/$name")" ]; then kind=e; fi
        elif cmp -s -- "$each" "$dest/$name" && [ ! -L "$dest/$name" ]; then kind=f
        else kind=c; fi
        if [ -e "$dest/$name" ] || [ -L "$dest/$name" ]; then
            printf '%s ' "$kind"
            stat -c 'is %f %u %g %s %U %G' -- "$dest/$name" || exit 1
        else
            printf '%s absent\n' "$kind"
        fi
        printf '%s\0' "$name"
        if [ "$kind" = d ]; then walk "$each/"; fi
    done
}
p=$1
d_expand
src=$p
if [ ! -d "$src" ]; then exit 0; fi
p=$2
d_expand
case $p in /*) dest=$p ;; *) dest=$PWD/$p ;; esac
cd -- "$src" || exit 1
printf 'umask '
umask
walk ./
""",
    uses=(PATHS,),
)

SHA1 = sh(
    r"""
p=$1
d_expand
if [ -f "$p" ] && [ -r "$p" ]; then printf 'sha1 ' && exec sha1sum <"$p"; fi
""",
    uses=(PATHS,),
)

#: $1 source, $2 destination, $3 whether replaced files are kept, then names: parents come first.
#: New directories and files have the modes of the source; what is new stands in a closed one.
TAKE = sh(
    r"""
p=$1
d_expand
src=$p
p=$2
d_expand
dest=$p
backup=$3
shift 3
t=
umask 0
trap 'if [ -n "$t" ]; then rm -rf -- "$t"; fi' EXIT
trap 'exit 1' HUP INT TERM
for each do
    if [ -d "$src/$each" ] && [ ! -L "$src/$each" ]; then
        if [ ! -d "$dest/$each" ]; then
            bits=$(stat -c %a -- "$src/$each") || exit 1
            mkdir -m "$bits" -- "$dest/$each" || [ -d "$dest/$each" ] || exit 1
        fi
        continue
    fi
    if [ -n "$backup" ]; then d_keep "$dest/$each" || exit 1; fi
    t=$(mktemp -d -- "$dest/.deploy.XXXXXXXXXX") || exit 1
    if cp -P -- "$src/$each" "$t/file" && mv -f -- "$t/file" "$dest/$each"; then
        rmdir -- "$t" || exit 1
        t=
    else
        exit 1
    fi
done
""",
    uses=(PATHS, KEEP),
)

_SHA1 = re.compile(rb"sha1 ([0-9a-f]{40})")


@dataclass(frozen=True, slots=True)
class RemoteEntry:
    """An entry of the source tree: `kind` as in `WALK`, and what stands in its place."""

    name: str
    kind: str
    at: FileState


@dataclass(frozen=True, slots=True)
class RemoteState:
    """The source, what is at the destination, and for a tree each entry.

    `root` is where to; `sha1` is that of a source file, if it was asked for.
    """

    source: FileState
    at: FileState
    root: str = ""
    entries: tuple[RemoteEntry, ...] = ()
    sha1: str = ""


def destination(src: str, dest: str) -> str:
    """The directory that takes the contents: a source without a slash at its end keeps its name."""
    base = dest.rstrip("/") or "/"
    return base if src.endswith("/") else posixpath.join(base, posixpath.basename(src))


def ask_remote(src: str, dest: str, here: Script, *, sha1: bool = False) -> Script:
    """The probe of both sides; `here` looks at the destination as a file."""
    source = src.rstrip("/") or "/"
    return (
        (SHA1(source) if sha1 else Script())
        + look(source, follow=True, sha256=True)
        + BOUNDARY()
        + WALK(src, destination(src, dest))
        + BOUNDARY()
        + BOUNDARY()
        + here
    )


def parse_remote(src: str, dest: str, reply: Reply) -> RemoteState:
    """What `ask_remote` saw; raises ProbeError."""
    if not reply.ok:
        raise ProbeError(f"cannot look at {src} and {dest}: {reply.err.strip() or reply.code}")
    before, _, rest = reply.stdout.partition(b"\0")
    tree, found, last = rest.partition(b"\0\0")
    if not found:
        raise ProbeError(f"cannot look at {src}: no answer")
    sha1 = _SHA1.match(before)
    source = parse_facts(src, before)
    entries = tuple(_entries(tree))
    at = parse_facts(dest, last.removeprefix(b"\0"))
    root = destination(src, dest)
    return RemoteState(source, at, root, entries, sha1[1].decode() if sha1 else "")


def _entries(tree: bytes) -> list[RemoteEntry]:
    umask, _, rest = tree.partition(b"\n")
    if not umask.startswith(b"umask "):
        return []
    found = []
    while rest:
        line, _, rest = rest.partition(b"\n")
        raw, _, rest = rest.partition(b"\0")
        name = raw.decode("utf-8", "surrogateescape")
        facts = umask + b"\n" + line[2:] + b"\n"
        found.append(RemoteEntry(name, line[:1].decode(), parse_facts(name, facts)))
    return found


def wanted_remote(seen: RemoteState) -> Wanted:
    """The content of a source file; raises Refused where it cannot be read."""
    source = seen.source
    if not source.exists:
        raise Refused(f"source {source.path} not found", {"src": source.path})
    if source.type != "file" or source.unreadable:
        why = "cannot be read" if source.unreadable else f"is a {source.type}"
        raise Refused(f"source {source.path} {why}", {"src": source.path})
    return Wanted(b"", source.sha256)


def diff_remote_tree(
    args: AttributeArgs,
    seen: RemoteState,
    mode: Mode | None,
    directory_mode: Mode | None,
    *,
    force: bool,
    backup: bool,
) -> Sequence[Change]:
    """One change that copies what differs and sets attributes."""
    take: list[str] = []
    settings: dict[tuple[str, str], list[str]] = {}
    for entry in seen.entries:
        at, folder = entry.at, entry.kind == "d"
        if at.exists and at.type != ("directory" if folder else at.type):
            raise Refused(f"{seen.root}/{entry.name} is a {at.type}, not a directory")
        if not folder and at.type == "directory":
            raise Refused(f"{seen.root}/{entry.name} is a directory, not a file")
        new = not at.exists or (entry.kind in "cl" and force)
        if new:
            take.append(entry.name)
        wanted = (directory_mode if not at.exists else None) if folder else mode
        if entry.kind in "el" or (at.type == "link" and not new):
            # A mode would be that of what the link leads to.
            wanted = None
        if setting := _setting(args, at, wanted, new=new):
            settings.setdefault(setting, []).append(entry.name)
    above = posixpath.dirname(seen.root) or "."
    script = make_directories(args, above, directory_mode)
    script += make_directories(args, seen.root, directory_mode or Mode(octal=seen.source.mode))
    if take:
        script += TAKE(seen.source.path, seen.root, "b" if backup else "", *take)
    for (owner, bits), names in settings.items():
        script += SET_MANY(seen.root, owner, bits, *(f"./{name}" for name in names))
    if not take and not settings:
        return []
    subject = f"{len(take)} of {len(seen.entries)} entries to {seen.root}"
    return [Change("copy", subject, f"from {seen.source.path}", script)]


def _setting(
    args: AttributeArgs, at: FileState, mode: Mode | None, *, new: bool
) -> tuple[str, str] | None:
    """Owner and mode to set on an entry, or None."""
    if not args.chown and mode is None:
        return None
    if new:
        return args.chown, mode.for_new("=rw") if mode is not None else ""
    if not differing(args, at, mode):
        return None
    return args.chown, octal(resolved(mode, at)) if mode is not None else ""
