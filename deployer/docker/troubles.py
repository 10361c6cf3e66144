"""Why docker refused: the meaning of its messages, and the fix."""

from __future__ import annotations

from enum import Enum

from deployer.model.values import dataclass


class Trouble(Enum):
    """Why docker refused."""

    NOT_INSTALLED = "docker is not installed on this host"
    DAEMON_DOWN = "dockerd does not answer"
    PERMISSION = "this user may not talk to dockerd"
    TIMEOUT = "dockerd did not answer in time"
    NOT_IN_SWARM = "this host is not part of a swarm"
    NOT_MANAGER = "this host is not a manager of its swarm"
    LOCKED = "the swarm is locked"
    NO_LEADER = "the swarm has no leader"
    NOT_FOUND = "not found"
    IN_USE = "in use"
    OTHER = "docker refused"


_FIXES = {
    Trouble.NOT_INSTALLED: "install docker, or put it on the PATH of the login",
    Trouble.DAEMON_DOWN: "start it, for example with `service docker start`",
    Trouble.PERMISSION: "use `become: true`, or add the user to the group `docker`",
    Trouble.TIMEOUT: "look at dockerd's log, or give a longer `timeout`",
    Trouble.NOT_IN_SWARM: "initialise or join one first: `swarm_cluster`, `docker_swarm`",
    Trouble.NOT_MANAGER: "run the task on a manager, for example with `delegate_to`",
    Trouble.LOCKED: "unlock it with `docker swarm unlock`",
    Trouble.NO_LEADER: "more than half of the managers must be up",
}

#: Parts of messages, in lower case, in the order in which they are looked for. Read off Docker
#: 20.10 to 29; the words of 28 and 29 differ for connecting.
_SIGNS: tuple[tuple[str, Trouble], ...] = (
    ("docker: not found", Trouble.NOT_INSTALLED),
    ("docker: command not found", Trouble.NOT_INSTALLED),
    ("permission denied while trying to connect", Trouble.PERMISSION),
    ("dial unix /var/run/docker.sock: connect: permission denied", Trouble.PERMISSION),
    ("cannot connect to the docker daemon", Trouble.DAEMON_DOWN),
    ("failed to connect to the docker api", Trouble.DAEMON_DOWN),
    ("error during connect", Trouble.DAEMON_DOWN),
    ("worker nodes can't be used", Trouble.NOT_MANAGER),
    ("swarm is encrypted and needs to be unlocked", Trouble.LOCKED),
    ("swarm does not have a leader", Trouble.NO_LEADER),
    ("this node is not a swarm manager", Trouble.NOT_IN_SWARM),
    ("this node is not part of a swarm", Trouble.NOT_IN_SWARM),
    ("is in use by", Trouble.IN_USE),
    ("has active endpoints", Trouble.IN_USE),
    ("no such", Trouble.NOT_FOUND),
    ("not found", Trouble.NOT_FOUND),
)

#: Nobody can say yet what is there: an earlier task may install or start docker, or form the swarm.
NOT_YET = frozenset(
    {
        Trouble.NOT_INSTALLED,
        Trouble.DAEMON_DOWN,
        Trouble.PERMISSION,
        Trouble.TIMEOUT,
        Trouble.NOT_IN_SWARM,
        Trouble.NOT_MANAGER,
        Trouble.LOCKED,
        Trouble.NO_LEADER,
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal of docker: what it means, its status and its own words."""

    trouble: Trouble
    text: str = ""
    code: int = 1

    @property
    def unknown(self) -> bool:
        """Whether docker could not even say what is there."""
        return self.trouble in NOT_YET

    @property
    def cause(self) -> str:
        """The cause of a change that is planned although nobody knows yet what is there."""
        return f"{self.trouble.value} (so far)"

    def __str__(self) -> str:
        fix = _FIXES.get(self.trouble)
        end = f" ({fix})" if fix else ""
        if self.trouble in (Trouble.NOT_INSTALLED, Trouble.NOT_IN_SWARM, Trouble.NOT_MANAGER):
            return f"{self.trouble.value}{end}"
        if self.trouble in (Trouble.NOT_FOUND, Trouble.IN_USE, Trouble.OTHER):
            return self.text
        said = f": {self.text}" if self.text else ""
        return f"{self.trouble.value}{said}{end}"


def classify(text: str, code: int) -> Problem:
    """The meaning of a failed docker command by its message and exit status."""
    said = said_by_docker(text)
    if code == 127:
        return Problem(Trouble.NOT_INSTALLED, said, code)
    if code == 124:
        return Problem(Trouble.TIMEOUT, "", code)
    small = text.lower()
    for sign, trouble in _SIGNS:
        if sign in small:
            return Problem(trouble, said, code)
    return Problem(Trouble.OTHER, said or f"exit status {code}", code)


def said_by_docker(text: str) -> str:
    """The message in one line: without empty answers, hints to `--help` and prefixes."""
    noise = ("[]", "{}", "See '", "Run '")
    kept = [line for line in map(_bare, text.splitlines()) if line and not line.startswith(noise)]
    return "; ".join(kept if len(kept) <= 4 else [kept[0], "…", *kept[-3:]])


def _bare(line: str) -> str:
    """A line of a message without the words that every refusal begins or ends with."""
    bare = line.strip()
    for word in ("Status: ", "Error response from daemon: ", "Error: ", "docker: "):
        bare = bare.removeprefix(word)
    return bare.removesuffix(", Code: 1")
