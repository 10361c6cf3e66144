"""Making links, removing what is there, touching: the small changes of `file`."""

from __future__ import annotations

from deployer.model.script import sh
from deployer.sdk.files.look import PATHS

#: Stands between the outputs of several questions: a byte that no path holds.
BOUNDARY = sh(r"printf '\0'")

#: $1 path, $2 target. The link is made beside and renamed. An empty directory gives way.
SYMLINK = sh(
    r"""
p=$1
d_expand
if [ -d "$p" ] && [ ! -L "$p" ]; then rmdir -- "$p" || exit 1; fi
case $p in */*) dir=${p%/*}/ ;; *) dir=./ ;; esac
t=$(mktemp -d -- "$dir.deploy.XXXXXXXXXX") || exit 1
trap 'rm -rf -- "$t"' EXIT
trap 'exit 1' HUP INT TERM
ln -s -- "$2" "$t/link" || exit 1
if [ -L "$p" ]; then rm -f -- "$p" || exit 1; fi
mv -f -- "$t/link" "$p" || exit 1
d_facts ''
""",
    uses=(PATHS,),
)

#: $1 path, $2 the file that is to have this name too.
HARDLINK = sh(
    r"""
p=$2
d_expand
src=$p
p=$1
d_expand
if [ -d "$p" ] && [ ! -L "$p" ]; then rmdir -- "$p" || exit 1; fi
case $p in */*) dir=${p%/*}/ ;; *) dir=./ ;; esac
t=$(mktemp -d -- "$dir.deploy.XXXXXXXXXX") || exit 1
trap 'rm -rf -- "$t"' EXIT
trap 'exit 1' HUP INT TERM
ln -- "$src" "$t/link" || exit 1
if [ -L "$p" ]; then rm -f -- "$p" || exit 1; fi
mv -f -- "$t/link" "$p" || exit 1
d_facts ''
""",
    uses=(PATHS,),
)

#: Says `same` where $1 (or the name $3 in the directory $1) and $2 are one file.
SAME = sh(
    r"""
p=$2
d_expand
src=$p
p=$1
d_expand
if [ -n "$3" ] && [ -d "$p" ]; then p=$p/$3; fi
# POSIX has -ef since 2024; dash and busybox have had it long before.
# shellcheck disable=SC3013
if [ "$p" -ef "$src" ] && [ ! -L "$p" ]; then echo same; fi
:
""",
    uses=(PATHS,),
)

#: $1 path: says `empty` for a directory without entries.
EMPTY = sh(
    r"""
p=$1
d_expand
if [ ! -d "$p" ]; then exit 0; fi
for entry in "$p"/* "$p"/.[!.]* "$p"/..?*; do
    if [ -e "$entry" ] || [ -L "$entry" ]; then exit 0; fi
done
echo empty
""",
    uses=(PATHS,),
)

REMOVE = sh(
    r"""
p=$1
d_expand
rm -rf -- "$p"
""",
    uses=(PATHS,),
)

#: $1 path, $2 and $3 access and modification time: empty (leave), `now` or [[CC]YY]MMDDhhmm[.ss].
TOUCH = sh(
    r"""
p=$1
d_expand
if [ ! -e "$p" ]; then : >"$p" || exit 1; fi
case $2 in
'') ;;
now) touch -c -a -- "$p" || exit 1 ;;
*) touch -c -a -t "$2" -- "$p" || exit 1 ;;
esac
case $3 in
'') ;;
now) touch -c -m -- "$p" || exit 1 ;;
*) touch -c -m -t "$3" -- "$p" || exit 1 ;;
esac
d_facts -L
""",
    uses=(PATHS,),
)
