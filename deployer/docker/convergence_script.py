"""The loop on the host that waits until the services of a stack have converged, and a last look."""

from __future__ import annotations

from deployer.docker.cli import PRELUDE
from deployer.sdk import sh

#: `services_after ROWS` prints the services whose rows `docker service ls` gave.
SERVICES = sh("""
services_after() {
    printf '@list\\n%s\\n@services\\n' "$1"
    services_ids=
    while read -r services_id services_rest; do
        services_ids="$services_ids $services_id"
    done <<END
$1
END
    : "$services_rest"
    # shellcheck disable=SC2086  # one word for each id
    [ "$services_ids" = ' ' ] || docker service inspect --format '{{json .}}' $services_ids
}
""")

#: $1 the stack, $2 seconds, $3 seconds that tasks must stay up, $4 log lines; then one word for
#: each service: its name, a slash, and letters: r its tasks are to be replaced, m perhaps,
#: n it is new, s its tasks must stay up a while, w nothing was deployed now. At the end comes what
#: `services_after` reads; where it failed nothing does, for a spec is long, and may hold passwords.
WAIT = sh(
    """
need_docker
stack=$1 stable=$3 tail=$4
began=$(date +%s)
end=$((began + $2))
shift 4
filter=label=com.docker.stack.namespace=$stack
updates=
for word do
    case ${word##*/} in *n*) ;; *) updates=yes ;; esac
done
if [ $# = 0 ]; then updates=yes; fi
told='' up='' named=$# reasons=
newline='
'

# Sets count and id of a service; false where there is none.
find_row() {
    while read -r id name mode count; do
        [ "$name" != "$1" ] || return 0
    done <<END
$rows
END
    return 1
}

# Sets state: how far the last update is.
find_state() {
    state=
    while read -r name state message; do
        [ "$name" != "$1" ] || return 0
    done <<END
$states
END
    state=
}

# Sets reason: why the update of a service was rolled back, in swarm's words.
find_reason() {
    while read -r name reason; do
        [ "$name" != "$1" ] || return 0
    done <<END
$reasons
END
    reason=
    return 1
}

# Whether a service is as it should be; 2 where it never will be.
judge() {
    flags=${1##*/} service=${1%/*}
    find_row "$service" || {
        note="$service is missing"
        return 1
    }
    find_state "$service"
    running=${count%%/*} wanted=${count#*/}
    note="$service ${count%% *}"
    case $state in
    paused | rollback_paused)
        note="$note: update $state"
        return 2
        ;;
    rollback_completed)
        case $flags in *w*) ;; *)
            note="$note: rolled back"
            return 2
            ;;
        esac
        ;;
    rollback_started)
        # It has failed; a rollback that does not end must not hide that for long.
        find_reason "$service" || {
            reasons="$reasons$service $message$newline"
            [ $((now + 30)) -ge "$end" ] || end=$((now + 30))
        }
        note="$note, update $state"
        return 1
        ;;
    updating)
        note="$note, update $state"
        return 1
        ;;
    completed) ;;
    *)
        case $flags in
        *r*) grace=5 ;;
        *m*) grace=1 ;;
        *) grace=0 ;;
        esac
        if [ "$count" != 0/0 ] && [ $((now - began)) -lt $grace ]; then return 1; fi
        ;;
    esac
    case $count in *completed*)
        done_count=${count#*'('}
        done_count=${done_count%' completed'*}
        note="$service $done_count completed"
        [ "${done_count%/*}" = "${done_count#*/}" ]
        return
        ;;
    esac
    wanted=${wanted%% *}
    if [ "$running" -lt "$wanted" ]; then return 1; fi
    # More: some are being stopped, or stand for ever on a node that is gone.
    if [ "$running" -gt "$wanted" ]; then
        case $(docker node ls --format '{{.Status}}' 2>/dev/null) in *Down*) ;; *) return 1 ;; esac
    fi
    if [ "$mode$wanted" = global0 ]; then
        # No node is meant, or all its tasks wait for their next attempt.
        [ $((now - began)) -ge 2 ] || return 1
        [ -z "$(docker service ps -q --filter desired-state=running --filter desired-state=ready \\
            --filter desired-state=accepted "$id" 2>/dev/null)" ]
        return
    fi
    case $flags in *s*) steady=$stable ;; esac
    return 0
}

# Whether the tasks that shall run do: docker also counts those that are being stopped. A service
# whose count is met by them is not `up` before its own tasks are.
replaced() {
    tasks=$(docker stack ps --filter desired-state=running --format '{{.Name}} {{.CurrentState}}' \\
        "$stack" 2>/dev/null)
    for word do
        service=${word%/*} have=0
        find_row "$service" || continue
        case $count in *completed*) continue ;; esac
        while read -r name state; do
            case $name/$state in "$service".*/Running*) have=$((have + 1)) ;; esac
        done <<END
$tasks
END
        wanted=${count#*/}
        if [ "$have" -lt "${wanted%% *}" ]; then bad="$bad $service"; fi
    done
    [ -z "$bad" ]
}

look() {
    now=$(date +%s)
    rows=$(docker service ls --filter "$filter" \\
        --format '{{.ID}} {{.Name}} {{.Mode}} {{.Replicas}}') || exit
    ids=
    while read -r id rest; do
        ids="$ids $id"
    done <<END
$rows
END
    : "$rest"
    states=
    # New services have no update to ask for.
    if [ "$ids" != ' ' ] && [ -n "$updates" ]; then
        # shellcheck disable=SC2086  # one word for each id
        states=$(docker service inspect --format '{{.Spec.Name}} {{if .UpdateStatus}}{{
            .UpdateStatus.State}} {{.UpdateStatus.Message}}{{else}}- {{end}}' $ids) || exit
    fi
}

result=
while [ -z "$result" ]; do
    look
    all=yes steady=0 line='' bad=
    if [ "$named" = 0 ]; then
        set --
        while read -r id name rest; do
            [ -z "$name" ] || set -- "$@" "$name/ms"
        done <<END
$rows
END
    fi
    for word do
        judge "$word"
        verdict=$?
        case $verdict in
        0) ;;
        2) all='' bad="$bad $service" result=failed ;;
        *) all='' bad="$bad $service" ;;
        esac
        line="$line${line:+, }$note"
    done
    if [ "$line" != "$told" ]; then
        told=$line
        printf '%s\\n' "$line"
    fi
    if [ -n "$result" ]; then break; fi
    if [ -n "$all" ]; then
        up=${up:-$now}
        if [ $((now - up)) -ge "$steady" ] && { [ -z "$updates" ] || replaced "$@"; }; then
            result=converged
        fi
    else
        up=
    fi
    if [ -z "$result" ] && [ "$now" -ge "$end" ]; then result=late; fi
    if [ -z "$result" ]; then sleep 0.2 2>/dev/null || sleep 1; fi
done
printf '@result %s %s\\n' "$result" "$((now - began))"
if [ "$result" != converged ]; then
    for service in $bad; do
        find_state "$service"
        find_reason "$service" || reason=$message
        printf '@failed %s %s\\n%s\\n' "$service" "$state" "$reason"
        tasks=$(docker service ps --no-trunc --format \\
            '{{.ID}}|{{.Name}}|{{.Node}}|{{.DesiredState}}|{{.CurrentState}}|{{.Error}}' \\
            "$service" 2>&1 | head -n 20)
        printf '@tasks %s\\n%s\\n' "$service" "$tasks"
        # The task that swarm names, else the last with an error, else the first that does not run.
        task='' other=
        while IFS='|' read -r id name node desired current error; do
            case $desired/$current in */Running* | Shutdown/Shutdown*) continue ;; esac
            case $reason in *"task $id"*) task=$id && break ;; esac
            if [ -n "$error" ] && [ -z "$task" ]; then task=$id; fi
            other=${other:-$id}
        done <<END
$tasks
END
        : "$name $node"
        task=${task:-$other}
        [ -n "$task" ] || continue
        printf '@log %s %s\\n' "$service" "$task"
        timeout 5 docker service logs --raw --tail "$tail" "$task" 2>&1 | sed 's/^/ /' |
            grep -v 'incomplete log stream'
    done
    exit
fi
services_after "$rows"
""",
    uses=(PRELUDE, SERVICES),
)

#: What the services are after it all, where nobody waited: the counterpart of `services_after`.
AFTER = sh(
    """
rows=$(docker service ls --filter "label=com.docker.stack.namespace=$1" \\
    --format '{{.ID}} {{.Name}} {{.Mode}} {{.Replicas}}') || exit
services_after "$rows"
""",
    uses=(SERVICES,),
)
