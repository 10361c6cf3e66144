"""`docker_config`: configs of a swarm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from deployer.docker import replacing, stored
from deployer.docker.cli import DockerArgs
from deployer.docker.stored import State, StoredArgs
from deployer.model.values import dataclass
from deployer.sdk import Change, Diff, Outcome, Reply, Resource, Script, Secret, arg
from deployer.sdk.kinds import Manual

#: Content is shown in a diff up to this size (bytes).
SHOWN = 65536


@dataclass(frozen=True, slots=True)
class Args(StoredArgs):
    data: str | None = arg(None, doc="What the config holds.")
    template_driver: Literal["golang"] | None = arg(None, doc="Fill it in as a Go template.")
    diff_mode: bool = arg(False, doc="Set by the engine.", kind="diff_mode")

    def __post_init__(self) -> None:
        DockerArgs.__post_init__(self)
        stored.check_data(self, self.data)


def probe(args: Args) -> Script:
    shows = args.diff_mode and args.data is not None and not isinstance(args.data, Secret)
    return stored.look("config", args, data=shows)


def parse(args: Args, reply: Reply) -> State:
    return stored.read_look(args, reply)


def diff(args: Args, state: State) -> Sequence[Change]:
    data = None if args.data is None else stored.plain(args.data, b64=args.data_is_b64)
    raw = data or b""
    stdin = stored.hidden(raw) if isinstance(args.data, Secret) else raw
    content = replacing.Content(data, stdin, args.template_driver or "", readable=True)
    return replacing.changes("config", args, state, content, _shown(args, state, data))


def _shown(args: Args, state: State, data: bytes | None) -> Diff | None:
    """Before and after as text, where both are small and text and nothing is secret."""
    if not args.diff_mode or data is None or isinstance(args.data, Secret):
        return None
    before = state.data or b""
    if max(len(before), len(data)) > SHOWN or b"\0" in before + data:
        return Diff(f"{len(before)} bytes\n", f"{len(data)} bytes\n")
    old, new = (part.decode("utf-8", "replace") for part in (before, data))
    return Diff(old, new, args.name, args.name)


def report(args: Args, state: State) -> Outcome:
    return replacing.report("config", args, state, diff(args, state))


def conclude(args: Args, state: State, reply: Reply) -> Outcome:
    return replacing.conclude("config", args, state, reply)


MODULE = Resource(
    name="docker_config",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    status_tells=True,
    cluster=True,
    collection="community.docker",
    manual=Manual(
        summary="Create, replace and remove configs of a swarm. Runs on a manager.",
        returns={
            "config_id": "Id of the config.",
            "config_name": "Its name, with the version where versions roll.",
        },
        example="""
- docker_config:
    name: nginx_conf
    data: "{{ lookup('template', 'nginx.conf.j2') }}"
    rolling_versions: true
""",
        notes=(
            "Where versions do not roll, what the config holds is compared itself; the label "
            "`ansible_key` decides otherwise, as with Ansible's module.",
        ),
    ),
)
