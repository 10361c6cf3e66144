"""Writing a file: beside it, checked, then renamed, so that it is never seen half written."""

from __future__ import annotations

import shlex

from deployer.model.script import Script, Stdin, Stream, sh
from deployer.model.secret import Secret, reveal
from deployer.model.values import dataclass
from deployer.sdk.files.attributes import AttributeArgs, resolved
from deployer.sdk.files.look import PATHS, FileState
from deployer.sdk.files.modes import Mode, octal
from deployer.sdk.kinds import Refused

#: $1 path; $2 letters: L write where a link points, b backup, U write in place if renaming fails,
#: k a failing chown does not matter; $3 bytes to come; $4 mode; $5 owner and group; $6 hash that
#: the file must still have, or `absent`; $7 file on the host to read instead of standard input;
#: the rest: the command that validates, with %s.
WRITE = sh(
    r"""
p=$1
d_expand
flags=$2 expected=$6
case $flags in *L*) if [ -L "$p" ]; then p=$(readlink -f -- "$p") || exit 1; fi ;; esac
fail() {
    printf '%s\n' "$1" >&2
    exit 1
}
if [ -d "$p" ]; then fail "$p is a directory"; fi
case $p in */*) dir=${p%/*}/ ;; *) dir=./ ;; esac
if [ ! -d "$dir" ]; then fail "the directory $dir does not exist"; fi
case $expected in
'') ;;
absent)
    if [ -e "$p" ] || [ -L "$p" ]; then fail "$p has appeared meanwhile: nothing was written"; fi
    ;;
*)
    now=$(sha256sum <"$p") || exit 1
    if [ "${now%% *}" != "$expected" ]; then
        fail "$p has changed since it was looked at: nothing was written"
    fi
    ;;
esac
t=$(mktemp -- "$dir.deploy.XXXXXXXXXX") || exit 1
trap 'rm -f -- "$t"' EXIT
trap 'exit 1' HUP INT TERM
if [ -n "$7" ]; then cat -- "$7"; else cat; fi >"$t" ||
    fail "$p could not be written, and is as it was"
if [ -n "$5" ]; then
    case $flags in
    *k*) chown -- "$5" "$t" 2>/dev/null || : ;;
    *) chown -- "$5" "$t" || exit 1 ;;
    esac
fi
chmod -- "$4" "$t" || exit 1
facts=$(stat -c 'is %f %u %g %s %U %G' -- "$t") || exit 1
size=${facts#is * * * }
size=${size%% *}
if [ -n "$3" ] && [ "$size" != "$3" ]; then fail "$p: $size of $3 bytes arrived"; fi
shift 7
if [ $# -gt 0 ]; then
    for word do
        shift
        case $word in *%s*) word=${word%%'%s'*}$t${word#*%s} ;; esac
        set -- "$@" "$word"
    done
    "$@" </dev/null >&2 || fail "failed to validate $p: $1 ended with exit status $?"
fi
case $flags in
*b*)
    if [ -e "$p" ]; then
        backup=$p.$$.$(date +%Y-%m-%d@%H:%M:%S)~
        # Made anew: nobody has put a link there that would be followed.
        (umask 077 && set -C && : >"$backup") || fail "$backup cannot be made"
        cp -p -- "$p" "$backup" || {
            rm -f -- "$backup"
            fail "$p could not be backed up, and is as it was"
        }
        printf 'backup %s\n' "$backup"
    fi
    ;;
esac
if mv -f -- "$t" "$p"; then
    trap - EXIT
else
    case $flags in *U*) cat -- "$t" >"$p" || exit 1 ;; *) exit 1 ;; esac
fi
printf '%s\n' "$facts"
""",
    uses=(PATHS,),
)


@dataclass(frozen=True, slots=True)
class Writing:
    """How a file is written. `content` is text, bytes, a file here, or None for `source` there.

    `expected` is the sha256 that the file must still have when it is replaced, or `absent`.
    `default_mode` are the bits of a new file without a `mode` (empty: by the umask).
    """

    content: Stdin | None
    follow: bool = False
    backup: bool = False
    validate: str | None = None
    expected: str = ""
    source: str = ""


def write(args: AttributeArgs, state: FileState, mode: Mode | None, how: Writing) -> Script:
    """The script that makes the file at `state.path` have this content and these attributes.

    Without an owner, group or mode those of the file that is replaced stay, as in Ansible.
    """
    kept = state.type == "file"
    owner, lenient = args.chown, False
    if kept and not (args.owner and args.group):
        lenient = not owner
        owner = f"{args.owner or state.uid}:{args.group or state.gid}"
    if kept:
        bits = octal(resolved(mode, state) if mode is not None else state.mode)
    else:
        bits = mode.for_new("=rw") if mode is not None else "=rw"
    flags = {"L": how.follow, "b": how.backup, "U": args.unsafe_writes, "k": lenient}
    letters = "".join(letter for letter, on in flags.items() if on)
    stdin: Stdin = b"" if how.content is None else how.content
    size = "" if how.content is None else str(length(how.content))
    words = validation(how.validate)
    return WRITE(
        state.path, letters, size, bits, owner, how.expected, how.source, *words, stdin=stdin
    )


def length(content: Stdin) -> int:
    """How many bytes will be sent."""
    if isinstance(content, str):
        return len(encoded(content))
    return len(content) if isinstance(content, bytes) else content.size


def encoded(text: str, encoding: str = "utf-8") -> bytes:
    """Text as it stands in a file; bytes that were no text when they were read stay themselves."""
    return reveal(text).encode(encoding, "surrogateescape")


def payload(text: str, encoding: str = "utf-8") -> bytes | Secret:
    """Text as standard input; a secret stays one."""
    return text if isinstance(text, Secret) else encoded(text, encoding)


def unshown(data: bytes) -> Stream:
    """Content with a secret in it: it never stands in the text of a message, and unlike `Secret`
    the rest of it is not masked wherever it turns up.
    """
    return Stream((data,))


def validation(command: str | None) -> list[str]:
    """The words of `validate`, run without a shell as Ansible does; raises Refused without %s."""
    if not command:
        return []
    if "%s" not in command:
        raise Refused(f"validate must contain %s: {command}")
    try:
        return shlex.split(command)
    except ValueError as error:
        raise Refused(f"validate cannot be split into words: {error}") from None


def backup_of(output: str) -> str:
    """The path of the backup that a change printed, or nothing."""
    for line in output.splitlines():
        if line.startswith("backup "):
            return line.removeprefix("backup ")
    return ""
