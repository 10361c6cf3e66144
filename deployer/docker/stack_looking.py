"""What a host says of a stack: the probe of `docker_stack`, in one script.

The file as docker itself reads it (merged, interpolated), the live services, and what the swarm
has of networks, secrets and configs. Where a registry would be asked by a deployment, dockerd is
asked to ask it now: what it answers decides whether a tag means another image today.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from deployer.docker.cli import PRELUDE, Answer, Record, failed_probe, json_records, read_block
from deployer.docker.registry import REGISTRY
from deployer.docker.stack_names import NAMESPACE
from deployer.docker.stack_tasks import STOPPING
from deployer.docker.troubles import Problem
from deployer.model.values import dataclass
from deployer.sdk import Reply, sh
from deployer.sdk.documents import parse_yaml

#: $1 the stack, $2 whether the registry is asked, the rest paths (`-` is standard input).
LOOK = sh(
    """
stack=$1
registry=$2
inline=
shift 2
for path do
    shift
    set -- "$@" -c "$path"
    if [ "$path" != - ] && [ ! -e "$path" ]; then
        printf '@absent\\n%s\\n' "$path"
        absent=1
    fi
done
wanted() {
    config=
    if [ -z "$absent" ] && [ $# -gt 0 ]; then
        case " $* " in *' - '*) inline=$(cat) ;; esac
        echo @config
        if config=$(printf '%s' "$inline" | docker stack config "$@" 2>/dev/null); then
            printf '%s\\n' "$config"
        else
            printf '%s' "$inline" | docker stack config "$@" 2>&1 >/dev/null | {
                IFS= read -r first
                printf '!1 %s\\n' "$first"
                cat
            }
        fi
    fi
    case $config in
    *secrets:*)
        echo @secrets
        ask secret ls --format '{"id":{{json .ID}},"name":{{json .Name}}}'
        ;;
    esac
    case $config in
    *configs:*)
        echo @configs
        ask config ls --format '{"id":{{json .ID}},"name":{{json .Name}}}'
        ;;
    esac
}
live() {
    echo @list
    list=$(docker service ls --filter "label=com.docker.stack.namespace=$stack" \\
        --format '{{.ID}} {{.Name}} {{.Mode}} {{.Replicas}}' 2>&1) || {
        printf '!%s %s\\n' "$?" "$list"
        return
    }
    printf '%s\\n' "$list"
    ids=
    while read -r id rest; do
        ids="$ids $id"
    done <<END
$list
END
    echo @services
    # shellcheck disable=SC2086  # one word for each id
    [ "$ids" = ' ' ] || ask service inspect --format '{{json .}}' $ids
    echo @stopping
    stopping_services "$stack"
    echo @networks
    ask network ls --no-trunc --filter scope=swarm \\
        --format '{"id":{{json .ID}},"name":{{json .Name}}}'
}
# Both ask at the same time: what costs is to start a CLI.
wanted "$@" | {
    lived=$(live)
    config=$(cat)
    printf '%s\\n%s\\n' "$config" "$lived"
    case $lived in '@list
!'*) exit 0 ;; esac
    section=
    set --
    while IFS= read -r line; do
        case $line in
        [a-z]*) section=$line ;;
        '    file: '*)
            # Nothing is read that may be a secret.
            [ "$section" = configs: ] || continue
            file=${line#'    file: '}
            case $file in
            '"'*'"') file=${file#'"'} file=${file%'"'} ;;
            "'"*"'") file=${file#"'"} file=${file%"'"} ;;
            esac
            sum=unreadable
            if [ -r "$file" ]; then sum=$({ cat -- "$file"; echo; } | sha256sum); fi
            printf '@file %s\\n%s\\n' "$file" "${sum%% *}"
            ;;
        '    image: '*)
            image=${line#'    image: '}
            case "$registry/ $* " in /* | *" $image "*) continue ;; esac
            set -- "$@" "$image"
            ;;
        esac
    done <<END
$config
END
    registry_digests "$@"
    case $config in
    *'    file: '*)
        own=$(docker config ls -q --filter "label=com.docker.stack.namespace=$stack" 2>/dev/null)
        for id in $own; do
            docker config inspect --format '@data {{.Spec.Name}}' "$id" 2>/dev/null
            docker config inspect --format '{{printf "%s" .Spec.Data}}' "$id" 2>/dev/null |
                sha256sum
        done
        ;;
    esac
}
""",
    uses=(PRELUDE, REGISTRY, STOPPING),
)


@dataclass(frozen=True, slots=True)
class Live:
    """A service as it is. `count` is what `docker service ls` calls replicas: `2/3`.

    `stopping`: some that are counted are being stopped.
    """

    id: str
    name: str
    count: str
    spec: Record
    update: Record = field(default_factory=dict)
    stopping: bool = False

    @property
    def full(self) -> bool:
        """Whether enough tasks run (of a job: are complete). Those of a lost node still count."""
        running, _, rest = self.count.partition("/")
        wanted, _, more = rest.partition(" ")
        if "completed" in more:
            done, _, total = more.strip("()").removesuffix(" completed").partition("/")
            return done == total
        return int(running or 0) >= int(wanted or 0)

    @property
    def job(self) -> bool:
        """Whether its tasks run once and end."""
        return any(mode.endswith("Job") for mode in self.spec.get("Mode") or ())

    @property
    def state(self) -> str:
        """How far its last update is; empty where there was none."""
        return str(self.update.get("State") or "")


#: What a removal that broke off has left, besides services. $1 the stack.
LEFT = sh(
    """
label=label=com.docker.stack.namespace=$1
echo @left
for kind in network secret config; do
    docker "$kind" ls -q --filter "$label" 2>/dev/null
done
:
""",
    uses=(PRELUDE,),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the probe saw.

    `file` is the stack file, None where there is none (yet) or docker cannot read it; then
    `problem` or `absent` says why. `known` maps name to id of networks, secrets and configs.
    `sums` are sha256 sums of the files that the stack file names, `data` those of its configs
    (with a newline at the end), `digests` what a registry says of an image. `left` are ids of
    networks, secrets and configs of the stack, where asked for.
    """

    file: Mapping[str, Any] | None = None
    absent: str = ""
    problem: Problem | None = None
    trouble: Problem | None = None
    services: Mapping[str, Live] = field(default_factory=dict)
    known: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sums: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    left: tuple[str, ...] = ()


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """(`@` line without the mark, lines below it)."""
    name, lines = "", list[str]()
    for line in text.splitlines(keepends=True):
        if line.startswith("@"):
            if name:
                yield name, "".join(lines)
            name, lines = line[1:].rstrip("\n"), []
        else:
            lines.append(line)
    if name:
        yield name, "".join(lines)


def read_look(reply: Reply) -> Seen:
    """The counterpart of `LOOK`; raises ProbeError where the script itself broke."""
    if reply.code:
        return Seen(trouble=failed_probe(reply))
    plain: dict[str, str] = {}
    many: dict[str, dict[str, str]] = {"file": {}, "digest": {}, "data": {}}
    for head, body in blocks(reply.out):
        topic, _, name = head.partition(" ")
        if topic in many:
            many[topic][name] = body.split(" ")[0].strip()
        else:
            plain[topic] = body
    answers = {
        name: read_block(body) for name, body in plain.items() if name not in ("config", "left")
    }
    file, problem = _file(plain.get("config"))
    return Seen(
        file=file,
        absent=plain.get("absent", "").strip(),
        problem=problem,
        trouble=next((answer.problem for answer in answers.values() if answer.problem), None),
        services=read_services(
            answers.get("list", Answer()),
            answers.get("services", Answer()),
            answers.get("stopping", Answer()).lines,
        ),
        known={
            topic: {record["name"]: record["id"] for record in answers[topic].records}
            for topic in ("networks", "secrets", "configs")
            if topic in answers
        },
        sums=many["file"],
        data=many["data"],
        digests=many["digest"],
        left=tuple(plain.get("left", "").split()),
    )


def _file(text: str | None) -> tuple[Mapping[str, Any] | None, Problem | None]:
    if text is None:
        return None, None
    if text.startswith("!"):
        return None, read_block(text).problem
    read = parse_yaml(text)
    return (read if isinstance(read, Mapping) else {}), None


def read_services(rows: Answer, inspected: Answer, stopping: Sequence[str] = ()) -> dict[str, Live]:
    """Live services by name, out of `docker service ls` and `docker service inspect`.

    `stopping` are ids of services of which tasks are being stopped.
    """
    words = [row.split(" ", 3) for row in rows.lines if row.count(" ") > 2]
    # Modes are one word, but for jobs.
    counts = {row[1]: row[3].removeprefix("job ") for row in words}
    found = {}
    for record in inspected.records:
        spec = record["Spec"]
        name = spec["Name"]
        update = record.get("UpdateStatus") or {}
        live = Live(record["ID"], name, counts.get(name, ""), spec, update)
        found[name] = replace(live, stopping=live.id in stopping)
    return found


def services_after(text: str) -> dict[str, Live]:
    """The services that a change's script printed below `@list` and `@services`."""
    found = dict(blocks(text))
    rows = read_block(found.get("list", ""))
    records = tuple(json_records(found.get("services", "").splitlines()))
    return read_services(rows, Answer(records=records))


def namespace_of(spec: Record) -> str:
    """The stack that a service belongs to."""
    return str((spec.get("Labels") or {}).get(NAMESPACE, ""))
