"""Users in shell: `useradd` and its kin for hosts that lack them (see `accounts`)."""

from __future__ import annotations

from deployer.model.script import sh
from deployer.sdk.accounts import GROUP_TOOLS, TABLES

#: useradd, usermod, userdel; acc_home
USER_TOOLS = sh(
    r"""
# shellcheck disable=SC2034,SC2154
# acc_home DIRECTORY UID GID UMASK SKELETON: make a home that is not there yet.
acc_home() {
    [ ! -e "$1" ] || return 0
    mkdir -p -- "${1%/*}/" || acc_fail "cannot make ${1%/*}"
    (umask "${4:-022}" && mkdir -- "$1") || acc_fail "cannot make $1"
    if [ -d "${5:-/etc/skel}" ]; then cp -R -- "${5:-/etc/skel}/." "$1/" || exit 1; fi
    chown -R -- "$2:$3" "$1"
}

# acc_members USER LIST yes|"": membership in each group of a comma separated list.
acc_members() {
    n_list=$2
    while [ -n "$n_list" ]; do
        n_one=${n_list%%,*}
        case $n_list in
        *,*) n_list=${n_list#*,} ;;
        *) n_list="" ;;
        esac
        acc_group "$n_one" || acc_fail "group $n_one does not exist"
        n_one=$g_name
        acc_member /etc/group "$n_one" "$1" "$3"
        acc_member /etc/gshadow "$n_one" "$1" "$3"
    done
}

# acc_leave USER LIST: take a user out of every group that the list does not name.
acc_leave() {
    n_all=""
    while IFS=: read -r g_name g_word g_gid g_members; do
        case ",$2," in *",$g_name,"* | *",$g_gid,"*) continue ;; esac
        case ",$g_members," in *",$1,"*) n_all=$n_all${n_all:+,}$g_name ;; esac
    done </etc/group
    acc_members "$1" "$n_all" ""
}

# acc_own_group NAME UID: a group of the user's own name; its number is the user's if it is free.
acc_own_group() {
    if acc_taken /etc/group "$2"; then
        groupadd ${n_system:+-r} "$1"
    else
        groupadd -g "$2" "$1"
    fi || exit 1
    acc_group "$1"
}

command -v useradd >/dev/null 2>&1 || useradd() {
    n_uid="" n_group="" n_groups="" n_gecos="" n_home="" n_shell="" n_make="" n_system="" n_same=""
    n_alone="" n_skel="" n_umask="" n_low="" n_high="" OPTIND=1
    while getopts u:g:G:c:d:s:k:K:mMroN n_flag; do
        case $n_flag in
        u) n_uid=$OPTARG ;;
        g) n_group=$OPTARG ;;
        G) n_groups=$OPTARG ;;
        c) n_gecos=$OPTARG ;;
        d) n_home=$OPTARG ;;
        s) n_shell=$OPTARG ;;
        k) n_skel=$OPTARG ;;
        K)
            case $OPTARG in
            UMASK=*) n_umask=${OPTARG#*=} ;;
            *UID_MIN=*) n_low=${OPTARG#*=} ;;
            *UID_MAX=*) n_high=${OPTARG#*=} ;;
            esac
            ;;
        m) n_make=yes ;;
        M) n_make="" ;;
        r) n_system=system ;;
        o) n_same=yes ;;
        N) n_alone=yes ;;
        *) exit 2 ;;
        esac
    done
    shift $((OPTIND - 1))
    n_name=$1
    if acc_user "$n_name"; then acc_fail "user $n_name exists"; fi
    if [ -z "$n_uid" ]; then
        n_uid=$(acc_free /etc/passwd "$n_system" "$n_low" "$n_high")
        [ -n "$n_uid" ] || acc_fail "no uid is free"
    elif [ -z "$n_same" ] && acc_taken /etc/passwd "$n_uid"; then
        acc_fail "uid $n_uid is taken by user $t_name"
    fi
    if [ -n "$n_group" ]; then
        acc_group "$n_group" || acc_fail "group $n_group does not exist"
    elif [ -n "$n_alone" ]; then
        g_gid=100
    else
        n_keep=$n_system
        acc_own_group "$n_name" "$n_uid"
        n_system=$n_keep
    fi
    n_gid=$g_gid n_word=x
    [ -e /etc/shadow ] || n_word="!"
    if [ "$n_word" = x ]; then
        n_today=$(($(date +%s) / 86400))
        acc_put /etc/shadow "$n_name" "$n_name:!:$n_today:0:99999:7:::"
    fi
    : "${n_home:=/home/$n_name}" "${n_shell:=/bin/sh}"
    acc_put /etc/passwd "$n_name" "$n_name:$n_word:$n_uid:$n_gid:$n_gecos:$n_home:$n_shell"
    acc_members "$n_name" "$n_groups" yes
    if [ -n "$n_make" ]; then acc_home "$n_home" "$n_uid" "$n_gid" "$n_umask" "$n_skel"; fi
}

command -v usermod >/dev/null 2>&1 || usermod() {
    n_name=""
    for n_name do :; done
    acc_user "$n_name" || acc_fail "user $n_name does not exist"
    n_old_uid=$u_uid n_old_home=$u_home n_groups="" n_set="" n_add="" n_move="" n_same="" OPTIND=1
    while getopts u:g:G:c:d:s:amo n_flag; do
        case $n_flag in
        u) u_uid=$OPTARG ;;
        g)
            acc_group "$OPTARG" || acc_fail "group $OPTARG does not exist"
            u_gid=$g_gid
            ;;
        G) n_groups=$OPTARG n_set=yes ;;
        c) u_gecos=$OPTARG ;;
        d) u_home=$OPTARG ;;
        s) u_shell=$OPTARG ;;
        a) n_add=yes ;;
        m) n_move=yes ;;
        o) n_same=yes ;;
        *) exit 2 ;;
        esac
    done
    if [ "$u_uid" != "$n_old_uid" ] && [ -z "$n_same" ] && acc_taken /etc/passwd "$u_uid"; then
        acc_fail "uid $u_uid is taken by user $t_name"
    fi
    if [ -n "$n_set" ]; then
        acc_members "$n_name" "$n_groups" yes
        [ -n "$n_add" ] || acc_leave "$n_name" "$n_groups"
    fi
    acc_put /etc/passwd "$n_name" "$n_name:$u_word:$u_uid:$u_gid:$u_gecos:$u_home:$u_shell"
    if [ -n "$n_move" ] && [ -d "$n_old_home" ] && [ ! -e "$u_home" ]; then
        mkdir -p -- "${u_home%/*}/" && mv -- "$n_old_home" "$u_home" || exit 1
    fi
    if [ "$u_uid" != "$n_old_uid" ] && [ -d "$u_home" ]; then
        find "$u_home" -xdev -user "$n_old_uid" -exec chown -h "$u_uid" {} +
    fi
}

command -v userdel >/dev/null 2>&1 || userdel() {
    n_home="" OPTIND=1
    while getopts rf n_flag; do
        case $n_flag in
        r) n_home=yes ;;
        f) ;;
        *) exit 2 ;;
        esac
    done
    shift $((OPTIND - 1))
    acc_user "$1" || acc_fail "user $1 does not exist"
    n_dir=$u_home n_gid=$u_gid
    acc_leave "$1" ""
    acc_drop /etc/passwd "$1"
    acc_drop /etc/shadow "$1"
    if acc_group "$1" && [ "$g_name:$g_gid:$g_members" = "$1:$n_gid:" ]; then groupdel -f "$1"; fi
    case $n_home:$n_dir in
    yes:/*[!/]*) rm -rf -- "$n_dir" ;;
    esac
}
""",
    uses=(TABLES, GROUP_TOOLS),
)

