"""The shell of `services`: one probe for every manager, and the actions of each."""

from __future__ import annotations

from deployer.model.script import sh

#: What is asked of `systemctl show`: all that does not move by itself.
PROPERTIES = (
    "Id,Names,Description,Type,LoadState,ActiveState,SubState,UnitFileState,UnitFilePreset,"
    "FragmentPath,SourcePath,CanStart,CanStop,CanReload,NeedDaemonReload"
)

FUNCTIONS = sh("""
# svc_systemctl SCOPE ARGUMENT...: the scope is empty, --user or --global.
svc_systemctl() {
    if [ "$1" = --user ] && [ -z "$XDG_RUNTIME_DIR" ]; then
        XDG_RUNTIME_DIR=/run/user/$(id -u)
        export XDG_RUNTIME_DIR
    fi
    if [ -z "$1" ]; then shift; fi
    systemctl "$@"
}

# svc_run COMMAND...: what starts a daemon must not hand it our output, which it would keep open.
svc_run() {
    svc_log=$(mktemp) || exit 1
    trap 'rm -f -- "$svc_log"' EXIT
    trap 'exit 1' HUP INT TERM
    "$@" </dev/null >"$svc_log" 2>&1
    svc_code=$?
    cat "$svc_log" >&2
    rm -f -- "$svc_log"
    return "$svc_code"
}

# svc_init NAME ACTION [ARGUMENT...]: run an init script as boot would.
svc_init() {
    svc_name=$1
    shift
    if command -v service >/dev/null 2>&1; then
        service "$svc_name" "$@"
    else
        "/etc/init.d/$svc_name" "$@"
    fi
}

# svc_manager WANTED NAME: prints who runs services here.
svc_manager() {
    case $1 in
    systemd | openrc | sysv) echo "$1" ;;
    *)
        if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then echo systemd
        elif command -v rc-service >/dev/null 2>&1; then echo openrc
        elif [ -d /etc/init.d ]; then echo sysv
        else echo none
        fi
        ;;
    esac
}
""")

# $1 name, $2 wanted manager, $3 scope (--user, --global), $4 pattern for ps, $5 runlevel of
# OpenRC, $6 properties
LOOK = sh(
    """
manager=$(svc_manager "$2")
echo "manager $manager"
[ -n "$1" ] || exit 0
case $manager in
systemd) svc_systemctl "$3" show --no-pager -p "$6" -- "$1" || exit 1 ;;
openrc) [ -x "/etc/init.d/$1" ] && echo 'script yes' ;;
sysv) [ -x "/etc/init.d/$1" ] && echo 'script yes' ;;
esac
for link in /etc/rc[2345S].d/S[0-9][0-9]"$1"; do
    if [ "$manager" != openrc ] && [ -e "$link" ]; then echo 'links yes' && break; fi
done
if [ "$manager" = openrc ] && [ -e "/etc/runlevels/$5/$1" ]; then echo 'links yes'; fi
case $manager in systemd | none) exit 0 ;; esac
[ -x "/etc/init.d/$1" ] || exit 0
if [ -n "$4" ]; then
    # shellcheck disable=SC2009
    if { ps -ef 2>/dev/null || ps; } | grep -v grep | grep -F -- "$4" >/dev/null; then
        echo 'running yes'
    else
        echo 'running no'
    fi
    exit 0
fi
if [ "$manager" = openrc ]; then
    said=$(rc-service "$1" status 2>&1 </dev/null)
else
    said=$(svc_init "$1" status 2>&1 </dev/null)
fi
code=$?
case $code:$said in
0:*'not running'* | 0:*' stopped'* | 0:*' inactive'*) echo 'running no' ;;
0:*) echo 'running yes' ;;
[123]:*[Uu]sage:* | 4:*) echo 'running unknown' ;;
*) echo 'running no' ;;
esac
""",
    uses=(FUNCTIONS,),
)

# $1 scope, then the arguments of systemctl; says why a unit did not start.
SYSTEMCTL = sh(
    """
svc_systemctl "$@" >&2 && exit 0
code=$?
for unit do :; done
case $2 in
start | restart | reload) svc_systemctl "$1" status --no-pager --full -n 5 -- "$unit" >&2 ;;
esac
exit "$code"
""",
    uses=(FUNCTIONS,),
)
# $1 manager, $2 name, $3 action, $4 seconds between stop and start; the rest goes to the script.
ACT = sh(
    """
manager=$1 name=$2 action=$3 nap=$4
shift 4
if [ ! -x "/etc/init.d/$name" ]; then
    echo "there is no service $name on this host" >&2
    exit 5
fi
do_action() {
    if [ "$manager" = openrc ]; then
        svc_run rc-service "$name" "$@"
    else
        svc_run svc_init "$name" "$@"
    fi
}
if [ "$action" = restart ] && [ -n "$nap" ]; then
    do_action stop "$@"
    sleep "$nap"
    action=start
fi
do_action "$action" "$@"
""",
    uses=(FUNCTIONS,),
)
# $1 manager, $2 name, $3 enable or disable, $4 runlevel of OpenRC
ENABLE = sh("""
if [ ! -x "/etc/init.d/$2" ]; then
    echo "there is no service $2 on this host" >&2
    exit 5
fi
if [ "$1" = openrc ]; then
    case $3 in
    enable) rc-update add "$2" "$4" ;;
    *) rc-update del "$2" "$4" ;;
    esac
elif command -v update-rc.d >/dev/null 2>&1; then
    if [ "$3" = enable ]; then update-rc.d "$2" defaults || exit 1; fi
    update-rc.d "$2" "$3"
elif command -v chkconfig >/dev/null 2>&1; then
    case $3 in
    enable) chkconfig "$2" on ;;
    *) chkconfig "$2" off ;;
    esac
else
    echo 'neither update-rc.d nor chkconfig is there to enable services' >&2
    exit 1
fi >&2
""")
