"""The swarm as a manager describes it: `swarm_facts`, with its tokens as secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deployer.docker.cli import PRELUDE, Answer, Record, failed_probe, read_blocks, silent_info
from deployer.docker.troubles import Problem, Trouble
from deployer.model.values import dataclass
from deployer.sdk import Reply, Secret, Value, sh

#: The node's own view of the swarm. Fields are named one by one: the list of other managers comes
#: in any order, and would make equal answers differ.
INFO_FORMAT = (
    '{"state":{{json .Swarm.LocalNodeState}},"id":{{json .Swarm.NodeID}},'
    '"address":{{json .Swarm.NodeAddr}},"manages":{{json .Swarm.ControlAvailable}},'
    '"error":{{json .Swarm.Error}},"cluster":{{json .Swarm.Cluster}}}'
)

#: `facts FORMAT` prints the view, and on a manager the tokens; `unlock_key` the key, if any.
FACTS_LIB = sh(
    """
facts() {
    echo @info
    ask info --format "$1"
    case $answer in
    *'"manages":true'*)
        echo @tokens
        for role in worker manager; do
            token=$(docker swarm join-token -q "$role" 2>/dev/null) || break
            printf '%s %s\\n' "$role" "$token"
        done
        ;;
    esac
}
unlock_key() {
    echo @unlock
    docker swarm unlock-key -q 2>/dev/null || :
}
""",
    uses=(PRELUDE,),
)

#: $1 INFO_FORMAT, $2 "unlock" where that key is asked for.
FACTS = sh(
    """
facts "$1"
[ -z "$2" ] || unlock_key
""",
    uses=(FACTS_LIB,),
)


@dataclass(frozen=True, slots=True)
class SwarmView:
    """What a host knows of its swarm. `cluster` is None where it is no manager."""

    state: str = "unknown"
    node_id: str = ""
    manages: bool = False
    cluster: Record | None = None
    tokens: Mapping[str, Secret] | None = None
    unlock_key: Secret | None = None
    problem: Problem | None = None
    more: Mapping[str, Answer] | None = None

    @property
    def active(self) -> bool:
        """Part of a swarm, as community.docker sees it."""
        return bool(self.node_id) or self.state in ("active", "pending", "locked")

    @property
    def facts(self) -> dict[str, Value]:
        """The API's answer to `GET /swarm`; the tokens are secrets."""
        found: dict[str, Any] = dict(self.cluster or {})
        tokens = self.tokens or {}
        found["JoinTokens"] = {"Worker": tokens.get("worker"), "Manager": tokens.get("manager")}
        return found

    @property
    def why_no_manager(self) -> Problem | None:
        """The problem for a task that needs a manager; None on a manager that works."""
        if self.problem is not None or self.manages:
            return self.problem
        trouble = Trouble.NOT_MANAGER if self.active else Trouble.NOT_IN_SWARM
        return Problem(Trouble.LOCKED if self.state == "locked" else trouble)


def read_view(reply: Reply) -> SwarmView:
    """The counterpart of FACTS; further blocks of the same probe are kept in `more`."""
    if reply.code:
        return SwarmView(problem=failed_probe(reply))
    return view_of(read_blocks(reply.out))


def view_of(blocks: Mapping[str, Answer]) -> SwarmView:
    """The view out of blocks that hold `info`, and perhaps `tokens` and `unlock`."""
    info = blocks.get("info", Answer())
    problem = silent_info(info, "state")
    if problem is not None or not info.records:
        return SwarmView(problem=problem)
    said = info.records[0]
    pairs = [line.split(" ", 1) for line in _lines(blocks, "tokens") if " " in line]
    key = next(iter(_lines(blocks, "unlock")), "")
    return SwarmView(
        state=said["state"],
        node_id=said["id"],
        manages=bool(said["manages"]) and said["cluster"] is not None,
        cluster=said["cluster"],
        tokens={role: Secret(token) for role, token in pairs},
        unlock_key=Secret(key) if key else None,
        more=blocks,
    )


def _lines(blocks: Mapping[str, Answer], name: str) -> tuple[str, ...]:
    return blocks[name].lines if name in blocks else ()
