"""What a host says of itself and its swarm: one probe for every kind of host."""

from __future__ import annotations

from deployer.docker.cli import PRELUDE, failed_probe, read_blocks, silent_info
from deployer.docker.formation import Host
from deployer.docker.nodes import NODE_FORMAT, node_of
from deployer.model.values import dataclass
from deployer.sdk import Reply, Script, sh

#: `docker info` takes five times as long as any other question: only those who cannot list nodes
#: are asked.
SELF_FORMAT = (
    '{"state":{{json .Swarm.LocalNodeState}},"id":{{json .Swarm.NodeID}},'
    '"manages":{{json .Swarm.ControlAvailable}},"hostname":{{json .Name}}}'
)

#: $1 NODE_FORMAT, $2 SELF_FORMAT, $3 "settings" where those of the swarm are asked for too.
LOOK = sh(
    """
echo @nodes
if ids=$(docker node ls -q 2>&1); then
    # shellcheck disable=SC2086  # one word for each id
    ask node inspect --format "$1" self $ids
    if [ -n "$3" ]; then
        echo @spec
        ask info --format '{{json .Swarm.Cluster.Spec}}'
    fi
else
    printf '!%s %s\\n' "$?" "$ids"
    echo @self
    ask info --format "$2"
fi
""",
    uses=(PRELUDE,),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a host says of itself; `history` is the swarm's task history limit where asked."""

    host: Host
    history: int | None = None


def look(settings: bool, seconds: float) -> Script:
    """The probe; `settings` costs managers one `docker info`."""
    return LOOK(NODE_FORMAT, SELF_FORMAT, "settings" if settings else "", timeout=seconds)


def read_look(name: str, reply: Reply) -> Seen:
    """What the probe of the host `name` saw. Raises ProbeError where the probe itself broke."""
    if reply.code:
        return Seen(Host(name, "unknown", problem=failed_probe(reply)))
    blocks = read_blocks(reply.out)
    listed = blocks["nodes"]
    if listed.problem is None:
        nodes = [node_of(record) for record in listed.records]
        own, others = nodes[0], {node.id: node for node in nodes[1:]}
        history = None
        for spec in blocks["spec"].records if "spec" in blocks else ():
            history = (spec.get("Orchestration") or {}).get("TaskHistoryRetentionLimit")
        every = tuple(others.values()) or (own,)
        return Seen(Host(name, "active", own.id, own.hostname, every, manages=True), history)
    said = blocks["self"]
    problem = silent_info(said, "state")
    if problem is not None or not said.records:
        return Seen(Host(name, "unknown", problem=problem or listed.problem))
    own_words = said.records[0]
    return Seen(
        Host(
            name,
            own_words["state"],
            own_words["id"],
            own_words["hostname"],
            manages=bool(own_words["manages"]),
            problem=listed.problem,
        )
    )
