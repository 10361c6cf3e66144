"""`docker_image_load`: images out of an archive on the host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any

from deployer.docker.cli import (
    PRELUDE,
    DockerArgs,
    Record,
    docker_failure,
    failed_probe,
    json_records,
    read_blocks,
)
from deployer.docker.troubles import Problem
from deployer.model.values import dataclass
from deployer.sdk import Change, Outcome, Reply, Resource, Script, arg, sh
from deployer.sdk.kinds import Manual

#: What the archive holds (its manifest; the index names images where dockerd keeps them in
#: containerd), and what dockerd has of that: tags by their names, untagged images by their ids.
LOOK = sh(
    """
unpack() {
    # busybox must be told of compression, GNU finds out.
    tar -xOf "$1" "$2" 2>/dev/null || tar -xzOf "$1" "$2" 2>/dev/null
}
echo @file
{ [ -f "$1" ] && [ -r "$1" ]; } || {
    echo absent
    exit 0
}
echo present
manifest=$(unpack "$1" manifest.json | tr -d ' \\n')
printf '@manifest\\n{"images":%s}\\n' "${manifest:-[]}"
index=$(unpack "$1" index.json | tr -d '\\n')
[ -n "$index" ] || index='{}'
printf '@index\\n%s\\n' "$index"
set --
rest=$manifest
while :; do
    case $rest in *'"Config":"'*) ;; *) break ;; esac
    rest=${rest#*'"Config":"'}
    id=${rest%%'"'*}
    id=${id##*/}
    set -- "$@" "sha256:${id%.json}"
done
rest=$manifest
while :; do
    case $rest in *'"RepoTags":['*) ;; *) break ;; esac
    rest=${rest#*'"RepoTags":['}
    tags=${rest%%]*},
    while [ "$tags" != , ] && [ -n "$tags" ]; do
        tag=${tags%%,*}
        tags=${tags#*,}
        tag=${tag#'"'}
        set -- "$@" "${tag%'"'}"
    done
done
echo @present
[ $# -eq 0 ] || ask image inspect --format '{{json .}}' -- "$@"
""",
    uses=(PRELUDE,),
)

LOAD = sh(
    """
need_docker
if [ ! -f "$1" ] || [ ! -r "$1" ]; then
    echo "$1: there is no such file, or it cannot be read" >&2
    exit 1
fi
said=$(docker load -i "$1" 2>&1)
status=$?
printf '@said\\n%s\\n' "$said"
[ "$status" -eq 0 ] || {
    printf '%s\\n' "$said" >&2
    exit "$status"
}
newline='
'
set --
rest=$said$newline
while [ -n "$rest" ]; do
    line=${rest%%"$newline"*}
    rest=${rest#*"$newline"}
    case $line in
    'Loaded image: '* | 'Loaded image ID: '*) set -- "$@" "${line#*: }" ;;
    esac
done
echo @images
[ $# -eq 0 ] || ask image inspect --format '{{json .}}' -- "$@"
""",
    uses=(PRELUDE,),
)


@dataclass(frozen=True, slots=True)
class Args(DockerArgs):
    path: str = arg(doc="The archive, on the host (made by `docker save`).")
    timeout: int = arg(600, doc="Seconds for loading; a tenth of it for looking.")


@dataclass(frozen=True, slots=True)
class Packed:
    """One image of the archive: what it is called, and the ids that it may have."""

    tags: tuple[str, ...]
    ids: frozenset[str]

    @property
    def names(self) -> tuple[str, ...]:
        return self.tags or tuple(sorted(self.ids)[:1])


@dataclass(frozen=True, slots=True)
class State:
    """`packed` is empty where the archive is not there or could not be read in time."""

    there: bool = False
    packed: tuple[Packed, ...] = ()
    present: tuple[Record, ...] = field(default=())
    problem: Problem | None = None


def probe(args: Args) -> Script:
    return LOOK(args.path, env=args.env, timeout=max(10.0, args.timeout / 10))


def parse(_args: Args, reply: Reply) -> State:
    if reply.code:
        return State(there=True, problem=failed_probe(reply))
    blocks = read_blocks(reply.out)
    if blocks["file"].lines != ("present",):
        return State()
    held: list[dict[str, Any]] = blocks["manifest"].records[0]["images"]
    index = blocks["index"].records[0].get("manifests") or []
    packed = tuple(_packed(entry, index) for entry in held)
    found = blocks["present"]
    problem = found.problem if found.problem is not None and found.problem.unknown else None
    return State(True, packed, found.records, problem)


def _packed(entry: Record, index: Sequence[Record]) -> Packed:
    """An image by its config's digest, or by its manifest's: dockerd with containerd uses that."""
    tags = tuple(entry.get("RepoTags") or ())
    digests = [
        each.get("digest", "")
        for each in index
        if _familiar((each.get("annotations") or {}).get("io.containerd.image.name", "")) in tags
    ]
    return Packed(tags, frozenset({_config_id(entry), *digests}))


def _familiar(name: str) -> str:
    """`docker.io/library/web:v1` as the CLI calls it: `web:v1`."""
    return name.removeprefix("docker.io/").removeprefix("library/")


def _config_id(entry: dict[str, Any]) -> str:
    """The image's id: its config's digest, which is the config's file name in the archive."""
    name = str(entry.get("Config", "")).rpartition("/")[2]
    return f"sha256:{name.removesuffix('.json')}"


def missing(state: State) -> list[str]:
    """What of the archive dockerd does not have under that name."""
    by_tag = {tag: record["Id"] for record in state.present for tag in record.get("RepoTags") or ()}
    ids = {record["Id"] for record in state.present}
    lacking = []
    for image in state.packed:
        if image.tags:
            lacking += [tag for tag in image.tags if by_tag.get(tag) not in image.ids]
        elif not image.ids & ids:
            lacking.append(image.names[0])
    return lacking


def diff(args: Args, state: State) -> Sequence[Change]:
    script = LOAD(args.path, env=args.env, timeout=float(args.timeout))
    subject = f"images of {args.path}"
    if state.problem is not None:
        return [Change("load", subject, state.problem.cause, script, certain=False)]
    if not state.there:
        return [Change("load", subject, "the archive is not there (so far)", script)]
    if not state.packed:
        return [Change("load", subject, "the archive has no manifest", script)]
    lacking = missing(state)
    if not lacking:
        return []
    return [Change("load", subject, f"not present: {', '.join(lacking)}", script)]


def report(_args: Args, state: State) -> Outcome:
    names = [name for image in state.packed for name in image.names]
    tags = {tag for image in state.packed for tag in image.tags}
    images = {
        record["Id"]: record
        for record in state.present
        if tags & set(record.get("RepoTags") or ()) or record["Id"] in names
    }
    return Outcome(values={"image_names": names, "images": list(images.values())})


def conclude(args: Args, _state: State, reply: Reply) -> Outcome:
    if not reply.ok:
        return docker_failure(reply, f"load {args.path}")
    said, _, images = reply.out.partition("@images\n")
    lines = said.removeprefix("@said\n").splitlines()
    names = [line.partition(": ")[2] for line in lines if line.startswith("Loaded image")]
    values = {
        "image_names": names,
        "images": list(json_records(images.splitlines())),
        "stdout": "\n".join(lines),
    }
    if not names:
        msg = "Detected no loaded images. Archive potentially corrupt?"
        return Outcome(failed=True, msg=msg, values=values)
    return Outcome(values=values)


MODULE = Resource(
    name="docker_image_load",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    collection="community.docker",
    manual=Manual(
        summary="Load the images of an archive that is on the host, where they are missing.",
        returns={
            "image_names": "Names (or ids) of the archive's images.",
            "images": "What `docker image inspect` says of them.",
            "stdout": "What `docker load` said, where it ran.",
        },
        example="""
- docker_image_load:
    path: /var/tmp/images.tar
""",
        notes=("Unlike Ansible's module it tells no change where all images are there already.",),
    ),
)
