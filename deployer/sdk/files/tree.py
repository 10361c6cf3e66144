"""Directory trees: one look at all of it, one stream of what differs.

The look is given the names that matter, so a tree may go into a directory that holds much more.
Answers carry no names: they come in the order of the questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from deployer.model.errors import ProbeError
from deployer.model.script import LocalFile, Reply, Script, Stream, sh
from deployer.model.values import dataclass
from deployer.sdk.files.look import PATHS, FileState, parse_facts
from deployer.sdk.inputs import TreeEntry

#: Names per question: well below the limit of an argv.
CHUNK = 2000

#: $1 root, then names. One letter per name: f file, u file that cannot be read, l link, m link to
#: a file, d directory, o other, a absent. Then facts, targets of links, hashes.
ASK = sh(
    r"""
p=$1
d_expand
shift
printf 'umask '
umask
if [ ! -d "$p" ]; then
    if [ -e "$p" ] || [ -L "$p" ]; then echo 'root file'; else echo 'root absent'; fi
    exit 0
fi
cd -- "$p" || exit 1
letters=
for each do
    if [ -L "$each" ]; then
        if [ -f "$each" ] && [ -r "$each" ]; then letters=${letters}m
        elif [ -e "$each" ] && [ ! -d "$each" ] && [ ! -f "$each" ]; then letters=${letters}lo
        else letters=${letters}l; fi
    elif [ ! -e "$each" ]; then letters=${letters}a
    elif [ -d "$each" ]; then letters=${letters}d
    elif [ ! -f "$each" ]; then letters=${letters}o
    elif [ -r "$each" ]; then letters=${letters}f
    else letters=${letters}u; fi
done
printf 'kinds %s\n' "$letters"
case $letters in *[!a]*) ;; *) exit 0 ;; esac
stat -c 'is %f %u %g %s %U %G' -- "$@" 2>/dev/null
case $letters in
*[lm]*)
    for each do
        if [ -L "$each" ]; then printf '%s\0' "$(readlink -- "$each")"; fi
    done
    ;;
esac
case $letters in
*o*) ;;
*[fm]*) sha256sum -- "$@" 2>/dev/null ;;
esac
:
""",
    uses=(PATHS,),
)

#: `d_keep` copies a file that is about to be replaced, beside it and with a time stamp.
KEEP = sh(
    r"""
d_keep() {
    [ -f "$1" ] || return 0
    d_backup=$1.$$.$(date +%Y-%m-%d@%H:%M:%S)~
    # Made anew: nobody has put a link there that would be followed.
    (umask 077 && set -C && : >"$d_backup") && cp -p -- "$1" "$d_backup"
}
"""
)

#: $1 root, $2 owner and group, $3 whether replaced files are kept; then pairs of `uid:gid` and a
#: name: owners of replaced files that are kept where that is possible. The tree on standard input
#: is unpacked beside and moved in.
UNPACK = sh(
    r"""
