"""Waiting on the host until the services of a stack have converged, in one exchange.

swarmkit calls a task running only once its health check says healthy, so counts of running tasks
are the truth, with three exceptions that this loop knows: an update that has not begun yet (the
old tasks still count), a service without a health check that starts and dies again and again, and
a global service between two attempts (0/0). `docker stack deploy` exits 0 after an automatic
rollback and never gives up on a task that cannot be placed: both end here as failures.
"""

from __future__ import annotations

from collections.abc import Iterable

from deployer.docker.cli import PRELUDE
from deployer.docker.stack_looking import blocks
from deployer.model.values import dataclass
from deployer.sdk import Outcome, Reply, Script, sh

#: Status of a wait that did not end well.
NOT_CONVERGED = 62
#: Seconds that tasks without a health check have to stay up.
STABLE = 3
#: Lines of a failing task's log that are shown.
LOG_LINES = 10

#: $1 the stack, $2 seconds, $3 seconds that tasks must stay up, $4 log lines; then one word for
#: each service: its name, a slash, and letters: r its tasks are to be replaced, m perhaps,
#: s they must stay up a while, w nothing was deployed now.
WAIT = sh(
    """
need_docker
stack=$1 stable=$3 tail=$4
began=$(date +%s)
end=$((began + $2))
shift 4
filter=label=com.docker.stack.namespace=$stack
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
    if [ "$running" != "$wanted" ]; then return 1; fi
    if [ "$mode$wanted" = global0 ]; then
        # No node is meant, or all its tasks wait for their next attempt.
        [ $((now - began)) -ge 2 ] && [ -z "$(docker service ps -q "$id" 2>/dev/null)" ] && return 0
        return 1
    fi
    case $flags in *s*) steady=$stable ;; esac
    return 0
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
    if [ "$ids" != ' ' ]; then
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
        if [ $((now - up)) -ge "$steady" ]; then result=converged; fi
    else
        up=
    fi
    if [ -z "$result" ] && [ "$now" -ge "$end" ]; then result=late; fi
    if [ -z "$result" ]; then sleep 0.3 2>/dev/null || sleep 1; fi
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
            case $desired/$current in */Running*) continue ;; esac
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
fi
""",
    uses=(PRELUDE,),
)

#: What the services are after it all: the counterpart of `services_after`.
AFTER = sh(
    """
echo @list
list=$(docker service ls --filter "label=com.docker.stack.namespace=$1" \\
    --format '{{.ID}} {{.Name}} {{.Mode}} {{.Replicas}}') || exit
printf '%s\\n' "$list"
set --
while read -r id rest; do
    set -- "$@" "$id"
done <<END
$list
END
: "$rest"
echo @services
[ -z "$1" ] || docker service inspect --format '{{json .}}' "$@"
""",
)


@dataclass(frozen=True, slots=True)
class Expected:
    """A service to wait for: `rollout` says whether its tasks are to be replaced (None: perhaps);
    `stable` that it has no health check; `idle` that nothing was deployed now."""

    name: str
    rollout: bool | None = False
    stable: bool = False
    idle: bool = False

    @property
    def word(self) -> str:
        letters = {"r": self.rollout is True, "m": self.rollout is None}
        letters |= {"s": self.stable, "w": self.idle}
        return f"{self.name}/" + "".join(letter for letter, on in letters.items() if on)


def wait(stack: str, services: Iterable[Expected], seconds: int, env: dict[str, str]) -> Script:
    """Wait until the services have converged, at most so many seconds."""
    words = [service.word for service in services]
    return WAIT(stack, str(seconds), str(STABLE), str(LOG_LINES), *words, env=env)


@dataclass(frozen=True, slots=True)
class Fault:
    """A service that did not converge, its update's state, and the task that shows why."""

    service: str
    state: str = ""
    message: str = ""
    task: str = ""
    node: str = ""
    current: str = ""
    error: str = ""
    log: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Several lines: what, the failing task, the end of its log."""
        update = {
            "paused": "its update failed and was paused",
            "rollback_started": "its update failed, and the rollback has not ended",
            "rollback_completed": "its update failed and was rolled back",
            "rollback_paused": "its update failed, and so did the rollback",
        }.get(self.state, "its tasks do not run")
        text = f"service {self.service}: {update}"
        if self.message and self.state:
            text += f" ({self.message})"
        if self.task:
            where = f" on {self.node}" if self.node else ""
            text += f"; task {self.task}{where}: {self.current}"
            text += f": {self.error}" if self.error else ""
        if self.log:
            text += "\n" + "\n".join(f"  | {line}" for line in self.log)
        return text


@dataclass(frozen=True, slots=True)
class Waited:
    """How a wait ended: `result` is converged, failed, late, or empty where it did not begin."""

    result: str = ""
    seconds: int = 0
    faults: tuple[Fault, ...] = ()


def read_wait(reply: Reply) -> Waited:
    """The counterpart of `WAIT`."""
    result, seconds = "", 0
    faults: dict[str, Fault] = {}
    tasks: dict[str, list[list[str]]] = {}
    for head, body in blocks(reply.out):
        topic, *more = head.split(" ")
        lines = [line for line in body.splitlines() if line.strip()]
        if topic == "result":
            result, seconds = more[0], int(more[1])
        elif topic == "failed":
            state = more[1] if len(more) > 1 and more[1] != "-" else ""
            faults[more[0]] = Fault(more[0], state, lines[0] if lines else "")
        elif topic == "tasks":
            tasks[more[0]] = [line.split("|", 5) for line in lines if line.count("|") >= 5]
            faults[more[0]] = _with_task(faults[more[0]], tasks[more[0]])
        elif topic == "log":
            faults[more[0]] = _with_log(faults[more[0]], tasks[more[0]], more[1], lines)
    return Waited(result, seconds, tuple(faults.values()))


def _with_task(fault: Fault, rows: list[list[str]], identity: str = "") -> Fault:
    """The task with this id; without one the first that does not run."""
    row = next((row for row in rows if row[0] == identity), None)
    row = row or next((row for row in rows if not row[4].startswith("Running")), None)
    if row is None:
        return fault
    return Fault(
        fault.service,
        fault.state,
        fault.message,
        row[1],
        row[2],
        row[4].lower(),
        row[5].strip('"'),
        fault.log,
    )


def _with_log(fault: Fault, rows: list[list[str]], identity: str, lines: list[str]) -> Fault:
    made = _with_task(fault, rows, identity)
    log = tuple(line.strip() for line in lines)[-LOG_LINES:]
    return Fault(
        made.service,
        made.state,
        made.message,
        made.task,
        made.node,
        made.current,
        made.error,
        log,
    )


def not_converged(waited: Waited, what: str, seconds: int) -> Outcome:
    """The failure that a wait ended in."""
    intro = {
        "late": f"{what} did not converge within {seconds} s",
        "failed": f"{what} did not converge",
    }.get(waited.result, f"{what}: waiting broke off")
    details = "\n".join(str(fault) for fault in waited.faults)
    return Outcome(failed=True, msg=f"{intro}: {details}" if details else intro)
