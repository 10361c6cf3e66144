"""Looking ahead: one `stat` and one `sha256sum` for all looks of an exchange.

Forking is what a host spends its time on. What was found ahead, a look finds in variables.
"""

from __future__ import annotations

import re

from deployer.model.script import Ahead, sh

#: What was found ahead about `$p`, in `d_line`; false where nothing was.
KEPT = sh(r"""
# shellcheck disable=SC2154
d_kept() {
    d_find "|$p|" '' "${d_seen-}" || return 1
    d_line=${d_line#"|$p|"}
}
d_summed() {
    d_find '' "  $p" "${d_sums-}" || return 1
    d_line=${d_line%% *}
}
# The line of $3 that begins with $1 and ends with $2. A loop over its lines, because dash takes
# quadratic time to cut a long text at a pattern.
# shellcheck disable=SC2154
d_find() {
    [ -n "$3" ] || return 1
    d_ifs=$IFS
    IFS=$d_newline
    set -f
    for d_line in $3; do
        case $d_line in "$1"*"$2") break ;; esac
        d_line=
    done
    set +f
    IFS=$d_ifs
    [ -n "$d_line" ]
}
""")

#: Paths, each followed by `h` if its content is to be hashed: two processes for all of them.
_ALL = sh(r"""
d_newline='
'
d_seen=
d_sums=
[ $# = 0 ] || d_seen=$(
    for p; do
        shift
        if [ "$p" != h ]; then set -- "$@" "$p"; fi
    done
    exec stat -c '|%n|is %f %u %g %s %U %G' -- "$@" 2>/dev/null
)
[ $# = 0 ] || d_sums=$(
    d_last=
    for p; do
        shift
        if [ "$p" = h ] && [ -f "$d_last" ] && [ -r "$d_last" ]; then set -- "$@" "$d_last"; fi
        d_last=$p
    done
    if [ $# != 0 ]; then exec sha256sum -- "$@" 2>/dev/null; fi
)
""")

#: What stands for itself in its lines: absolute, and nothing in it to expand.
_PLAIN = re.compile(r"/[A-Za-z0-9_./@:+=,-]*[A-Za-z0-9_@:+=,-]\Z")


def _words(args: tuple[str, ...]) -> tuple[str, ...]:
    """What is to be found out for a call of `look.LOOK`."""
    path, _name, letters, *_ = args
    if not _PLAIN.match(path):
        return ()
    return (path, "h") if "h" in letters else (path,)


AHEAD = Ahead(_ALL, _words)
