"""Secrets and configs of a swarm: named, immutable, told apart by a label with their hash.

The labels are those of community.docker (`ansible_key`: sha224 of the data, `ansible_version`
where versions roll), so that what Ansible made stays as it is.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import field
from typing import Literal

from deployer.docker.cli import PRELUDE, DockerArgs, Record, failed_probe, read_blocks
from deployer.docker.troubles import Problem, Trouble
from deployer.model.values import dataclass
from deployer.sdk import ArgumentError, Reply, Script, Secret, Value, arg, reveal, sh

Kind = Literal["secret", "config"]
KEY, VERSION = "ansible_key", "ansible_version"

#: Everything but the data, which may be large (and is not there for secrets).
NAMED_FORMAT = '{"ID":{{json .ID}},"Name":{{json .Spec.Name}},"Labels":{{json .Spec.Labels}}}'
CONFIG_FORMAT = NAMED_FORMAT[:-1] + ',"Templating":{{json .Spec.Templating}}}'

#: $1 secret or config, $2 the name, $3 the format.
ONE = sh(
    """
echo @objects
ask "$1" inspect --format "$3" -- "$2"
""",
    uses=(PRELUDE,),
)

#: The same for all whose name begins with $2.
ROLLING = sh(
    """
echo @objects
if ids=$(docker "$1" ls -q --filter "name=$2" 2>&1); then
    # shellcheck disable=SC2086  # one word for each id
    [ -z "$ids" ] || ask "$1" inspect --format "$3" -- $ids
else
    printf '!%s %s\\n' "$?" "$ids"
fi
""",
    uses=(PRELUDE,),
)

#: What a config really holds; docker ends it with a newline of its own.
SUM = sh("""
echo @sum
docker config inspect --format '{{printf "%s" .Spec.Data}}' -- "$1" 2>/dev/null | sha256sum
""")

#: The same with the data itself, for a diff.
DATA = sh("""
echo @data
docker config inspect --format '{"data":{{json .Spec.Data}}}' -- "$1" 2>/dev/null
:
""")

#: A file of the host: both hashes of it.
HASH = sh("""
echo @file
if [ ! -f "$1" ]; then
    echo absent
elif [ ! -r "$1" ]; then
    echo unreadable
elif sum=$(sha224sum <"$1" 2>/dev/null || openssl dgst -sha224 -r <"$1" 2>/dev/null); then
    printf '%s ' "${sum%% *}"
    { cat -- "$1"; echo; } | sha256sum
else
    echo unhashed
fi
""")


@dataclass(frozen=True, slots=True)
class StoredArgs(DockerArgs):
    """What `docker_secret` and `docker_config` share; `data` is each one's own."""

    name: str = arg(doc="Its name.")
    state: Literal["present", "absent"] = arg("present", doc="Whether it shall exist.")
    data_src: str | None = arg(None, doc="File on the host that holds the data.")
    data_is_b64: bool = arg(False, doc="`data` is base64.")
    labels: dict[str, Value] | None = arg(None, doc="Labels; others that it has may stay.")
    force: bool = arg(False, doc="Remove and create it again even if it is the same.")
    rolling_versions: bool = arg(
        False, doc="Make a new version NAME_vN where the data changed, instead of replacing it."
    )
    versions_to_keep: int = arg(5, doc="Versions that stay when a new one is made; -1: all.")


@dataclass(frozen=True, slots=True)
class Stored:
    """One that exists. `version` is 0 where versions do not roll."""

    id: str
    name: str
    labels: dict[str, str] = field(default_factory=dict)
    templating: str = ""

    @property
    def version(self) -> int:
        text = self.labels.get(VERSION, "0")
        return int(text) if text.isdigit() else 0

    @property
    def key(self) -> str:
        return self.labels.get(KEY, "")


@dataclass(frozen=True, slots=True)
class State:
    """Oldest version first. `sum` is sha256 of a config's data and a newline.

    `file` is what the host says of `data_src`: "SHA224 SHA256", or absent, unreadable, unhashed.
    """

    found: tuple[Stored, ...] = ()
    problem: Problem | None = None
    sum: str = ""
    file: str = ""
    data: bytes | None = None


def check_data(args: StoredArgs, data: str | None) -> None:
    """Raises ArgumentError where the data is missing, given twice or not base64."""
    if data is not None and args.data_src is not None:
        raise ArgumentError("`data` and `data_src` exclude each other", "data_src")
    if args.state == "present" and data is None and args.data_src is None:
        raise ArgumentError("`data` or `data_src` is needed to create it", "data")
    plain(data, b64=args.data_is_b64)


def plain(data: str | None, *, b64: bool) -> bytes:
    """The data as bytes; raises ArgumentError for what is not base64."""
    raw = reveal(data or "").encode("utf-8", "surrogateescape")
    if not b64:
        return raw
    try:
        return base64.b64decode(raw)
    except binascii.Error:
        raise ArgumentError("`data` is not base64, as `data_is_b64` says", "data") from None


def hidden(data: bytes) -> Secret:
    """Bytes as a secret: any byte survives the way to standard input."""
    return Secret(data.decode("utf-8", "surrogateescape"))


def key_of(data: bytes) -> str:
    """The label that tells one content from another."""
    return hashlib.sha224(data).hexdigest()


def sum_of(data: bytes) -> str:
    """What `SUM` prints for this data."""
    return hashlib.sha256(data + b"\n").hexdigest()


def look(kind: Kind, args: StoredArgs, *, data: bool = False) -> Script:
    """The probe; `data` brings a config's content along."""
    form = NAMED_FORMAT if kind == "secret" else CONFIG_FORMAT
    if args.rolling_versions:
        script = ROLLING(kind, f"{args.name}_v", form, env=args.env, timeout=args.seconds)
    else:
        script = ONE(kind, args.name, form, env=args.env, timeout=args.seconds)
        if kind == "config" and args.state == "present":
            script += SUM(args.name, env=args.env, timeout=args.seconds)
            if data:
                script += DATA(args.name, env=args.env, timeout=args.seconds)
    if args.data_src is not None and args.state == "present":
        script += HASH(args.data_src, timeout=args.seconds)
    return script


def read_look(args: StoredArgs, reply: Reply) -> State:
    """The counterpart of `look`."""
    if reply.code:
        return State(problem=failed_probe(reply))
    blocks = read_blocks(reply.out)
    answer = blocks["objects"]
    first = {name: (blocks[name].lines or ("",))[0] for name in ("sum", "file") if name in blocks}
    missing = answer.problem is None or answer.problem.trouble is Trouble.NOT_FOUND
    shown = blocks["data"].records if "data" in blocks else ()
    found = [_stored(record) for record in answer.records]
    kept = [item for item in found if _is_ours(args, item.name)]
    return State(
        tuple(sorted(kept, key=lambda item: item.version)),
        None if missing else answer.problem,
        first.get("sum", "").partition(" ")[0],
        first.get("file", "").rstrip(" -"),
        base64.b64decode(shown[0]["data"] or "") if shown else None,
    )


def _is_ours(args: StoredArgs, name: str) -> bool:
    """Whether it is called NAME or NAME_vN: `app_vault_v1` is no version of `app`."""
    if not args.rolling_versions:
        return name == args.name
    number = name.removeprefix(f"{args.name}_v")
    return number != name and number.isascii() and number.isdigit()


def _stored(record: Record) -> Stored:
    templating = (record.get("Templating") or {}).get("Name", "")
    return Stored(record["ID"], record["Name"], record.get("Labels") or {}, templating)
