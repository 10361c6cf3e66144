"""What came of running `docker compose`: what really changed, or which container is to blame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from deployer.docker.cli import docker_failure
from deployer.docker.compose_events import Event, events
from deployer.docker.compose_looking import Container, containers_in
from deployer.docker.stack_looking import blocks
from deployer.model.values import dataclass
from deployer.sdk import Outcome, Reply, Value

#: Events that are changes, by what they happen to.
_MADE = {
    "Container": ("Created", "Recreated", "Started", "Stopped", "Removed", "Restarted", "Killed"),
    "Network": ("Created", "Removed"),
    "Volume": ("Created", "Removed"),
    "Image": ("Removed",),
    "Service": ("Built",),
}


@dataclass(frozen=True, slots=True)
class Broken:
    """A container that does not run as it should, with the last lines of its log."""

    name: str
    state: str = ""
    health: str = ""
    code: str = ""
    restarts: str = ""
    error: str = ""
    log: tuple[str, ...] = ()
    check: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = f"container {self.name}: {self.state}"
        if self.state in ("exited", "restarting", "dead"):
            text += f" with status {self.code}"
        if self.health not in ("", "-", "healthy"):
            text += f", {self.health}"
        if self.restarts not in ("", "0"):
            text += f", restarted {self.restarts} times"
        if self.error:
            text += f": {self.error}"
        if self.check:
            text += f"; its health check says: {self.check[-1]}"
        return "\n".join([text, *(f"  | {line}" for line in self.log)])


@dataclass(frozen=True, slots=True)
class Waited:
    """How a wait ended: converged, failed, late; empty where there was none."""

    result: str = ""
    broken: tuple[Broken, ...] = ()


def read_wait(text: str) -> Waited:
    """The counterpart of `WAIT`."""
    result = ""
    heads: dict[str, list[str]] = {}
    logs: dict[str, tuple[str, ...]] = {}
    checks: dict[str, tuple[str, ...]] = {}
    for head, body in blocks(text):
        topic, *more = head.split(" ")
        lines = tuple(line.strip() for line in body.splitlines() if line.strip())
        if topic == "result":
            result = more[0]
        elif topic == "failed":
            heads[more[0].lstrip("/")] = [more[1], *(lines[0] if lines else "").split(" ", 3)]
        elif topic == "log":
            logs[more[0]] = lines
        elif topic == "check":
            checks[more[0]] = lines
    broken = []
    for name, words in heads.items():
        state, health, code, restarts, error = (words + [""] * 5)[:5]
        said = (logs.get(name, ()), checks.get(name, ()))
        broken.append(Broken(name, state, health, code, restarts, error, *said))
    return Waited(result, tuple(broken))


def changes_made(found: Sequence[Event]) -> list[Event]:
    """Of the events those that changed something.

    Compose also lists as `Created` what has been there: then no `Creating` came before.
    """
    begun = {(event.kind, event.name) for event in found if event.word == "Creating"}
    return [
        event
        for event in found
        if event.word in _MADE.get(event.kind, ())
        and (event.word != "Created" or (event.kind, event.name) in begun)
    ]


def concluded(before: Sequence[Container], reply: Reply, what: str, seconds: int) -> Outcome:
    """What is said after compose has run: what really changed, or who is broken."""
    waited = read_wait(reply.out)
    said = events(reply.err)
    made = changes_made(said)
    after = containers_in(dict(blocks(reply.out)).get("containers", ""))
    values = values_of(after, made)
    if waited.result in ("failed", "late"):
        late = waited.result == "late"
        intro = f"{what} is not up" + (f" after {seconds} s" if late else "")
        details = "\n".join(str(one) for one in waited.broken)
        return Outcome(
            changed=bool(made),
            failed=True,
            msg=f"{intro}: {details}",
            values=with_reply(values, reply),
        )
    if not reply.ok:
        failed = docker_failure(Reply(reply.code, b"", _complaints(reply.err)), what)
        msg = "\n".join([failed.msg, *(str(one) for one in waited.broken)])
        return Outcome(changed=bool(made), failed=True, msg=msg, values=with_reply(values, reply))
    changed = bool(made) or differ(before, after)
    return Outcome(changed=changed, values=with_reply(values, reply))


def _complaints(text: str) -> bytes:
    """Of what compose printed the lines that are no progress."""
    lines = [line for line in text.splitlines() if line.strip()]
    kept = [line for line in lines if not events(line) and " Error" not in line[:60]]
    return "\n".join(kept or lines[-1:]).encode()


def differ(before: Sequence[Container], after: Sequence[Container]) -> bool:
    """Whether other containers are there, or others run."""
    states = ({one.id: one.state == "running" for one in some} for some in (before, after))
    old, new = states
    return old != new


def with_reply(values: Mapping[str, Value], reply: Reply) -> dict[str, Value]:
    """Return values with what compose printed; what our scripts add begins with an `@`."""
    stdout = reply.out.partition("\n@")[0].strip()
    text = "" if stdout.startswith("@") else stdout
    return {**values, "rc": reply.code, "stdout": text, "stderr": reply.err}


def values_of(containers: Sequence[Container], made: Sequence[Event] = ()) -> dict[str, Value]:
    """The return values."""
    return {
        "containers": [
            {
                "ID": one.id,
                "Name": one.name,
                "Service": one.service,
                "Image": one.image,
                "State": one.state,
                "Health": one.health,
                "ExitCode": one.exit,
                "Labels": dict(one.labels),
            }
            for one in containers
        ],
        "images": [
            {"ContainerName": one.name, "ID": one.image_id, **_repository(one.image)}
            for one in containers
        ],
        "actions": [
            {"what": event.kind.lower(), "id": event.name, "status": event.word} for event in made
        ],
    }


def _repository(image: str) -> dict[str, str]:
    name, _, tag = image.rpartition(":")
    if not name or "/" in tag:
        name, tag = image, "latest"
    return {"Repository": name, "Tag": tag}