#: chpasswd -e, chage; acc_lock
PASSWORD_TOOLS = sh(
    r"""
# shellcheck disable=SC2034,SC2154
command -v chpasswd >/dev/null 2>&1 || chpasswd() {
    # shellcheck disable=SC2016
    acc_edit /etc/shadow '
        NR == 1 { name = $1; hash = $2; next }
        $1 == name { $2 = hash }
        { print }' secret
}

# acc_lock USER yes|"": put a `!` before the password, or take it away.
acc_lock() {
    acc_key=$1 acc_in=$2
    export acc_key acc_in
    # shellcheck disable=SC2016
    acc_edit /etc/shadow '
        $1 == ENVIRON["acc_key"] {
            if (ENVIRON["acc_in"] == "") sub(/^!+/, "", $2)
            else if (substr($2, 1, 1) != "!") $2 = "!" $2
        }
        { print }'
}

command -v chage >/dev/null 2>&1 || chage() {
    OPTIND=1 n_fields=""
    while getopts E:m:M:W:I: n_flag; do
        case $OPTARG in -1) OPTARG="" ;; esac
        case $n_flag in
        m) n_fields="$n_fields 4=$OPTARG" ;;
        M) n_fields="$n_fields 5=$OPTARG" ;;
        W) n_fields="$n_fields 6=$OPTARG" ;;
        I) n_fields="$n_fields 7=$OPTARG" ;;
        E) n_fields="$n_fields 8=$OPTARG" ;;
        *) exit 2 ;;
        esac
    done
    shift $((OPTIND - 1))
    acc_key=$1 acc_line=$n_fields
    export acc_key acc_line
    # shellcheck disable=SC2016
    acc_edit /etc/shadow '
        $1 == ENVIRON["acc_key"] {
            count = split(ENVIRON["acc_line"], list, " ")
            for (i = 1; i <= count; i++) { split(list[i], pair, "="); $(pair[1] + 0) = pair[2] }
        }
        { print }'
}
""",
    uses=(TABLES,),
)
