"""Starting a swarm and joining it: the scripts, and the keys that go from the one to the other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from deployer.docker.cli import PRELUDE
from deployer.docker.engine import ENGINE
from deployer.model.values import dataclass
from deployer.sdk import ProbeError, Reply, Script, Secret, reveal, sh

#: `keys` prints what others need to join: this manager's id and address, and both tokens. All or
#: nothing, so that what a failure repeats holds no token.
KEYS_LIB = sh("""
keys() {
    self=$(docker node inspect self --format 'node {{.ID}}
address {{.ManagerStatus.Addr}}
ip {{.Status.Addr}}') || return
    worker=$(docker swarm join-token -q worker) || return
    manager=$(docker swarm join-token -q manager) || return
    printf '%s\\nworker %s\\nmanager %s\\n' "$self" "$worker" "$manager"
}
""")

#: docker prints the command to join, with its token: nobody needs to see that.
INIT = sh(
    """
need_docker
docker swarm init "$@" >/dev/null || exit
keys
""",
    uses=(PRELUDE, KEYS_LIB),
)

KEYS = sh(
    """
need_docker
keys
""",
    uses=(PRELUDE, KEYS_LIB),
)

#: $1 seconds; standard input: the API's request, with the token. Managers that join side by side
#: get in each other's way (raft takes one change at a time): such refusals are tried again, others
#: end it at once.
JOIN = sh(
    """
need_docker
end=$(($(date +%s) + $1))
body=$(cat)
attempt() {
    said=$(printf '%s' "$body" | engine POST /swarm/join 2>&1)
}
pause=0.2
until attempt; do
    case $said in
    *"already part of a swarm"* | *"reached before node"*) break ;;
    *"join token"* | *fingerprint*) end=0 ;;
    *raft* | *"rpc error"* | *deadline* | *leader* | *onnection* | *navailable* | *EOF*) ;;
    *) end=0 ;;
    esac
    if [ "$(date +%s)" -ge "$end" ]; then
        printf '%s\\n' "$said" >&2
        exit 1
    fi
    sleep "$pause" 2>/dev/null || sleep 1
    case $pause in 0.2) pause=0.5 ;; 0.5) pause=1 ;; *) pause=3 ;; esac
done
active() {
    now=$(docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.NodeID}} {{.Swarm.Error}}' 2>&1)
    case $now in 'active '?*) ;; *) return 1 ;; esac
}
if retry $((end - $(date +%s))) active; then
    now=${now#active }
    printf 'node %s\\n' "${now%% *}"
else
    printf 'the node did not become active: %s\\n' "$now" >&2
    exit 1
fi
""",
    uses=(PRELUDE, ENGINE),
)


@dataclass(frozen=True, slots=True)
class Keys:
    """What a manager gives to those who join. `address` is where it can be dialled."""

    node_id: str
    address: str
    worker: Secret
    manager: Secret

    def token(self, role: str) -> Secret:
        return self.manager if role == "manager" else self.worker


def read_keys(reply: Reply) -> Keys:
    """The keys that `keys` printed; the tokens are secrets from here on."""
    found = dict(line.split(" ", 1) for line in reply.out.splitlines() if " " in line)
    missing = [key for key in ("node", "address", "worker", "manager") if not found.get(key)]
    if missing:
        raise ProbeError(f"the manager did not tell its {', '.join(missing)}")
    address = dialable(found["address"], found.get("ip", ""))
    return Keys(found["node"], address, Secret(found["worker"]), Secret(found["manager"]))


def dialable(address: str, fallback: str) -> str:
    """The address of a manager; a leader may list itself as 0.0.0.0 (moby#35437)."""
    host, _, port = address.rpartition(":")
    if host in ("", "0.0.0.0", "[::]") and port and fallback:  # noqa: S104  (compared, not bound)
        return f"[{fallback}]:{port}" if ":" in fallback else f"{fallback}:{port}"
    return address


def node_id(reply: Reply) -> str:
    """The id that a host's own join printed."""
    for line in reversed(reply.out.splitlines()):
        if line.startswith("node "):
            return line.removeprefix("node ").strip()
    raise ProbeError("the host did not tell its node id after joining")


@dataclass(frozen=True, slots=True)
class Addresses:
    """How a node shows itself. Each may be an address or an interface; empty: docker chooses."""

    advertise: str = ""
    listen: str = ""
    data_path: str = ""

    @property
    def flags(self) -> list[str]:
        """The words for `docker swarm init`."""
        named = {
            "--advertise-addr": self.advertise,
            "--listen-addr": self.listen,
            "--data-path-addr": self.data_path,
        }
        return [word for flag, text in named.items() if text for word in (flag, text)]


def join_script(
    token: Secret,
    remotes: Sequence[str],
    addresses: Addresses,
    availability: str = "active",
    seconds: int = 60,
    env: Mapping[str, str] | None = None,
) -> Script:
    """Join by one of `remotes` (host:port). The token travels on standard input."""
    body = {
        "ListenAddr": addresses.listen or "0.0.0.0:2377",
        "AdvertiseAddr": addresses.advertise,
        "DataPathAddr": addresses.data_path,
        "RemoteAddrs": list(remotes),
        "JoinToken": reveal(token),
        "Availability": availability,
    }
    return JOIN(str(seconds), stdin=Secret(json.dumps(body)), env=env, timeout=seconds + 60.0)
