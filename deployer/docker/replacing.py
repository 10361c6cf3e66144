"""What makes a secret or a config as described: create, replace, roll to the next version."""

from __future__ import annotations

from collections.abc import Sequence

from deployer.docker.cli import PRELUDE, docker_failure
from deployer.docker.nodes import label_texts
from deployer.docker.stored import KEY, VERSION, Kind, State, Stored, StoredArgs, key_of, sum_of
from deployer.model.values import dataclass
from deployer.sdk import Change, Diff, Outcome, Refused, Reply, Script, Secret, sh

#: $1 secret or config, $2 the name, $3 a file or `-`, the rest flags; standard input: the data.
#: A daemon in debug mode writes requests to its log: whoever creates a secret shall know.
CREATE = sh(
    """
need_docker
kind=$1
name=$2
file=$3
shift 3
id=$(docker "$kind" create "$@" -- "$name" "$file") || exit
printf 'created %s %s\\n' "$id" "$name"
if [ "$kind" = secret ]; then docker info --format 'debug {{.Debug}}'; fi
""",
    uses=(PRELUDE,),
)

#: Nothing is removed for the sake of a file that is not there, or that swarm would not take.
#: $1 the file, $2 the first size that is too large.
NEED_FILE = sh("""
[ -f "$1" ] && [ -r "$1" ] || {
    echo "$1: there is no such file, or it cannot be read" >&2
    exit 1
}
size=$(wc -c <"$1") || exit
[ "$size" -gt 0 ] && [ "$size" -lt "$2" ] && exit
echo "$1 has $((size)) bytes: swarm takes more than 0 and less than $2" >&2
exit 1
""")

#: The first size that swarm does not take.
LIMITS = {"secret": 512_000, "config": 1_024_000}

REMOVE = sh(
    """
need_docker
docker "$1" rm -- "$2" >/dev/null
""",
    uses=(PRELUDE,),
)

#: An old version may still be used by a service: then it stays until the next time.
PRUNE = sh("""
said=$(docker "$1" rm -- "$2" 2>&1) && exit
case $said in
*'is in use by'*) ;;
*)
    printf '%s\\n' "$said" >&2
    exit 1
    ;;
esac
""")


@dataclass(frozen=True, slots=True)
class Content:
    """What it shall hold: `data` (None: a file of the host), and how it is handed over."""

    data: bytes | None
    stdin: bytes | Secret = b""
    templating: str = ""
    readable: bool = False


def changes(
    kind: Kind, args: StoredArgs, state: State, content: Content, shown: Diff | None = None
) -> Sequence[Change]:
    """The plan; Refused where the file on the host cannot be judged."""
    if args.state == "absent":
        return _removals(kind, args, state)
    key, total = _hashes(args, state, content)
    latest = state.found[-1] if state.found else None
    cause = _cause(args, state, content, (key, total))
    if not cause:
        return []
    _need_size(kind, content.data)
    number = (latest.version if latest else 0) + 1
    name = f"{args.name}_v{number}" if args.rolling_versions else args.name
    labels = {KEY: key} if key else {}
    if args.rolling_versions:
        labels[VERSION] = str(number)
    labels |= label_texts(args.labels)
    script = _create(kind, args, content, name, labels)
    ready = (
        Script() if content.data is not None else NEED_FILE(str(args.data_src), str(LIMITS[kind]))
    )
    if latest is None or args.rolling_versions:
        made = [Change("create", f"{kind} {name}", cause, ready + script, shown)]
        return made + _prunes(kind, args, state)
    script = ready + _remove(kind, args, latest) + script
    return [Change("replace", f"{kind} {name}", cause, script, shown)]


def _hashes(args: StoredArgs, state: State, content: Content) -> tuple[str, str]:
    """The wanted label, and the wanted sum of the data; empty where nobody can know yet."""
    if content.data is not None:
        return key_of(content.data), sum_of(content.data)
    if state.file in ("unreadable", "unhashed"):
        why = {
            "unreadable": "cannot be read (`become: true`?)",
            "unhashed": "cannot be hashed: the host has neither sha224sum nor openssl",
        }
        raise Refused(f"`data_src` {args.data_src} {why[state.file]}")
    key, _, total = state.file.partition(" ")
    return ("", "") if key == "absent" else (key, total)


def _need_size(kind: Kind, data: bytes | None) -> None:
    """Refuses data that swarm does not take: docker would say so after the old one is removed."""
    limit = LIMITS[kind]
    if data is not None and not 0 < len(data) < limit:
        raise Refused(
            f"`data` has {len(data)} bytes: a {kind} holds more than 0 and less than {limit}"
        )