p=$1
d_expand
spec=$2
backup=$3
shift 3
t=$(mktemp -d -- "$p/.deploy.XXXXXXXXXX") || exit 1
trap 'rm -rf -- "$t"' EXIT
trap 'exit 1' HUP INT TERM
tar -x -o -p -m -f - -C "$t" || exit 1
if [ -n "$spec" ]; then chown -Rh -- "$spec" "$t" || exit 1; fi
own=$(stat -c %u:%g -- "$t") || exit 1
while [ $# -gt 1 ]; do
    if [ "$1" != "$own" ]; then chown -h -- "$1" "$t/$2" 2>/dev/null || :; fi
    shift 2
done
d_merge "$t" "$p"
""",
    uses=(
        PATHS,
        KEEP,
        sh(
            r"""
d_merge() (
    from=$1 to=$2
    set --
    for each in "$from"/* "$from"/.[!.]* "$from"/..?*; do
        if [ -d "$each" ] && [ ! -L "$each" ] && [ -d "$to/${each##*/}" ]; then
            d_merge "$each" "$to/${each##*/}" || exit 1
        elif [ -e "$each" ] || [ -L "$each" ]; then
            if [ -n "$backup" ]; then d_keep "$to/${each##*/}" || exit 1; fi
            set -- "$@" "$each"
            if [ $# -ge 200 ]; then
                mv -f -- "$@" "$to/" || exit 1
                set --
            fi
        fi
    done
    [ $# -eq 0 ] || mv -f -- "$@" "$to/"
)
"""
        ),
    ),
)

#: $1 root, $2 owner and group, $3 mode, then names.
SET_MANY = sh(
    r"""
p=$1
d_expand
cd -- "$p" || exit 1
spec=$2 mode=$3
shift 3
if [ -n "$spec" ]; then chown -h -- "$spec" "$@" || exit 1; fi
if [ -n "$mode" ]; then chmod -- "$mode" "$@" || exit 1; fi
""",
    uses=(PATHS,),
)

_HASH = re.compile(rb"\\?([0-9a-f]{64})  ")


@dataclass(frozen=True, slots=True)
class TreeState:
    """What is at the names that were asked for, in their order. `root` is the directory's type."""

    root: str = "directory"
    umask: int = 0o022
    entries: tuple[FileState, ...] = ()


def ask_tree(root: str, names: Sequence[str]) -> Script:
    """The probe of many names in one directory; one call per `CHUNK` names."""
    starts = range(0, max(len(names), 1), CHUNK)
    calls = (ASK(root, *(f"./{name}" for name in names[i : i + CHUNK])) for i in starts)
    return sum(calls, Script())


def parse_tree(root: str, names: Sequence[str], reply: Reply) -> TreeState:
    """What `ask_tree` saw; raises ProbeError."""
    if not reply.ok:
        raise ProbeError(f"cannot look at {root}: {reply.err.strip() or reply.code}")
    reader = _Reader(reply.stdout)
    umask, kind, entries = 0o022, "directory", list[FileState]()
    while (line := reader.line()) is not None:
        word, _, text = line.partition(b" ")
        if word == b"umask":
            umask = int(text, 8)
        elif word == b"root":
            kind = text.decode()
        elif word == b"kinds":
            chunk = names[len(entries) : len(entries) + CHUNK]
            entries += reader.entries(chunk, text.decode())
    if kind == "directory" and len(entries) != len(names):
        raise ProbeError(f"cannot look at {root}: {len(entries)} of {len(names)} answers")
    if kind != "directory":
        entries = [FileState(name) for name in names]
    return TreeState(kind, umask, tuple(replace(entry, umask=umask) for entry in entries))


class _Reader:
    """A cursor over the probe's output."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def line(self) -> bytes | None:
        return self._until(b"\n")

    def _until(self, mark: bytes) -> bytes | None:
        if self._at >= len(self._data):
            return None
        end = self._data.find(mark, self._at)
        end = len(self._data) if end < 0 else end
        found = self._data[self._at : end]
        self._at = end + len(mark)
        return found

    def entries(self, names: Sequence[str], letters: str) -> list[FileState]:
        """The states of a chunk: facts, then targets, then hashes, each in the order of names."""
        # `lo` is a link to what is neither file nor directory: one name.
        kinds = list(letters.replace("lo", "L")) if "lo" in letters else list(letters)
        states = [FileState(name) for name in names]
        for index, kind in enumerate(kinds):
            if kind != "a":
                states[index] = parse_facts(names[index], (self.line() or b"") + b"\n")
        for index, kind in enumerate(kinds):
            if kind in "lmL":
                target = (self._until(b"\0") or b"").decode("utf-8", "surrogateescape")
                states[index] = replace(states[index], target=target)
        if not any(kind in "oL" for kind in kinds):
            self._hashes(states, kinds)
        return [
            replace(state, unreadable=True) if kind == "u" else state
            for state, kind in zip(states, kinds, strict=True)
        ]

    def _hashes(self, states: list[FileState], kinds: list[str]) -> None:
        for index, kind in enumerate(kinds):
            if kind not in "fm":
                continue
            while (line := self.line()) is not None:
                # The rest of a name with a newline in it is no hash.
                if found := _HASH.match(line):
                    states[index] = replace(states[index], sha256=found[1].decode())
                    break


@dataclass(frozen=True, slots=True)
class Packed:
    """One entry of an archive: `mode` is what it is to have on the host."""

    path: str
    entry: TreeEntry
    mode: int


def archive(entries: Sequence[Packed]) -> Stream:
    """A tar of these entries as pieces; files are read by whoever sends them."""
    return Stream(tuple(_pieces(entries)))


def _pieces(entries: Sequence[Packed]) -> Iterator[bytes | LocalFile]:
    from tarfile import BLOCKSIZE, DIRTYPE, GNU_FORMAT, SYMTYPE, TarInfo

    for packed in entries:
        info = TarInfo(f"./{packed.path}")
        info.mode = packed.mode
        if packed.entry.type == "directory":
            info.type = DIRTYPE
        elif packed.entry.type == "link":
            info.type, info.linkname = SYMTYPE, packed.entry.target
        file = packed.entry.file if packed.entry.type == "file" else None
        info.size = file.size if file else 0
        yield info.tobuf(GNU_FORMAT, "utf-8", "surrogateescape")
        if file and file.size:
            yield file
            yield bytes(-file.size % BLOCKSIZE)
    yield bytes(2 * BLOCKSIZE)
