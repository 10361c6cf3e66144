"""Users and groups in shell: what `group` and `user` share (the tools of users: `accounts_users`).

A host that lacks the shadow tools (`useradd`, `groupmod`, …) gets functions of the same names and
flags, as far as the two modules use them, which edit the tables of /etc themselves.
Busybox's own `adduser` cannot modify anything and is not built into Debian's busybox, so it is
not used. A table is written beside itself and renamed; the file beside (`/etc/passwd+`) is the
lock, which is busybox's own protocol.
"""

from __future__ import annotations

import re

from deployer.model.script import sh
from deployer.sdk.kinds import Refused

#: What /etc/passwd can hold; a leading dash would be read as a flag.
_NAME = re.compile(r"[^-:/,\s\x00-\x1f][^:/,\s\x00-\x1f]*")


def check_name(kind: str, name: str) -> None:
    """Raise Refused for what cannot be the name of a user or a group."""
    if not _NAME.fullmatch(name):
        raise Refused(f"`{name}` cannot be the name of a {kind}")


#: Reading and rewriting the tables: acc_user, acc_group, acc_put, acc_drop, acc_member …
TABLES = sh(r"""
# shellcheck disable=SC2034
acc_fail() {
    echo "$*" >&2
    exit 1
}

# acc_edit FILE PROGRAM [secret]: rewrite a table by an awk program, which finds its data in
# ENVIRON, a secret in its first line.
acc_edit() {
    acc_file=$1
    acc_tries=0
    until acc_why=$( (umask 077 && set -C && : >"$acc_file+") 2>&1); do
        [ -e "$acc_file+" ] || acc_fail "cannot write beside $acc_file: $acc_why"
        acc_tries=$((acc_tries + 1))
        [ "$acc_tries" -lt 6 ] || acc_fail "$acc_file is locked: $acc_file+ exists"
        sleep 1
    done
    trap 'rm -f -- "$acc_file+"' EXIT
    trap 'exit 1' HUP INT TERM
    if ! cp -p -- "$acc_file" "$acc_file+" ||
        ! awk -F: -v OFS=: "$2" ${3:+-} "$acc_file" >"$acc_file+" ||
        ! ln -f -- "$acc_file" "$acc_file-" ||
        ! mv -f -- "$acc_file+" "$acc_file"; then
        acc_fail "cannot rewrite $acc_file"
    fi
    trap - EXIT HUP INT TERM
}

# acc_put FILE NAME LINE: replace the line of a name, or add it.
acc_put() {
    acc_key=$2 acc_line=$3
    export acc_key acc_line
    # shellcheck disable=SC2016
    acc_edit "$1" '
        $1 != ENVIRON["acc_key"] { print; next }
        !put { print ENVIRON["acc_line"]; put = 1 }
        END { if (!put) print ENVIRON["acc_line"] }'
}

# acc_drop FILE NAME
acc_drop() {
    [ -e "$1" ] || return 0
    acc_key=$2
    export acc_key
    # shellcheck disable=SC2016
    acc_edit "$1" '$1 != ENVIRON["acc_key"]'
}

# acc_member FILE GROUP USER yes|"": put a user into a group, or take it out.
acc_member() {
    [ -e "$1" ] || return 0
    acc_key=$2 acc_line=$3 acc_in=$4
    export acc_key acc_line acc_in
    # shellcheck disable=SC2016
    acc_edit "$1" '
        $1 == ENVIRON["acc_key"] {
            count = split($4, list, ",")
            kept = ""
            for (i = 1; i <= count; i++)
                if (list[i] != "" && list[i] != ENVIRON["acc_line"])
                    kept = kept (kept == "" ? "" : ",") list[i]
            if (ENVIRON["acc_in"] != "")
                kept = kept (kept == "" ? "" : ",") ENVIRON["acc_line"]
            $4 = kept
        }
        { print }'
}

# acc_user NAME: read its line into u_*; false where there is none.
acc_user() {
    while IFS=: read -r u_name u_word u_uid u_gid u_gecos u_home u_shell; do
        [ "$u_name" != "$1" ] || return 0
    done </etc/passwd
    return 1
}

# acc_group NAME-OR-GID: read its line into g_*; false where there is none.
acc_group() {
    while IFS=: read -r g_name g_word g_gid g_members; do
        if [ "$g_name" = "$1" ] || [ "$g_gid" = "$1" ]; then return 0; fi
    done </etc/group
    return 1
}

# acc_taken FILE ID: whether the third field of a line is this number.
acc_taken() {
    while IFS=: read -r t_name t_word t_id t_rest; do
        [ "$t_id" != "$2" ] || return 0
    done <"$1"
    return 1
}

# acc_free FILE system|"" [LOW HIGH]: a number that nobody has; those of users go up, of the
# system down, as shadow's own tools choose them.
acc_free() {
    awk -F: -v below="$2" -v low="${3:-}" -v high="${4:-}" '
        BEGIN {
            if (low == "") low = below ? 100 : 1000
            if (high == "") high = below ? 999 : 59999
            low += 0; high += 0; top = low - 1
        }
        $3 >= low && $3 <= high { used[$3 + 0] = 1; if ($3 + 0 > top) top = $3 + 0 }
        END {
            if (!below && top < high) { print top + 1; exit }
            if (below) { for (i = high; i >= low; i--) if (!(i in used)) { print i; exit } }
            else for (i = low; i <= high; i++) if (!(i in used)) { print i; exit }
        }' "$1"
}
""")

