"""The scripts that run `docker compose`, wait until containers are healthy, and look again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from deployer.docker.cli import PRELUDE
from deployer.docker.compose_looking import CONTAINERS, Container
from deployer.docker.convergence import LOG_LINES
from deployer.model.values import dataclass
from deployer.sdk import Script, Secret, sh

#: Seconds that a container without a health check has to stay up.
STABLE = 2
#: Restarts after which a container is not waited for any longer.
RESTARTS = 3
#: `compose_project FLAG…` prints the project's name.
PROJECT_NAME = sh("""
compose_project() {
    docker compose "$@" config --format json | {
        name=
        while IFS= read -r line; do
            case $line in
            '  "name": "'*)
                name=${line#'  "name": "'}
                name=${name%%'"'*}
                ;;
            esac
        done
        printf '%s\\n' "$name"
    }
}
""")

#: `compose_rows PROJECT` prints name, state, health, exit status, restart policy, restarts and
#: whether it is a one-off of each container. `compose_judge MOST ROW` judges one: 0 it is as it
#: should be, 1 not yet, 2 it never will be (also after so many restarts).
#: `compose_report LINES NAME…` says what is wrong.
JUDGE = sh("""
compose_rows() {
    compose_ids=$(docker ps -aq --filter "label=com.docker.compose.project=$1") || return
    [ -n "$compose_ids" ] || return 0
    # shellcheck disable=SC2086  # one word for each id
    docker inspect --type container --format '{{.Name}} {{.State.Status}} {{if .State.Health}}{{
        .State.Health.Status}}{{else}}-{{end}} {{.State.ExitCode}} {{
        or .HostConfig.RestartPolicy.Name "no"}} {{.RestartCount}} {{
        or (index .Config.Labels "com.docker.compose.oneoff") "False"}}' $compose_ids 2>/dev/null
    :
}
compose_judge() {
    compose_most=$1
    shift
    case $2/$3 in
    running/healthy | running/-)
        [ "$6" -lt "$compose_most" ] || return 2
        return 0
        ;;
    running/unhealthy | dead/*) return 2 ;;
    esac
    case $2/$4/$5 in
    exited/0/no) return 0 ;;
    exited/*/no | exited/*/on-failure) return 2 ;;
    restarting/*) [ "$6" -lt "$compose_most" ] || return 2 ;;
    esac
    return 1
}
compose_report() {
    compose_lines=$1
    shift
    for compose_name do
        docker inspect --type container --format '@failed {{.Name}} {{.State.Status}}
{{if .State.Health}}{{.State.Health.Status}}{{else}}-{{end}} {{.State.ExitCode}} {{
            .RestartCount}} {{.State.Error}}' "$compose_name" 2>/dev/null || continue
        printf '@log %s\\n' "$compose_name"
        docker logs --tail "$compose_lines" "$compose_name" 2>&1 | sed 's/^/ /'
        printf '@check %s\\n' "$compose_name"
        docker inspect --type container --format '{{if .State.Health}}{{range .State.Health.Log
            }}{{printf " %.300s\\n" .Output}}{{end}}{{end}}' "$compose_name" 2>/dev/null |
            tail -n 3
    done
}
""")

#: $1 directory, $2 number of flags, $3 log lines, flags, then the other words of `docker compose`;
#: standard input: the file `-`. What compose says of its progress goes to standard error. Where it
#: fails, the containers that are to blame are shown.
RUN = sh(
    """
need_docker
cd -- "$1" || exit
left=$2 tail=$3
shift 3
inline=$(cat)
printf '%s' "$inline" | docker compose --ansi never "$@" && exit 0
status=$?
for word do
    shift
    if [ "$left" -gt 0 ]; then set -- "$@" "$word"; fi
    left=$((left - 1))
done
project=$(printf '%s' "$inline" | compose_project "$@" 2>/dev/null)
most=1
[ -n "$project" ] || exit "$status"
compose_rows "$project" | while read -r name state health code policy count rest; do
    compose_judge "$most" "$name" "$state" "$health" "$code" "$policy" "$count"
    if [ $? = 2 ]; then compose_report "$tail" "${name#/}"; fi
    : "$rest"
done
exit "$status"
""",
    uses=(PRELUDE, PROJECT_NAME, JUDGE),
)

#: Compose neither starts nor stops a paused container. $1 seconds, the rest ids. The health check
#: fails while a container is paused: what it says then must not count as the container's fault.
THAW = sh(
    """
need_docker
limit=$1
shift
docker unpause "$@" >/dev/null || exit
checked() {
    case $(docker inspect --type container --format '{{if .State.Health}}{{
        .State.Health.Status}}{{end}}' "$@") in *unhealthy*) return 1 ;; esac
}
retry "$limit" checked "$@" || :
""",
    uses=(PRELUDE,),
)

#: Containers whose files changed beneath them, unless they are new anyway.
#: $1 directory, $2 number of flags, flags, then `SERVICE ID` for each container.
REFRESH = sh(
    """
need_docker
cd -- "$1" || exit
left=$2
shift 2
services=
for word do
    shift
    if [ "$left" -gt 0 ]; then
        set -- "$@" "$word"
        left=$((left - 1))
        continue
    fi
    # The container is still there: it has not been made anew.
    if docker container inspect "${word#* }" >/dev/null 2>&1; then
        case " $services " in *" ${word% *} "*) ;; *) services="$services ${word% *}" ;; esac
    fi
done
[ -n "$services" ] || exit 0
# shellcheck disable=SC2086  # one word for each service
docker compose --ansi never "$@" up --detach --no-deps --force-recreate --no-build $services
""",
    uses=(PRELUDE,),
)

#: $1 directory, $2 seconds, $3 seconds to stay up, $4 restarts, $5 log lines, then flags;
#: standard input: the file `-`. Status 62 never: the result is printed.
WAIT = sh(
    """
need_docker
cd -- "$1" || exit
began=$(date +%s)
end=$((began + $2))
stable=$3 most=$4 tail=$5
shift 5
project=$(compose_project "$@") || exit
result="" told="" up="" restarts=""
while [ -z "$result" ]; do
    now=$(date +%s)
    rows=$(compose_rows "$project") || exit
    all=yes bad="" steady=0 line="" seen=""
    while read -r name state health code policy count oneoff; do
        if [ -z "$name" ] || [ "$oneoff" = True ]; then continue; fi
        compose_judge "$most" "$name" "$state" "$health" "$code" "$policy" "$count"
        verdict=$?
        case $state/$health in running/-) steady=$stable ;; esac
        seen="$seen $count"
        case $verdict in
        0) ;;
        2) all="" bad="$bad ${name#/}" result=failed ;;
        *) all="" bad="$bad ${name#/}" ;;
        esac
        line="$line${line:+, }${name#/} $state"
        if [ "$health" != - ]; then line="$line, $health"; fi
    done <<END
$rows
END
    if [ "$line" != "$told" ]; then
        told=$line
        printf '%s\\n' "$line"
    fi
    if [ -n "$result" ]; then break; fi
    # Who starts and dies again and again is up only in between.
    if [ -n "$all" ] && [ "$seen" = "${restarts:-$seen}" ]; then
        up=${up:-$now}
        if [ $((now - up)) -ge "$steady" ]; then result=converged; fi
    else
        up=
    fi
    restarts=$seen
    if [ -z "$result" ] && [ "$now" -ge "$end" ]; then result=late; fi
    if [ -z "$result" ]; then sleep 0.3 2>/dev/null || sleep 1; fi
done
printf '@result %s %s\\n' "$result" "$((now - began))"
if [ "$result" != converged ]; then
    # shellcheck disable=SC2086  # one word for each name
    compose_report "$tail" $bad
fi
""",
    uses=(PRELUDE, PROJECT_NAME, JUDGE),
)

#: $1 directory, the rest flags; standard input: the file `-`. The project's containers.
AFTER = sh(
    """
cd -- "$1" || exit
shift
project=$(compose_project "$@") || exit
echo @containers
compose_containers "$project"
""",
    uses=(PRELUDE, PROJECT_NAME, CONTAINERS),
)


@dataclass(frozen=True, slots=True)
class Project:
    """Where a project is and how compose is told of it. `inline` is what `-f -` reads."""

    directory: str
    flags: tuple[str, ...] = ()
    inline: bytes | Secret = b""
    env: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: str) -> Script:
        """`docker compose` with these words."""
        numbers = (str(len(self.flags)), str(LOG_LINES))
        given = (self.directory, *numbers, *self.flags, *words)
        return RUN(*given, stdin=self.inline, env=self.env)

    def thaw(self, containers: Iterable[Container], seconds: int) -> Script:
        """Those of these that are paused go on; so long they may take to be called healthy."""
        paused = [one.id for one in containers if one.state == "paused"]
        return THAW(str(seconds), *paused, env=self.env) if paused else Script()

    def wait(self, seconds: int) -> Script:
        """Wait until all containers run and are healthy."""
        numbers = (str(seconds), str(STABLE), str(RESTARTS), str(LOG_LINES))
        return WAIT(self.directory, *numbers, *self.flags, stdin=self.inline, env=self.env)

    def refresh(self, old: Iterable[Container]) -> Script:
        """Make containers anew that are still the old ones."""
        pairs = [f"{one.service} {one.id}" for one in old]
        count = str(len(self.flags))
        words = (self.directory, count, *self.flags, *pairs)
        return REFRESH(*words, stdin=self.inline, env=self.env)

    def after(self) -> Script:
        """The containers as they are then."""
        return AFTER(self.directory, *self.flags, stdin=self.inline, env=self.env)
