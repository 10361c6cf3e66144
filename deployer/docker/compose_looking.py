"""What a host says of a compose project: the resolved files, the containers, the images.

`docker compose config --hash` tells that a container is surely as described; where it differs
from the container's label it may still be (the two are computed differently in some versions),
and compose itself is asked what it would do (`--dry-run create`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from deployer.docker.cli import PRELUDE, failed_probe, json_records, read_block
from deployer.docker.compose_events import events
from deployer.docker.stack_looking import blocks
from deployer.docker.troubles import Problem
from deployer.model.values import dataclass
from deployer.sdk import ProbeError, Reply, sh

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
HASH = "com.docker.compose.config-hash"
IMAGE = "com.docker.compose.image"
NUMBER = "com.docker.compose.container-number"
ONEOFF = "com.docker.compose.oneoff"

#: `.ID`, not `.Id`: with a name that its own types lack, docker evaluates raw JSON instead, where a
#: container without a health check has no `.State.Health` to ask for.
#: `compose_containers PROJECT` prints a JSON object for each container of a project.
CONTAINERS = sh(
    """
compose_containers() {
    containers=$(docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$1") || return
    [ -n "$containers" ] || return 0
    # shellcheck disable=SC2086  # one word for each id
    docker inspect --type container --format '{"id":{{json .ID}},"name":{{json .Name}},'\\
'"image":{{json .Config.Image}},"image_id":{{json .Image}},"labels":{{json .Config.Labels}},'\\
'"state":{{json .State.Status}},"health":{{if .State.Health}}{{json .State.Health.Status}}'\\
'{{else}}""{{end}},"exit":{{.State.ExitCode}},"restart":{{json .HostConfig.RestartPolicy.Name}},'\\
'"mounts":[{{range $i, $m := .Mounts}}{{if $i}},{{end}}{{json $m.Source}}{{end}}]}' $containers
}
""",
)

#: $1 directory of the project, the rest global flags of `docker compose`; standard input: the
#: file `-`, if there is one. Prints nothing but `@absent` where the directory or a file is not
#: there, for an earlier task may bring them.
LOOK = sh(
    """
cd -- "$1" 2>/dev/null || {
    printf '@absent\\n%s\\n' "$1"
    exit 0
}
shift
inline=$(cat)
previous=
for word do
    case $previous in
    -f | --env-file)
        if [ "$word" != - ] && [ ! -e "$word" ]; then
            printf '@absent\\n%s\\n' "$word"
            exit 0
        fi
        ;;
    esac
    previous=$word
done
echo @config
if config=$(printf '%s' "$inline" | docker compose "$@" config --format json 2>/dev/null); then
    printf '%s\\n' "$config"
else
    printf '%s' "$inline" | docker compose "$@" config -q 2>&1 >/dev/null | {
        IFS= read -r first
        printf '!1 %s\\n' "$first"
        cat
    }
    exit 0
fi
project=
images=' '
while IFS= read -r line; do
    case $line in
    '  "name": "'*)
        project=${line#'  "name": "'}
        project=${project%%'"'*}
        ;;
    '      "image": "'*)
        image=${line#'      "image": "'}
        image=${image%'"'*}
        case $images in *" $image "*) ;; *) images="$images$image " ;; esac
        ;;
    esac
done <<END
$config
END
echo @hashes
hashes=$(printf '%s' "$inline" | docker compose "$@" config --hash '*' 2>/dev/null)
printf '%s\\n' "$hashes"
echo @containers
if found=$(compose_containers "$project" 2>&1); then
    printf '%s\\n' "$found"
else
    printf '!%s %s\\n' "$?" "$found"
    exit 0
fi
echo @images
for image in $images; do
    id=$(docker image inspect --format '{{.Id}}' "$image" 2>/dev/null) || id=absent
    printf '%s %s\\n' "$id" "$image"
