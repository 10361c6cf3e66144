"""The settings of a swarm: how Ansible calls them, where they stand in its spec, how they are set.

The CLI knows some of them; the rest needs the engine's API (`engine`).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any

from deployer.docker.cli import PRELUDE, Record
from deployer.docker.engine import ENGINE
from deployer.docker.swarm import FACTS_LIB, INFO_FORMAT
from deployer.model.values import dataclass
from deployer.sdk import Script, Secret, sh


@dataclass(frozen=True, slots=True)
class Setting:
    """`path` is its place in the spec; `flag` the CLI's, empty where it has none.

    `unit` ends the CLI's number ("ns" for durations).
    """

    path: tuple[str, ...]
    flag: str = ""
    unit: str = ""


SETTINGS: Mapping[str, Setting] = {
    "task_history_retention_limit": Setting(
        ("Orchestration", "TaskHistoryRetentionLimit"), "--task-history-limit"
    ),
    "snapshot_interval": Setting(("Raft", "SnapshotInterval"), "--snapshot-interval"),
    "keep_old_snapshots": Setting(("Raft", "KeepOldSnapshots"), "--max-snapshots"),
    "log_entries_for_slow_followers": Setting(("Raft", "LogEntriesForSlowFollowers")),
    "heartbeat_tick": Setting(("Raft", "HeartbeatTick")),
    "election_tick": Setting(("Raft", "ElectionTick")),
    "dispatcher_heartbeat_period": Setting(
        ("Dispatcher", "HeartbeatPeriod"), "--dispatcher-heartbeat", "ns"
    ),
    "node_cert_expiry": Setting(("CAConfig", "NodeCertExpiry"), "--cert-expiry", "ns"),
    "ca_force_rotate": Setting(("CAConfig", "ForceRotate")),
    "signing_ca_cert": Setting(("CAConfig", "SigningCACert")),
    "signing_ca_key": Setting(("CAConfig", "SigningCAKey")),
    "autolock_managers": Setting(("EncryptionConfig", "AutoLockManagers"), "--autolock"),
    "name": Setting(("Name",)),
    "labels": Setting(("Labels",)),
}

#: What the API answers nothing for: such a value is the zero of its kind.
_ZEROS: Mapping[str, Any] = {
    "ca_force_rotate": 0,
    "keep_old_snapshots": 0,
    "autolock_managers": False,
    "labels": {},
}

#: The flags of `init`; then those of `update`. Both end with the facts.
INIT = sh(
    """
need_docker
format=$1
unlock=$2
shift 2
docker swarm init "$@" >/dev/null || exit
facts "$format"
[ -z "$unlock" ] || unlock_key
""",
    uses=(FACTS_LIB, PRELUDE),
)

#: $1 INFO_FORMAT, $2 "unlock", $3 and $4 "yes" to rotate the worker's and the manager's token.
UPDATE = sh(
    """
