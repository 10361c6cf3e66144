"""The shell of `wait_for`: one look at a port or a file, and a loop of looks with a deadline.

Ports are tried by what a host has: bash, nc (busybox's too), curl; without any of them the
kernel's table of listening sockets answers for the host's own addresses.
"""

from __future__ import annotations

from deployer.model.script import sh

LOOKING = sh(r"""
# wf_open HOST PORT SECONDS: whether somebody accepts a connection; 9 where there is no way to ask.
wf_open() {
    if command -v bash >/dev/null 2>&1; then
        # shellcheck disable=SC2016
        timeout "$3" bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" 2>/dev/null
        return
    fi
    if command -v nc >/dev/null 2>&1; then
        case $(nc --help 2>&1) in
        *'-e PROG'*) nc -w "$3" "$1" "$2" -e true 2>/dev/null ;;
        *BusyBox*)
            timeout "$3" nc "$1" "$2" </dev/null >/dev/null 2>&1
            case $? in 0 | 124 | 143) ;; *) false ;; esac
            ;;
        *) nc -z -w "$3" "$1" "$2" 2>/dev/null ;;
        esac
        return
    fi
    if command -v curl >/dev/null 2>&1; then
        wf_url=$1
        case $1 in *:*) wf_url="[$1]" ;; esac
        wf_url=telnet://$wf_url:$2
        wf_made=$(curl -s -m "$3" -o /dev/null -w '%{num_connects}' "$wf_url" </dev/null)
        [ "$wf_made" = 1 ]
        return
    fi
    case $1 in
    127.* | ::1 | localhost | 0.0.0.0) wf_listens "$2" ;;
    *) return 9 ;;
    esac
}

# wf_listens PORT: whether a socket of this host listens there.
wf_listens() {
    wf_hex=$(printf '%04X' "$1")
    for wf_table in /proc/net/tcp /proc/net/tcp6; do
        [ -r "$wf_table" ] || continue
        while read -r wf_slot wf_local wf_remote wf_status wf_rest; do
            case $wf_status:$wf_local in 0A:*":$wf_hex") return 0 ;; esac
        done <"$wf_table"
    done
    : "$wf_slot $wf_remote $wf_rest"
    return 1
}

# wf_speech HOST PORT SECONDS: our process number, then what the other side says.
wf_speech() {
    if command -v bash >/dev/null 2>&1; then
        # shellcheck disable=SC2016
        timeout "$3" bash -c 'echo $$; exec 3<>"/dev/tcp/$0/$1" && exec cat <&3' "$1" "$2"
    elif command -v nc >/dev/null 2>&1; then
        # shellcheck disable=SC2016
        timeout "$3" sh -c 'echo $$; exec nc "$0" "$1"' "$1" "$2" </dev/null
    elif command -v curl >/dev/null 2>&1; then
        # shellcheck disable=SC2016
        timeout "$3" sh -c 'echo $$; exec curl -s -N "telnet://$0:$1"' "$1" "$2" </dev/null
    else
        return 9
    fi 2>/dev/null
}

# wf_grep PERL EXTENDED [FILE]: the first line that matches, cut to 4 KiB.
wf_grep() {
    wf_perl=$1 wf_extended=$2
    shift 2
    if echo x | grep -q -P x 2>/dev/null; then
        wf_line=$(grep -m1 -a -P -e "$wf_perl" -- "$@" 2>/dev/null)
    elif [ -n "$wf_extended" ]; then
        wf_line=$(grep -m1 -E -e "$wf_extended" -- "$@" 2>/dev/null)
    else
        return 8
    fi || return 1
    printf 'match %.4096s\n' "$wf_line"
}

# wf_busy PORT LOCALS EXCLUDED STATES: whether connections to a port of this host are active.
# Addresses and states are as the kernel prints them, in hexadecimal; `*` stands for any address.
wf_busy() {
    set -- "$1" "$2" "$3" "$4" /proc/net/tcp
    if [ -r /proc/net/tcp6 ]; then set -- "$@" /proc/net/tcp6; fi
    wf_port=$1 wf_locals=$2 wf_excluded=$3 wf_states=$4
    export wf_port wf_locals wf_excluded wf_states
    shift 4
    awk '
        function has(name, word) { return index(" " ENVIRON[name] " ", " " word " ") > 0 }
        FNR > 1 {
            split($2, local, ":")
            split($3, remote, ":")
            if (local[2] == ENVIRON["wf_port"] && has("wf_states", $4) &&
                (has("wf_locals", "*") || has("wf_locals", local[1])) &&
                !has("wf_excluded", remote[1])) active++
        }
        END { exit active ? 0 : 1 }' "$@"
}

# wf_look MODE HOST PORT PATH SECONDS PERL EXTENDED EXCLUDED STATES: 0 where it is as wanted, 1
# where not, 8 and 9 where this host cannot look.
wf_look() {
    case $1 in
    open) wf_open "$2" "$3" "$5" ;;
    closed)
        wf_open "$2" "$3" "$5"
        case $? in 0) return 1 ;; 9) return 9 ;; esac
        ;;
    says)
        wf_speech "$2" "$3" "$5" | {
            read -r wf_reader || exit 9
            wf_grep "$6" "$7"
            wf_code=$?
            kill "$wf_reader" 2>/dev/null
            exit "$wf_code"
        }
        ;;
    drained) ! wf_busy "$3" "$2" "$8" "$9" ;;
    exists) [ -e "$4" ] ;;
    contains) [ -f "$4" ] && [ -r "$4" ] && wf_grep "$6" "$7" "$4" ;;
    gone) [ ! -e "$4" ] && [ ! -L "$4" ] ;;
    esac
}
""")

LOOK = sh(
    """
wf_look "$@"
echo "look $?"
""",
    uses=(LOOKING,),
)

# $1 deadline, $2 delay, $3 naps in between (the last one repeats); the rest as for wf_look. Exits
# with 62 where the deadline passes.
WAIT = sh(
    """
# Hundredths of a second since the host started: no fork, and no jumps of its clock.
now() {
    read -r up idle </proc/uptime
    up=${up%.*}${up#*.}
}
now
: "$idle"
began=$up
limit=$1 delay=$2 naps=$3
shift 3
if [ "$delay" != 0 ]; then sleep "$delay"; fi
while :; do
    wf_look "$@"
    code=$?
    now
    spent=$((up - began))
    case $code in
    0)
        echo "elapsed $((spent / 100))"
        exit 0
        ;;
    8 | 9) exit "$code" ;;
    esac
    if [ "$spent" -ge "$((limit * 100))" ]; then
        echo "elapsed $((spent / 100))"
        exit 62
    fi
    sleep "${naps%% *}" 2>/dev/null || sleep 1
    naps=${naps#* }
done
""",
    uses=(LOOKING,),
)

NAP = sh('sleep "$1" && echo "elapsed $1"')
