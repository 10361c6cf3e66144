"""Looking at one path: the probe, and what it saw.

At most two processes: one `stat`, and one `sha256sum` where the content matters; none where
nothing is there. The output concerns nothing but the path itself.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from deployer.model.errors import ProbeError
from deployer.model.script import Reply, Script, sh
from deployer.model.values import dataclass
from deployer.sdk.files.ahead import AHEAD, KEPT

#: Content of at most this many bytes is brought along for a diff.
DIFF_LIMIT = 64 * 1024

FileType: TypeAlias = Literal["absent", "file", "directory", "link", "fifo", "socket", "device"]

#: `d_expand` changes `p` in place: a leading `~` and `$NAME`s, as Ansible expands paths.
#: `d_facts` prints the facts of `$p`; its argument `-L` follows a link.
PATHS = sh(r"""
d_expand() {
    case $p in
    \~ | \~/*) p=${HOME:-}${p#\~} ;;
    \~*)
        d_user=${p#\~}
        d_user=${d_user%%/*}
        while IFS=: read -r d_name _ _ _ _ d_home _; do
            if [ "$d_name" = "$d_user" ]; then
                p=$d_home${p#"~$d_user"}
                break
            fi
        done </etc/passwd
        ;;
    esac
    case $p in *\$*) d_variables ;; esac
}
d_variables() {
    d_done=
    while :; do
        case $p in *\$*) ;; *) break ;; esac
        d_done=$d_done${p%%\$*}
        p=${p#*\$}
        d_name=
        d_tail=$p
        case $p in
        '{'*'}'*)
            d_name=${p#'{'}
            d_name=${d_name%%'}'*}
            d_tail=${p#*'}'}
            ;;
        [A-Za-z_]*)
            d_name=${p%%[!A-Za-z0-9_]*}
            d_tail=${p#"$d_name"}
            ;;
        esac
        d_value=
        d_set=
        case $d_name in
        '' | [0-9]* | *[!A-Za-z0-9_]*) ;;
        *) eval "d_value=\${$d_name-} d_set=\${$d_name+set}" ;;
        esac
        if [ -n "$d_set" ]; then
            d_done=$d_done$d_value
            p=$d_tail
        else
            d_done=$d_done\$
        fi
    done
    p=$d_done$p
}
d_facts() {
    stat ${1:+-L} -c 'is %f %u %g %s %U %G' -- "$p"
}
""")

#: $1 path; $2 name in it if it is a directory; $3 letters: L follow links, h hash of a file,
#: u umask, t times; $4 hash whose content is not asked for; $5 most bytes of content to bring.
LOOK = sh(
    r"""
p=$1
d_expand
if [ -n "$2" ]; then
    case $p in
    */)
        if [ ! -d "$p" ]; then echo nodir; fi
        p=$p$2
        ;;
    *) if [ -d "$p" ]; then p=$p/$2; fi ;;
    esac
fi
if [ "$p" != "$1" ]; then printf 'path %s\n' "$p"; fi
case $3 in *u*) printf 'umask ' && umask ;; esac
if [ ! -e "$p" ] && [ ! -L "$p" ]; then
    echo absent
    exit 0
fi
follow=
case $3 in *L*) if [ -e "$p" ]; then follow=-L; fi ;; esac
case $3 in *t*) stat ${follow:+-L} -c 'times %x|%y' -- "$p" || exit 1 ;; esac
# From here on every process counts: what was found ahead needs none, and `exec` saves one.
is='is %f %u %g %s %U %G'
if [ -L "$p" ] && [ -z "$follow" ]; then
    if d_kept; then printf '%s\n' "$d_line"; else stat -c "$is" -- "$p" || exit 1; fi
    echo 'rest target'
    exec readlink -- "$p"
fi
hash=
if [ -f "$p" ]; then
    case $3 in *h*) if [ -r "$p" ]; then hash=1; else echo unreadable; fi ;; esac
fi
facts=
if [ ! -L "$p" ] && d_kept; then facts=$d_line; fi
if [ -z "$hash$facts" ]; then exec stat ${follow:+-L} -c "$is" -- "$p"; fi
if [ -z "$facts" ]; then facts=$(stat ${follow:+-L} -c "$is" -- "$p") || exit 1; fi
printf '%s\n' "$facts"
if [ -z "$hash" ]; then exit 0; fi
if d_summed; then
    sum=$d_line
