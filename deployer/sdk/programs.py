"""Programs that scripts start and stop: the shell of `script_service`.

A script's output goes to a log on the host and never to the session, so that what it leaves
running holds nothing of ours open; it runs in a session of its own. What was started is stamped
with the checksums of its files, and the stop script of what runs is kept beside the new one.
"""

from __future__ import annotations

from deployer.model.script import sh

FUNCTIONS = sh(r"""
# ps_run DIRECTORY USER SECONDS SCRIPT [SETSID]: run a script of the program as its user.
ps_run() {
    cd -- "$1" || return 126
    if [ -z "$2" ] || [ "$2" = "$(id -un)" ]; then
        ${5:+"$5"} timeout "$3" "$4"
    else
        # shellcheck disable=SC2016
        ${5:+"$5"} timeout "$3" su -s /bin/sh "$2" -c 'exec "$0"' "$4"
    fi
}

# ps_status DIRECTORY USER SECONDS: prints running, stopped, hangs, broken or absent.
ps_status() {
    if [ ! -e "$1/status.sh" ]; then
        echo absent
        return
    fi
    (ps_run "$1" "$2" "$3" "$1/status.sh") </dev/null >/dev/null 2>&1
    case $? in
    0) echo running ;;
    124 | 137 | 143) echo hangs ;;
    126 | 127) echo broken ;;
    *) echo stopped ;;
    esac
}
""")

# $1 directory, $2 user, $3 seconds for status, $4 the stamp, $5 "diff" or empty; then the paths.
LOOK = sh(
    r"""
dir=$1 stamp=$4 show=$5
echo "status $(ps_status "$1" "$2" "$3")"
shift 5
if [ -r "$stamp" ]; then
    while read -r sum path; do printf 'stamp %s %s\n' "$sum" "$path"; done <"$stamp"
fi
place=0 found=""
for path do
    shift
    place=$((place + 1))
    if [ -f "$path" ] && [ -r "$path" ]; then
        found="$found $place"
        set -- "$@" "$path"
    fi
done
echo "found$found"
[ $# -gt 0 ] || exit 0
sha256sum -- "$@" || exit 1
stat -L -c '%a %U %G %u %g' -- "$@" || exit 1
[ -n "$show" ] || exit 0
for path do
    case $path in
    "$dir"/*)
        size=$(($(wc -c <"$path")))
        if [ "$size" -le 65536 ]; then
            echo "content $size"
            cat -- "$path"
        else
            echo 'content 0'
        fi
        ;;
    *) echo 'content 0' ;;
    esac
done
""",
    uses=(FUNCTIONS,),
)

# The content on standard input. $1 path, $2 mode, $3 owner:group
INSTALL = sh("""
mkdir -p -- "${1%/*}" || exit 1
new=$(mktemp -- "${1%/*}/.deploy.XXXXXX") || exit 1
trap 'rm -f -- "$new"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$new" || exit 1
if [ -n "$3" ]; then chown -- "$3" "$new" || exit 1; fi
chmod -- "$2" "$new" && mv -f -- "$new" "$1"
""")

# $1 path, $2 mode, $3 owner:group
ATTRIBUTES = sh("""
if [ -n "$3" ]; then chown -- "$3" "$1" || exit 1; fi
chmod -- "$2" "$1"
""")

