"""What is run on a host for its networks."""

from __future__ import annotations

from deployer.docker.cli import PRELUDE
from deployer.model.script import sh

#: `network_gone NAME`: whether this node no longer shows a network.
NETWORK_GONE = sh("""
network_gone() {
    ! docker network inspect -- "$1" >/dev/null 2>&1
}
""")

#: $1 the network, the rest containers that shall be connected. A network that was removed from the
#: swarm stays on a node, and is shown there, while tasks of it end: @ghost. Managers list what the
#: swarm has before what is only here, so that the list then has the birth of the copy that is here.
LOOK = sh(
    """
is_ghost() {
    case $answer in
    *'"Containers":null'*) return 1 ;;
    *'"Scope":"swarm"'*) ;;
    *) return 1 ;;
    esac
    id=${answer#*'"Id":"'}
    [ "$(docker network ls --filter "id=${id%%'"'*}" --format '{{.CreatedAt}}' 2>&1)" = "$born" ] &&
        docker node inspect self >/dev/null 2>&1 || return 1
    case $answer in *'"Peers":['* | *'"Containers":{"'*) return 0 ;; esac
    # With neither it is about to go; if it does not, it has not come to this node.
    retry 2 network_gone "$1"
}
describe() {
    docker container inspect --format \\
        '{"Id":{{json .Id}},"Name":{{json .Name}},"Networks":{{json .NetworkSettings.Networks}}}' \\
        -- "$@" 2>/dev/null
}
newline='
'
echo @network
# shellcheck disable=SC2016  # a variable of Docker's template
format='{{json .}}{{"\\n"}}{{.Created}}{{range $id, $_ := .Containers}}{{"\\n"}}{{$id}}{{end}}'
answer=$(ask network inspect --format "$format" -- "$1")
ids='' born=
case $answer in
'!'*) ;;
*)
    born=${answer#*"$newline"} answer=${answer%%"$newline"*}
    case $born in *"$newline"*) ids=${born#*"$newline"} born=${born%%"$newline"*} ;; esac
    ;;
esac
printf '%s\\n' "$answer"
if is_ghost "$1"; then echo @ghost; fi
shift
if [ -n "$ids" ]; then
    echo @attached
    # shellcheck disable=SC2086  # one word for each id
    describe $ids
fi
if [ $# -gt 0 ]; then
    echo @containers
    describe "$@"
fi
:
""",
    uses=(PRELUDE, NETWORK_GONE),
)

#: $1 the name, the rest flags.
CREATE = sh(
    """
need_docker
name=$1
shift
docker network create "$@" -- "$name" >/dev/null
""",
    uses=(PRELUDE,),
)

#: Containers are disconnected only where they are what keeps the network; services are not.
#: A network of the swarm goes a moment after the answer.
REMOVE = sh(
    """
need_docker
remove() {
    said=$(docker network rm -- "$name" 2>&1)
}
gone() {
    ! docker network inspect -- "$name" >/dev/null 2>&1
}
name=$1
if ! remove; then
    case $said in
    *'active endpoints'* | *'in use by task'*)
        docker network inspect --format '{{range .Containers}}{{println .Name}}{{end}}' \\
            -- "$name" |
            while IFS= read -r container; do
                [ -z "$container" ] ||
                    docker network disconnect --force -- "$name" "$container" || exit
            done || exit
        retry 20 remove
        ;;
    *) false ;;
    esac || {
        printf '%s\\n' "$said" >&2
        exit 1
    }
fi
retry 30 gone && exit
echo "network $name is still there 30 seconds after its removal" >&2
exit 1
""",
    uses=(PRELUDE,),
)

#: $1 the network, $2 seconds. Docker makes no second one of that name before the first is gone.
GONE = sh(
    """
retry "$2" network_gone "$1" && exit
echo "tasks of the network $1 that was removed still run after $2 seconds" >&2
exit 1
""",
    uses=(PRELUDE, NETWORK_GONE),
)

#: $1 connect or disconnect, $2 the network, $3 the container, the rest flags.
WIRE = sh("""
verb=$1
network=$2
container=$3
shift 3
docker network "$verb" "$@" -- "$network" "$container"
""")

INSPECT = sh("""
docker network inspect --format '{{json .}}' -- "$1"
""")