elif [ -z "$5" ]; then
    printf 'sha256 '
    exec sha256sum <"$p"
else
    sum=$(sha256sum <"$p") || exit 1
    sum=${sum%% *}
fi
printf 'sha256 %s  -\n' "$sum"
size=${facts#is * * * }
size=${size%% *}
if [ -n "$5" ] && [ "$sum" != "$4" ] && [ "$size" -le "$5" ]; then
    echo 'rest content'
    exec cat -- "$p"
fi
""",
    uses=(PATHS, KEPT),
    ahead=AHEAD,
)

_TYPES: dict[int, FileType] = {
    0o10: "file",
    0o04: "directory",
    0o12: "link",
    0o01: "fifo",
    0o14: "socket",
    0o06: "device",
    0o02: "device",
}


@dataclass(frozen=True, slots=True)
class FileState:
    """What is at a path. `path` is where the probe really looked (expanded, in a directory).

    `size` in bytes; `owner`, `group` as the host names them (`UNKNOWN` without a name).
    `sha256` is empty where it was not asked for, `content` None where it was not brought.
    `accessed` and `modified` are the host's local times (`2026-01-31 12:00:00…`), if asked for.
    """

    path: str
    type: FileType = "absent"
    mode: int = 0
    uid: int = -1
    gid: int = -1
    size: int = 0
    owner: str = ""
    group: str = ""
    target: str = ""
    sha256: str = ""
    content: bytes | None = None
    unreadable: bool = False
    missing_directory: bool = False
    umask: int = 0o022
    accessed: str = ""
    modified: str = ""

    @property
    def exists(self) -> bool:
        return self.type != "absent"


def look(
    path: str,
    *,
    name: str = "",
    follow: bool = False,
    sha256: bool = False,
    umask: bool = False,
    times: bool = False,
    known: str = "",
    limit: int | None = None,
) -> Script:
    """The probe of one path.

    `name`: look at this name in it where it is a directory. `limit`: bring the content of at most
    so many bytes, unless its hash is `known`.
    """
    flags = {"L": follow, "h": sha256, "u": umask, "t": times}
    letters = "".join(letter for letter, on in flags.items() if on)
    return LOOK(path, name, letters, known, "" if limit is None else str(limit))


def parse_look(path: str, reply: Reply) -> FileState:
    """What `look(path)` saw; raises ProbeError where the host could not look."""
    if not reply.ok:
        said = reply.err.strip() or f"exit status {reply.code}"
        raise ProbeError(f"cannot look at {path}: {said}")
    return parse_facts(path, reply.stdout)


def parse_facts(path: str, output: bytes) -> FileState:
    """The state that `LOOK` or a change printed; later lines win over earlier ones."""
    seen: dict[str, object] = {"path": path}
    rest = output
    while rest:
        line, _, rest = rest.partition(b"\n")
        word, _, text = line.decode("utf-8", "surrogateescape").partition(" ")
        if word == "rest":
            key = "content" if text == "content" else "target"
            target = rest.removesuffix(b"\n").decode("utf-8", "surrogateescape")
            seen[key] = rest if key == "content" else target
            break
        _read_line(word, text, seen)
    if "type" not in seen:
        raise ProbeError(f"cannot look at {path}: no answer")
    return FileState(**seen)  # type: ignore[arg-type]


def _read_line(word: str, text: str, seen: dict[str, object]) -> None:
    if word == "is":
        raw, uid, gid, size, names = text.split(" ", 4)
        owner, _, group = names.partition(" ")
        bits = int(raw, 16)
        seen["type"] = _TYPES.get(bits >> 12, "device")
        seen |= {"mode": bits & 0o7777, "uid": int(uid), "gid": int(gid), "size": int(size)}
        seen |= {"owner": owner, "group": group}
    elif word == "absent":
        seen["type"] = "absent"
    elif word == "path":
        seen["path"] = text
    elif word == "sha256":
        seen["sha256"] = text.partition(" ")[0]  # sha256sum adds "-", the file's name
    elif word == "umask":
        seen["umask"] = int(text, 8)
    elif word == "times":
        seen["accessed"], _, seen["modified"] = text.partition("|")
    elif word == "unreadable":
        seen["unreadable"] = True
    elif word == "nodir":
        seen["missing_directory"] = True