# $1 what to do, $2 name, $3 directory, $4 user, $5 to $7 seconds for start, stop and status, $8 the
# directory of the stamp; then the paths to stamp. Exits with 63 after telling why it failed.
ACT = sh(
    r"""
action=$1 name=$2 dir=$3 user=$4 start_time=$5 stop_time=$6 status_time=$7 state=$8
shift 8
stamp=$state/stamp log=$state/output.log held=$dir/.stop.sh.running boot=""
read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id

now() {
    read -r up idle </proc/uptime
    up=${up%.*}${up#*.}
    : "$idle"
}

tell() {
    echo "$*" >&2
    if [ -s "$log" ]; then
        echo 'last output:' >&2
        tail -n 12 "$log" >&2
    fi
    exit 63
}

# until_status WANTED SECONDS: false where the deadline passes first.
until_status() {
    now
    end=$((up + $2 * 100))
    for nap in 0.05 0.1 0.2 0.4 0.8 1; do
        while :; do
            seen=$(ps_status "$dir" "$user" "$status_time")
            case $1:$seen in
            running:running | stopped:stopped | stopped:broken | stopped:absent) return 0 ;;
            esac
            now
            [ "$up" -lt "$end" ] || return 1
            sleep "$nap" 2>/dev/null || sleep 1
            [ "$nap" = 1 ] || break
        done
    done
}

# run SECONDS SCRIPT: in a session of its own; nothing of ours stays open in what it starts.
run() {
    ps_run "$dir" "$user" "$1" "$2" "$(command -v setsid)" </dev/null >>"$log" 2>&1 &
    wait $!
}

# done_by SCRIPT SECONDS: runs it, and tells how it failed.
done_by() {
    run "$2" "$1"
    code=$?
    case $code in
    0) ;;
    124 | 137 | 143) tell "${1##*/} of $name did not return within $2 seconds" ;;
    *) tell "${1##*/} of $name ended with exit status $code" ;;
    esac
}

stop() {
    script=$dir/stop.sh
    if [ -x "$held" ]; then script=$held; fi
    done_by "$script" "$stop_time"
    if ! until_status stopped "$stop_time"; then
        [ "$seen" != hangs ] || tell "$name: status.sh does not answer within $status_time seconds"
        tell "$name still runs $stop_time seconds after stop.sh, by status.sh"
    fi
    rm -f -- "$stamp" "$held"
}

# tidy: where it died, what is left of it is stopped; not after the host was started again, when
# the numbers in its files mean other processes.
tidy() {
    if [ -x "$held" ] && [ -e "$stamp" ] && [ "$(cat "$state/boot" 2>/dev/null)" = "$boot" ]; then
        run "$stop_time" "$held" || echo "stop.sh of $name, which had died: exit status $?" >&2
    fi
    rm -f -- "$stamp" "$held"
}

start() {
    done_by "$dir/start.sh" "$start_time"
    until_status running "$start_time" ||
        tell "status.sh of $name says \"$seen\" $start_time seconds after start.sh"
}

remember() {
    for path do
        if sum=$(sha256sum <"$path" 2>/dev/null); then sum=${sum%% *}; else sum=absent; fi
        printf '%s %s\n' "$sum" "$path"
    done >"$stamp.new"
    mv -f -- "$stamp.new" "$stamp"
}

(umask 022 && mkdir -p -- "$state") || exit 1
if [ "$action" != stop ] && [ -e "$log" ]; then mv -f -- "$log" "$log.1"; fi
(umask 077 && : >>"$log") || exit 1
case $action in
stop | start | restart)
    case $(ps_status "$dir" "$user" "$status_time") in
    running | hangs) stop ;;
    *) tidy ;;
    esac
    [ "$action" != stop ] || exit 0
    start
    cp -p -- "$dir/stop.sh" "$held" || exit 1
    echo "$boot" >"$state/boot"
    remember "$@"
    ;;
reload)
    done_by "$dir/reload.sh" "$start_time"
    until_status running "$start_time" || tell "status.sh of $name says \"$seen\" after reload.sh"
    remember "$@"
    ;;
esac
""",
    uses=(FUNCTIONS,),
)

# $1 directory, $2 directory of the stamp; then the files of the program.
REMOVE = sh("""
dir=$1 state=$2
shift 2
rm -f -- "$dir/.stop.sh.running" "$@" || exit 1
rm -f -- "$state/stamp" "$state/boot" "$state/output.log" "$state/output.log.1" || exit 1
for path do
    path=${path%/*}
    while [ "$path" != "$dir" ] && [ "${path#"$dir"/}" != "$path" ]; do
        rmdir -- "$path" 2>/dev/null || break
        path=${path%/*}
    done
done
for path in "$dir" "$state"; do
    if [ -d "$path" ]; then rmdir -- "$path" 2>/dev/null || :; fi
done
""")
