"""Waiting on the host until the services of a stack have converged, in one exchange.

swarmkit calls a task running only once its health check says healthy, so counts of running tasks
are the truth, with three exceptions that this loop knows: an update that has not begun yet (the
old tasks still count), a service without a health check that starts and dies again and again, and
a global service between two attempts (0/0). `docker stack deploy` exits 0 after an automatic
rollback and never gives up on a task that cannot be placed: both end here as failures.
"""

from __future__ import annotations

from collections.abc import Iterable

from deployer.docker.convergence_script import WAIT
from deployer.docker.stack_looking import blocks
from deployer.model.values import dataclass
from deployer.sdk import Outcome, Reply, Script

#: Seconds that tasks without a health check have to stay up.
STABLE = 3
#: Lines of a failing task's log that are shown.
LOG_LINES = 10


@dataclass(frozen=True, slots=True)
class Expected:
    """A service to wait for: `rollout` says whether its tasks are to be replaced (None: perhaps);
    `stable` that it has no health check; `idle` that nothing was deployed now; `new` that it is
    created only now."""

    name: str
    rollout: bool | None = False
    stable: bool = False
    idle: bool = False
    new: bool = False

    @property
    def word(self) -> str:
        letters = {"r": self.rollout is True, "m": self.rollout is None}
        letters |= {"n": self.new, "s": self.stable, "w": self.idle}
        return f"{self.name}/" + "".join(letter for letter, on in letters.items() if on)


def wait(stack: str, services: Iterable[Expected], seconds: int, env: dict[str, str]) -> Script:
    """Wait until the services have converged, at most so many seconds."""
    words = [service.word for service in services]
    return WAIT(stack, str(seconds), str(STABLE), str(LOG_LINES), *words, env=env)


@dataclass(frozen=True, slots=True)
class Fault:
    """A service that did not converge, its update's state, and the task that shows why."""

    service: str
    state: str = ""
    message: str = ""
    task: str = ""
    node: str = ""
    current: str = ""
    error: str = ""
    log: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Several lines: what, the failing task, the end of its log."""
        update = {
            "updating": "its update has not ended",
            "paused": "its update failed and was paused",
            "rollback_started": "its update failed, and the rollback has not ended",
            "rollback_completed": "its update failed and was rolled back",
            "rollback_paused": "its update failed, and so did the rollback",
        }.get(self.state, "its tasks do not run")
        text = f"service {self.service}: {update}"
        if self.message and self.state:
            text += f" ({self.message})"
        if self.task:
            where = f" on {self.node}" if self.node else ""
            text += f"; task {self.task}{where}: {self.current}"
            text += f": {self.error}" if self.error else ""
        if self.log:
            text += "\n" + "\n".join(f"  | {line}" for line in self.log)
        return text


@dataclass(frozen=True, slots=True)
class Waited:
    """How a wait ended: `result` is converged, failed, late, or empty where it did not begin."""

    result: str = ""
    seconds: int = 0
    faults: tuple[Fault, ...] = ()


def read_wait(reply: Reply) -> Waited:
    """The counterpart of `WAIT`."""
    result, seconds = "", 0
    faults: dict[str, Fault] = {}
    tasks: dict[str, list[list[str]]] = {}
    for head, body in blocks(reply.out):
        topic, *more = head.split(" ")
        lines = [line for line in body.splitlines() if line.strip()]
        if topic == "result":
            result, seconds = more[0], int(more[1])
        elif topic == "failed":
            state = more[1] if len(more) > 1 and more[1] != "-" else ""
            faults[more[0]] = Fault(more[0], state, lines[0] if lines else "")
        elif topic == "tasks":
            tasks[more[0]] = [line.split("|", 5) for line in lines if line.count("|") >= 5]
            faults[more[0]] = _with_task(faults[more[0]], tasks[more[0]])
        elif topic == "log":
            faults[more[0]] = _with_log(faults[more[0]], tasks[more[0]], more[1], lines)
    return Waited(result, seconds, tuple(faults.values()))


def _with_task(fault: Fault, rows: list[list[str]], identity: str = "") -> Fault:
    """The task with this id; without one the first that does not run."""
    row = next((row for row in rows if row[0] == identity), None)
    row = row or next((row for row in rows if not row[4].startswith(("Running", "Shutdown"))), None)
    if row is None:
        return fault
    return Fault(
        fault.service,
        fault.state,
        fault.message,
        row[1],
        row[2],
        row[4].lower(),
        row[5].strip('"'),
        fault.log,
    )


def _with_log(fault: Fault, rows: list[list[str]], identity: str, lines: list[str]) -> Fault:
    made = _with_task(fault, rows, identity)
    log = tuple(line.strip() for line in lines)[-LOG_LINES:]
    return Fault(
        made.service,
        made.state,
        made.message,
        made.task,
        made.node,
        made.current,
        made.error,
        log,
    )


def not_converged(waited: Waited, what: str, seconds: int) -> Outcome:
    """The failure that a wait ended in."""
    intro = {
        "late": f"{what} did not converge within {seconds} s",
        "failed": f"{what} did not converge",
    }.get(waited.result, f"{what}: waiting broke off")
    details = "\n".join(str(fault) for fault in waited.faults)
    return Outcome(failed=True, msg=f"{intro}: {details}" if details else intro)