#: groupadd, groupmod, groupdel
GROUP_TOOLS = sh(
    r"""
# shellcheck disable=SC2034,SC2154
command -v groupadd >/dev/null 2>&1 || groupadd() {
    n_gid="" n_system="" n_same="" n_low="" n_high="" OPTIND=1
    while getopts g:roK: n_flag; do
        case $n_flag in
        g) n_gid=$OPTARG ;;
        r) n_system=system ;;
        o) n_same=yes ;;
        K)
            case $OPTARG in
            *GID_MIN=*) n_low=${OPTARG#*=} ;;
            *GID_MAX=*) n_high=${OPTARG#*=} ;;
            esac
            ;;
        *) exit 2 ;;
        esac
    done
    shift $((OPTIND - 1))
    if acc_group "$1" && [ "$g_name" = "$1" ]; then acc_fail "group $1 exists"; fi
    if [ -z "$n_gid" ]; then
        n_gid=$(acc_free /etc/group "$n_system" "$n_low" "$n_high")
        [ -n "$n_gid" ] || acc_fail "no gid is free"
    elif [ -z "$n_same" ] && acc_taken /etc/group "$n_gid"; then
        acc_fail "gid $n_gid is taken by group $t_name"
    fi
    acc_put /etc/group "$1" "$1:x:$n_gid:"
    [ ! -e /etc/gshadow ] || acc_put /etc/gshadow "$1" "$1:!::"
}

command -v groupmod >/dev/null 2>&1 || groupmod() {
    n_gid="" n_same="" OPTIND=1
    while getopts g:o n_flag; do
        case $n_flag in
        g) n_gid=$OPTARG ;;
        o) n_same=yes ;;
        *) exit 2 ;;
        esac
    done
    shift $((OPTIND - 1))
    acc_group "$1" || acc_fail "group $1 does not exist"
    if [ -z "$n_same" ] && acc_taken /etc/group "$n_gid"; then
        acc_fail "gid $n_gid is taken by group $t_name"
    fi
    n_old=$g_gid
    acc_put /etc/group "$1" "$1:$g_word:$n_gid:$g_members"
    acc_key=$n_old acc_line=$n_gid
    export acc_key acc_line
    # shellcheck disable=SC2016
    acc_edit /etc/passwd '$4 == ENVIRON["acc_key"] { $4 = ENVIRON["acc_line"] } { print }'
}

command -v groupdel >/dev/null 2>&1 || groupdel() {
    n_force="" OPTIND=1
    while getopts f n_flag; do
        case $n_flag in
        f) n_force=yes ;;
        *) exit 2 ;;
        esac
    done
    shift $((OPTIND - 1))
    acc_group "$1" || acc_fail "group $1 does not exist"
    n_gid=$g_gid
    while [ -z "$n_force" ] && IFS=: read -r t_name t_word t_uid t_gid t_rest; do
        [ "$t_gid" != "$n_gid" ] || acc_fail "group $1 is the primary group of user $t_name"
    done </etc/passwd
    acc_drop /etc/group "$1"
    acc_drop /etc/gshadow "$1"
}
""",
    uses=(TABLES,),
)
