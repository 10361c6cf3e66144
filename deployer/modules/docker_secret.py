"""`docker_secret`: secrets of a swarm."""

from __future__ import annotations

from collections.abc import Sequence

from deployer.docker import replacing, stored
from deployer.docker.cli import DockerArgs
from deployer.docker.stored import State, StoredArgs
from deployer.model.values import dataclass
from deployer.sdk import Change, Outcome, Reply, Resource, Script, arg
from deployer.sdk.kinds import Manual


@dataclass(frozen=True, slots=True)
class Args(StoredArgs):
    data: str | None = arg(None, doc="The secret.", secret=True)

    def __post_init__(self) -> None:
        DockerArgs.__post_init__(self)
        stored.check_data(self, self.data)


def probe(args: Args) -> Script:
    return stored.look("secret", args)


def parse(args: Args, reply: Reply) -> State:
    return stored.read_look(args, reply)


def diff(args: Args, state: State) -> Sequence[Change]:
    """The data is never shown, not even in a diff."""
    data = None if args.data is None else stored.plain(args.data, b64=args.data_is_b64)
    stdin = b"" if data is None else stored.hidden(data)
    return replacing.changes("secret", args, state, replacing.Content(data, stdin))


def report(args: Args, state: State) -> Outcome:
    return replacing.report("secret", args, state, diff(args, state))


def conclude(args: Args, state: State, reply: Reply) -> Outcome:
    return replacing.conclude("secret", args, state, reply)


MODULE = Resource(
    name="docker_secret",
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
        summary="Create, replace and remove secrets of a swarm. Runs on a manager.",
        returns={
            "secret_id": "Id of the secret.",
            "secret_name": "Its name, with the version where versions roll.",
        },
        example="""
- docker_secret:
    name: db_password
    data: "{{ vault_db_password }}"
    rolling_versions: true
""",
        notes=(
            "A secret cannot be read back: the label `ansible_key` (sha224 of the data) tells "
            "whether it is the same, as with Ansible's module. Beware: a short secret can be "
            "guessed from its hash by who may inspect secrets.",
            "The data goes to `docker secret create` on standard input.",
        ),
    ),
)