need_docker
format=$1
unlock=$2
worker=$3
manager=$4
shift 4
[ $# -eq 0 ] || docker swarm update "$@" >/dev/null || exit
[ -z "$worker" ] || docker swarm join-token --rotate -q worker >/dev/null || exit
[ -z "$manager" ] || docker swarm join-token --rotate -q manager >/dev/null || exit
facts "$format"
[ -z "$unlock" ] || unlock_key
""",
    uses=(FACTS_LIB, PRELUDE),
)

#: $1 INFO_FORMAT, $2 "unlock", $3 the path of the API; standard input: the body.
BY_API = sh(
    """
need_docker
engine POST "$3" || exit
facts "$1"
[ -z "$2" ] || unlock_key
""",
    uses=(FACTS_LIB, ENGINE, PRELUDE),
)


def present_value(name: str, spec: Record) -> Any:
    """A setting as the swarm has it."""
    found: Any = spec
    for key in SETTINGS[name].path:
        found = (found or {}).get(key)
    return _ZEROS.get(name) if found is None else found


def differing(wanted: Mapping[str, Any], cluster: Record) -> dict[str, Any]:
    """The wanted settings that the swarm does not have.

    A key of a CA is never told: with the certificate that the swarm trusts, it is taken as the
    one that it has.
    """
    spec = cluster.get("Spec") or {}
    trusted = str((cluster.get("TLSInfo") or {}).get("TrustRoot", "")).strip()
    found = {}
    for name, value in wanted.items():
        if name in ("signing_ca_cert", "signing_ca_key"):
            if str(wanted.get("signing_ca_cert") or "").strip() != trusted:
                found[name] = value
        elif present_value(name, spec) != value:
            found[name] = value
    return found


def needs_api(wanted: Mapping[str, Any]) -> bool:
    """Whether some of these the CLI cannot set."""
    return any(not SETTINGS[name].flag for name in wanted)


def cli_flags(wanted: Mapping[str, Any]) -> list[str]:
    """The words for `docker swarm init` or `update`."""
    return [
        f"{SETTINGS[name].flag}={_word(value)}{SETTINGS[name].unit}"
        for name, value in wanted.items()
    ]


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def merged(spec: Record, wanted: Mapping[str, Any]) -> Record:
    """A copy of the spec with the wanted settings."""
    made = copy.deepcopy(spec)
    for name, value in wanted.items():
        *parents, last = SETTINGS[name].path
        place = made
        for key in parents:
            place = place.setdefault(key, {})
        place[last] = str.__str__(value) if isinstance(value, str) else value
    return made


@dataclass(frozen=True, slots=True)
class Start:
    """How a swarm starts (`docker swarm init`, `POST /swarm/init`)."""

    advertise: str = ""
    listen: str = ""
    data_path: str = ""
    data_path_port: int | None = None
    pools: Sequence[str] = ()
    subnet_size: int | None = None
    force: bool = False

    @property
    def flags(self) -> list[str]:
        words = [word for pool in self.pools for word in ("--default-addr-pool", pool)]
        for flag, text in (
            ("--advertise-addr", self.advertise),
            ("--listen-addr", self.listen),
            ("--data-path-addr", self.data_path),
            ("--data-path-port", str(self.data_path_port or "")),
            ("--default-addr-pool-mask-length", str(self.subnet_size or "")),
        ):
            words += [flag, text] if text else []
        return [*words, "--force-new-cluster"] if self.force else words

    @property
    def body(self) -> Record:
        made = {
            "AdvertiseAddr": self.advertise,
            "ListenAddr": self.listen,
            "DataPathAddr": self.data_path,
            "DataPathPort": self.data_path_port or 0,
            "DefaultAddrPool": list(self.pools),
            "SubnetSize": self.subnet_size or 0,
            "ForceNewCluster": self.force,
        }
        return {key: value for key, value in made.items() if value}


def start_script(start: Start, wanted: Mapping[str, Any], env: Mapping[str, str]) -> Script:
    """Start a swarm with these settings; prints the facts."""
    unlock = "unlock" if wanted.get("autolock_managers") else ""
    if needs_api(wanted):
        body = {**start.body, "Spec": merged({}, wanted)}
        return _post("/swarm/init", body, unlock, env)
    flags = [*start.flags, *cli_flags(wanted)]
    return INIT(INFO_FORMAT, unlock, *flags, env=env, timeout=120.0, hushed=True)


def update_script(
    cluster: Record, wanted: Mapping[str, Any], rotate: tuple[bool, bool], env: Mapping[str, str]
) -> Script:
    """Change these settings and rotate the tokens (worker, manager); prints the facts."""
    unlock = "unlock" if wanted.get("autolock_managers") else ""
    if needs_api(wanted):
        queries = ("rotateWorkerToken", "rotateManagerToken")
        query = "".join(f"&{name}=true" for name, yes in zip(queries, rotate, strict=True) if yes)
        path = f"/swarm/update?version={cluster['Version']['Index']}{query}"
        return _post(path, merged(cluster["Spec"], wanted), unlock, env)
    words = ["yes" if yes else "" for yes in rotate]
    return UPDATE(
        INFO_FORMAT, unlock, *words, *cli_flags(wanted), env=env, timeout=120.0, hushed=True
    )


def _post(path: str, body: Record, unlock: str, env: Mapping[str, str]) -> Script:
    """The body may hold the key of a CA: it is a secret as a whole."""
    text = Secret(json.dumps(body))
    return BY_API(INFO_FORMAT, unlock, path, stdin=text, env=env, timeout=120.0, hushed=True)