done
# Compose is asked only where the hashes leave it open.
open="" strange=""
while IFS= read -r line; do
    case $line in '{'*) ;; *) continue ;; esac
    service=${line#*'"com.docker.compose.service":"'}
    service=${service%%'"'*}
    hash=${line#*'"com.docker.compose.config-hash":"'}
    hash=${hash%%'"'*}
    case "
$hashes
" in
    *"
$service $hash
"*) ;;
    *"
$service "*) open=yes ;;
    *) strange=yes ;;
    esac
done <<END
$found
END
if [ -n "$open" ]; then
    echo @dry
    printf '%s' "$inline" | docker compose --ansi never "$@" --dry-run create --no-build 2>&1 ||
        printf '!%s\\n' "$?"
fi
if [ -n "$strange" ]; then
    echo @all
    printf '%s' "$inline" | docker compose "$@" --profile '*' config --services 2>/dev/null
fi
:
""",
    uses=(PRELUDE, CONTAINERS),
)


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a project. `mounts` are the sources of what is mounted."""

    id: str
    name: str
    image: str
    image_id: str
    labels: Mapping[str, str]
    state: str
    health: str = ""
    exit: int = 0
    restart: str = ""
    mounts: tuple[str, ...] = ()

    @property
    def service(self) -> str:
        return self.labels.get(SERVICE, "")

    @property
    def number(self) -> int:
        text = self.labels.get(NUMBER, "0")
        return int(text) if text.isdigit() else 0

    @property
    def oneoff(self) -> bool:
        """Whether `docker compose run` made it."""
        return self.labels.get(ONEOFF, "").lower() == "true"

    @property
    def done(self) -> bool:
        """Whether it ended well, and is not started again by docker."""
        return self.state == "exited" and self.exit == 0 and self.restart in ("", "no")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the probe saw. `config` is the resolved project, None where there is none (yet).

    `dry` maps the names of containers to what compose would do with them; None: not asked.
    `volumes` are all of the host, `networks` those of projects (project, name), where asked for.
    """

    config: Mapping[str, Any] | None = None
    absent: str = ""
    problem: Problem | None = None
    trouble: Problem | None = None
    hashes: Mapping[str, str] = field(default_factory=dict)
    containers: tuple[Container, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)
    dry: Mapping[str, str] | None = None
    all_services: frozenset[str] = frozenset()
    volumes: frozenset[str] = frozenset()
    networks: frozenset[tuple[str, str]] = frozenset()

    @property
    def project(self) -> str:
        return str((self.config or {}).get("name") or "")

    @property
    def services(self) -> Mapping[str, Any]:
        return (self.config or {}).get("services") or {}

    @property
    def own_volumes(self) -> list[str]:
        """The project's volumes that there are; not those that it only borrows."""
        given: Mapping[str, Any] = (self.config or {}).get("volumes") or {}
        names = [str(one.get("name")) for one in given.values() if not one.get("external")]
        return sorted(self.volumes.intersection(names))

    @property
    def own_networks(self) -> list[str]:
        """The networks of its files that the project has made."""
        given: Mapping[str, Any] = (self.config or {}).get("networks") or {}
        names = [str((one or {}).get("name")) for one in given.values()]
        return sorted(name for name in names if (self.project, name) in self.networks)


def read_look(reply: Reply) -> Seen:
    """The counterpart of `LOOK`; raises ProbeError where its output cannot be read."""
    if reply.code:
        return Seen(trouble=failed_probe(reply))
    found = dict(blocks(reply.out))
    if "absent" in found:
        return Seen(absent=found["absent"].strip())
    text = found.get("config", "")
    if text.startswith("!"):
        problem = read_block(text).problem
        unknown = problem is not None and problem.unknown
        return Seen(trouble=problem) if unknown else Seen(problem=problem)
    asked = read_block(found.get("containers", ""))
    return Seen(
        config=_config(text),
        trouble=asked.problem,
        hashes=dict(_pairs(found.get("hashes", ""))),
        containers=containers_in(found.get("containers", "")) if not asked.problem else (),
        images={name: found_id for found_id, name in _pairs(found.get("images", ""))},
        dry=_dry(found["dry"]) if "dry" in found else None,
        all_services=frozenset(found.get("all", "").split()),
        volumes=frozenset(read_block(found.get("volumes", "")).lines),
        networks=frozenset(_pairs(found.get("networks", ""))),
    )


def _config(text: str) -> Mapping[str, Any]:
    try:
        read = json.loads(text)
    except ValueError as error:
        raise ProbeError(f"`docker compose config` did not print JSON: {error}") from None
    return read if isinstance(read, Mapping) else {}


def _pairs(text: str) -> list[tuple[str, str]]:
    words = (line.split(" ", 1) for line in text.splitlines() if " " in line)
    return [(first, second.strip()) for first, second in words]


def containers_in(text: str) -> tuple[Container, ...]:
    """The containers that `compose_containers` printed, by service and number."""
    found = [
        Container(
            id=record["id"],
            name=record["name"].lstrip("/"),
            image=record["image"],
            image_id=record["image_id"],
            labels=record.get("labels") or {},
            state=record["state"],
            health=record["health"],
            exit=record["exit"],
            restart=record["restart"],
            mounts=tuple(record["mounts"]),
        )
        for record in json_records(text.splitlines())
    ]
    return tuple(sorted(found, key=lambda one: (one.service, one.number, one.name)))


def _dry(text: str) -> Mapping[str, str] | None:
    """What compose would do; None where it does not know how to say so, or failed."""
    if any(line.startswith("!") for line in text.splitlines()):
        return None
    return {event.name: event.word for event in events(text) if event.kind == "Container"}
