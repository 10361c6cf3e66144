"""Scripts that a manager runs on the nodes of its swarm, and the waiting until they took hold."""

from __future__ import annotations

from deployer.docker.cli import PRELUDE
from deployer.sdk import sh

#: `update ID FLAG…`: another change of the same node in between ("out of sequence") and a manager
#: that has only just become one are tried again.
UPDATE_LIB = sh("""
update() {
    update_id=$1
    shift
    update_left=50
    until update_said=$(docker node update "$@" "$update_id" 2>&1); do
        update_left=$((update_left - 1))
        case $update_said in
        *'out of sequence'* | *'being prepared'* | *'does not have a leader'*)
            [ "$update_left" -gt 0 ] || break
            ;;
        *) break ;;
        esac
        sleep 0.2 2>/dev/null || sleep 1
    done
    case $update_said in
    "$update_id") ;;
    *)
        printf '%s\\n' "$update_said" >&2
        return 1
        ;;
    esac
}
worker_only() {
    [ -z "$(docker node inspect --format '{{if .ManagerStatus}}manager{{end}}' "$1" 2>&1)" ]
}
idle() {
    case $(docker node ps --format '{{.CurrentState}}' "$1" 2>/dev/null) in
    *Running* | *Starting* | *Preparing*) return 1 ;;
    esac
}
""")

#: $1 a node's id, the rest flags of `docker node update`.
UPDATE = sh(
    """
update "$@"
""",
    uses=(UPDATE_LIB,),
)

#: $1 a node's id, $2 seconds. Done only when the manager has left the quorum: then the next may go.
DEMOTE = sh(
    """
update "$1" --role worker || exit
retry "$2" worker_only "$1" && exit
echo "node $1 is still part of the quorum after $2 seconds" >&2
exit 1
""",
    uses=(PRELUDE, UPDATE_LIB),
)

#: $1 a node's id, $2 seconds, $3 "drain" where tasks shall move away first. Tasks that do not
#: stop in time do not keep it: the node goes all the same.
REMOVE = sh(
    """
if [ "$3" = drain ]; then
    update "$1" --availability drain || exit
    retry "$2" idle "$1"
fi
if ! worker_only "$1"; then
    update "$1" --role worker || exit
    retry "$2" worker_only "$1" || exit
fi
docker node rm --force -- "$1" >/dev/null
""",
    uses=(PRELUDE, UPDATE_LIB),
)

#: $1 seconds, then ROLE:ID… until each is Ready, and each manager part of the quorum.
WAIT = sh(
    """
newline='
'
settled() {
    listed=$(docker node ls --format '{{.ID}} {{.Status}} {{.ManagerStatus}} {{.Hostname}}' 2>&1) ||
        return
    for wanted do
        case $wanted$newline$listed in
        worker:*"$newline${wanted#*:} Ready  "*) ;;
        manager:*"$newline${wanted#*:} Ready Leader "*) ;;
        manager:*"$newline${wanted#*:} Ready Reachable "*) ;;
        *) return 1 ;;
        esac
    done
}
limit=$1
shift
retry "$limit" settled "$@" && exit
printf 'the nodes did not settle in %s seconds:\\n%s\\n' "$limit" "$listed" >&2
exit 1
""",
    uses=(PRELUDE,),
)

#: $1 "force" where a manager may leave. A node that is in no swarm has left.
LEAVE = sh(
    """
need_docker
force=
[ -z "$1" ] || force=--force
said=$(docker swarm leave $force 2>&1) && exit
case $said in
*'not part of a swarm'*) ;;
*)
    printf '%s\\n' "$said" >&2
    exit 1
    ;;
esac
""",
    uses=(PRELUDE,),
)

#: $1 a node's id or name. The block `node`: its state.
NODE_STATE = sh(
    """
echo @node
ask node inspect --format '{"ID":{{json .ID}},"State":{{json .Status.State}}}' -- "$1"
""",
    uses=(PRELUDE,),
)

#: $1 a node's id or name, $2 "force". A node that has left needs a while to be seen as down.
FORGET = sh(
    """
need_docker
down() {
    state=$(docker node inspect --format '{{.Status.State}}' -- "$1" 2>&1) || {
        printf '%s\n' "$state" >&2
        exit 1
    }
    [ "$state" = down ]
}
if ! retry 25 down "$1"; then
    echo "the node cannot be removed: its state is $state, not down" >&2
    exit 1
fi
force=
[ -z "$2" ] || force=--force
docker node rm $force -- "$1" >/dev/null
""",
    uses=(PRELUDE,),
)