def _cause(args: StoredArgs, state: State, content: Content, hashes: tuple[str, str]) -> str:
    """Why something is to be done, or the empty string."""
    if state.problem is not None:
        return state.problem.cause
    if not state.found:
        return "absent"
    latest = state.found[-1]
    if args.force:
        return "`force`"
    if not hashes[0]:
        return f"{args.data_src} is not there (so far)"
    if _differs(state, content, hashes):
        return "data differs"
    if content.readable and latest.templating != content.templating:
        return f"template driver is {latest.templating or 'not set'}"
    for name, text in label_texts(args.labels).items():
        if latest.labels.get(name) != text:
            return f"label {name} differs"
    return ""


def _differs(state: State, content: Content, hashes: tuple[str, str]) -> bool:
    """By what it holds where that can be read, else by its label; without one: leave it alone."""
    key, total = hashes
    if content.readable and state.sum:
        return state.sum != total
    latest = state.found[-1]
    return bool(latest.key) and latest.key != key


def _create(
    kind: Kind, args: StoredArgs, content: Content, name: str, labels: dict[str, str]
) -> Script:
    flags = [word for key, text in labels.items() for word in ("--label", f"{key}={text}")]
    if content.templating:
        flags += ["--template-driver", content.templating]
    source = "-" if content.data is not None else str(args.data_src)
    return CREATE(
        kind, name, source, *flags, stdin=content.stdin, env=args.env, timeout=args.seconds
    )


def _remove(kind: Kind, args: StoredArgs, item: Stored) -> Script:
    return REMOVE(kind, item.id, env=args.env, timeout=args.seconds)


def _prunes(kind: Kind, args: StoredArgs, state: State) -> list[Change]:
    """Old versions, once a new one is there."""
    if not args.rolling_versions or args.versions_to_keep < 0:
        return []
    extra = len(state.found) + 1 - max(args.versions_to_keep, 1)
    return [
        Change(
            "remove",
            f"{kind} {item.name}",
            f"more than {max(args.versions_to_keep, 1)} versions",
            PRUNE(kind, item.id, env=args.env, timeout=args.seconds),
        )
        for item in state.found[: max(extra, 0)]
    ]


def _removals(kind: Kind, args: StoredArgs, state: State) -> list[Change]:
    if state.problem is not None:
        script = REMOVE(kind, args.name, env=args.env, timeout=args.seconds)
        return [Change("remove", f"{kind} {args.name}", state.problem.cause, script)]
    return [
        Change("remove", f"{kind} {item.name}", "present", _remove(kind, args, item))
        for item in state.found
    ]


def report(kind: Kind, args: StoredArgs, state: State, planned: Sequence[Change] = ()) -> Outcome:
    """Id and name of the latest; a warning where nobody can tell whether the data is the same.

    In check mode, of what is `planned`, the name is known already: a template may need it.
    """
    for change in planned:
        if change.verb in ("create", "replace"):
            return Outcome(values={f"{kind}_name": change.subject.removeprefix(f"{kind} ")})
    if args.state == "absent" or not state.found:
        return Outcome()
    latest = state.found[-1]
    warnings: tuple[str, ...] = ()
    if not latest.key and kind == "secret" and not args.force:
        warnings = (
            f"secret {latest.name} has no label `{KEY}`: it stays as it is, unless `force` is set",
        )
    return Outcome(values={f"{kind}_id": latest.id, f"{kind}_name": latest.name}, warnings=warnings)


def conclude(kind: Kind, args: StoredArgs, _state: State, reply: Reply) -> Outcome:
    """Id and name of what was created."""
    if not reply.ok:
        failed = docker_failure(reply, f"{kind} {args.name}")
        if "in use by" not in reply.err or args.rolling_versions:
            return failed
        advice = "a running service keeps it: use `rolling_versions: true`, or a new name"
        return Outcome(failed=True, msg=f"{failed.msg} ({advice})", values=failed.values)
    values: dict[str, str] = {}
    warnings: tuple[str, ...] = ()
    for line in reply.out.splitlines():
        words = line.split(" ", 2)
        if words[0] == "created" and len(words) == 3:
            values = {f"{kind}_id": words[1], f"{kind}_name": words[2]}
        if line == "debug true":
            warnings = ("dockerd runs in debug mode, and may write secrets to its log",)
    return Outcome(values=values, warnings=warnings)
