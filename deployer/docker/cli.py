"""Driving the `docker` CLI: common arguments, asking in probes, and what its refusals mean.

A probe asks through the shell function `ask`, which never fails: what docker says comes as JSON
lines, what it refuses as one block that starts with `!STATUS `. So that a missing docker or a
daemon that is down is a value (an earlier task may bring it), and two different refusals differ
in a probe's output. `read_answer` is its counterpart on the controller.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TypeAlias

from deployer.docker.troubles import Problem, classify
from deployer.model.values import dataclass
from deployer.sdk import ArgumentError, Outcome, ProbeError, Reply, arg, sh

#: One object of `docker … inspect`, as JSON gives it.
Record: TypeAlias = dict[str, Any]

#: Bounds a probe (seconds): a daemon that hangs must not hang the run.
PROBE_SECONDS = 30.0

#: `need_docker` ends the script with status 127 and the reason where there is no docker.
#: `ask WORD…` prints what `docker WORD…` answers, or `!STATUS MESSAGE` where it fails.
#: `retry SECONDS COMMAND…` repeats a command until it succeeds, with growing pauses; its status
#: is that of the last try.
PRELUDE = sh("""
need_docker() {
    command -v docker >/dev/null 2>&1 && return
    echo 'docker is not installed on this host (install it, or put it on the PATH)' >&2
    exit 127
}
ask() {
    if answer=$(docker "$@" 2>&1); then
        printf '%s\\n' "$answer"
    else
        printf '!%s %s\\n' "$?" "$answer"
    fi
}
retry() {
    retry_end=$(($(date +%s) + $1))
    shift
    retry_pause=0.1
    while :; do
        "$@" && return 0
        retry_status=$?
        [ "$(date +%s)" -lt "$retry_end" ] || return "$retry_status"
        sleep "$retry_pause" 2>/dev/null || sleep 1
        case $retry_pause in
        0.1) retry_pause=0.2 ;;
        0.2) retry_pause=0.4 ;;
        *) retry_pause=1 ;;
        esac
    done
}
""")


@dataclass(frozen=True, slots=True)
class DockerArgs:
    """What every module that drives the CLI takes (names of community.docker)."""

    docker_host: str = arg(
        "", doc="Where dockerd listens, as in `DOCKER_HOST`.", aliases=("docker_url",)
    )
    api_version: str = arg("auto", doc="API version to speak.", aliases=("docker_api_version",))
    timeout: int = arg(60, doc="Seconds to wait for an answer of dockerd.")
    debug: bool = arg(False, doc="Accepted for Ansible's sake; `-v` shows more here.")
    use_ssh_client: bool = arg(False, doc="Accepted: the CLI always uses ssh for `ssh://`.")
    tls: bool = arg(False, doc="Not supported yet: use TLS without verifying the server.")
    validate_certs: bool = arg(
        False, doc="Not supported yet: verify the server's certificate.", aliases=("tls_verify",)
    )
    tls_hostname: str | None = arg(None, doc="Not supported yet: name in the server's certificate.")
    ca_path: str | None = arg(
        None, doc="Not supported yet: CA file.", aliases=("ca_cert", "tls_ca_cert", "cacert_path")
    )
    client_cert: str | None = arg(
        None, doc="Not supported yet: certificate.", aliases=("tls_client_cert", "cert_path")
    )
    client_key: str | None = arg(
        None, doc="Not supported yet: key.", aliases=("tls_client_key", "key_path")
    )

    def __post_init__(self) -> None:
        """Refuse what cannot be passed on yet, before anything runs."""
        for name in (
            "tls",
            "validate_certs",
            "tls_hostname",
            "ca_path",
            "client_cert",
            "client_key",
        ):
            if getattr(self, name):
                raise ArgumentError(f"`{name}` is not supported yet", name)

    @property
    def env(self) -> dict[str, str]:
        """The environment of the CLI."""
        found = {}
        if self.docker_host:
            found["DOCKER_HOST"] = self.docker_host
        if self.api_version != "auto":
            found["DOCKER_API_VERSION"] = self.api_version
        return found

    @property
    def seconds(self) -> float:
        """The deadline of one probe."""
        return float(self.timeout)


@dataclass(frozen=True, slots=True)
class Answer:
    """What `ask` printed: the JSON objects, or the problem (and the objects that were found)."""

    records: tuple[Record, ...] = ()
    problem: Problem | None = None
    lines: tuple[str, ...] = ()


def read_answer(reply: Reply) -> Answer:
    """The counterpart of `ask`, for a probe that asked once.

    Raises ProbeError where the script itself broke (not docker).
    """
    if reply.code:
        return Answer(problem=failed_probe(reply))
    return read_block(reply.out)


def silent_info(answer: Answer, key: str) -> Problem | None:
    """The problem behind `docker info` that found no daemon.

    Docker 26 then ends with status 0, empty fields (`key` is one that never is) and the reason
    on standard error.
    """
    if answer.problem is not None or not answer.records or answer.records[0].get(key):
        return answer.problem
    return classify("\n".join(line for line in answer.lines if not line.startswith("{")), 1)


def failed_probe(reply: Reply) -> Problem:
    """What a probe that did not end says: a deadline, or a shell that broke (ProbeError)."""
    if reply.code in (124, 127):
        return classify(reply.err, reply.code)
    raise ProbeError(f"the probe ended with status {reply.code}: {reply.err.strip()[-300:]}")


def read_block(text: str) -> Answer:
    """One block that `ask` printed."""
    if text.startswith("!"):
        status, _, message = text[1:].partition(" ")
        problem = classify(message, int(status) if status.isdigit() else 1)
        return Answer(tuple(json_records(message.splitlines())), problem)
    lines = tuple(line for line in text.splitlines() if line.strip())
    return Answer(records=tuple(json_records(lines)), lines=lines)


def read_blocks(text: str) -> dict[str, Answer]:
    """Several blocks, each under a line `@NAME`."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines(keepends=True):
        if line.startswith("@"):
            name = line[1:].strip()
            found[name] = []
        elif name:
            found[name].append(line)
    return {key: read_block("".join(lines)) for key, lines in found.items()}


def json_records(lines: Iterable[str]) -> Iterable[Record]:
    """The JSON objects among lines; the CLI's warnings between them are left out."""
    for line in lines:
        if line.startswith("{"):
            try:
                yield json.loads(line)
            except ValueError as error:
                raise ProbeError(f"docker's answer is not JSON: {error}") from None


def last_record(reply: Reply) -> Record:
    """The last JSON object that a change's script printed, or an empty one."""
    return next(iter(reversed(list(json_records(reply.out.splitlines())))), {})


def docker_failure(reply: Reply, what: str = "") -> Outcome:
    """The outcome of a change that docker refused: what, why and the fix in one line."""
    problem = classify(reply.err or reply.out, reply.code)
    intro = f"{what}: " if what else ""
    values = {"rc": reply.code, "stdout": reply.out, "stderr": reply.err}
    return Outcome(failed=True, msg=f"{intro}{problem}", values=values)
