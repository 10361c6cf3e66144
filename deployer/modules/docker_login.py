"""`docker_login`: log in to a registry, and out of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from deployer.docker.cli import DockerArgs, docker_failure
from deployer.docker.credentials import (
    HUB,
    LOGIN,
    LOGOUT,
    LOOK,
    expectation,
    keys_of,
    server_of,
)
from deployer.model.values import dataclass
from deployer.sdk import (
    ArgumentError,
    Change,
    Outcome,
    ProbeError,
    Refused,
    Reply,
    Resource,
    Script,
    Secret,
    arg,
)
from deployer.sdk.kinds import Manual

STATES = ("absent", "same", "other", "unreadable")


@dataclass(frozen=True, slots=True)
class Args(DockerArgs):
    registry_url: str = arg(HUB, doc="The registry.", aliases=("registry", "url"))
    username: str | None = arg(None, doc="Name to log in with.")
    password: str | None = arg(None, doc="Password or token.", secret=True)
    state: Literal["present", "absent"] = arg("present", doc="`absent` logs out.")
    reauthorize: bool = arg(False, doc="Log in again in any case.", aliases=("reauth",))
    config_path: str = arg(
        "~/.docker/config.json", doc="The CLI's config file.", aliases=("dockercfg_path",)
    )
    email: str | None = arg(None, doc="Accepted for old playbooks; registries do not use it.")

    def __post_init__(self) -> None:
        DockerArgs.__post_init__(self)
        for name in ("username", "password"):
            if self.state == "present" and not getattr(self, name):
                raise ArgumentError(f"`{name}` is needed to log in", name)
        if self.config_path.rpartition("/")[2] != "config.json":
            message = "`config_path`: the docker CLI wants the file to be called config.json"
            raise ArgumentError(message, "config_path")

    @property
    def config_dir(self) -> str:
        """The directory for `DOCKER_CONFIG`; empty where it is the login's own."""
        directory = self.config_path.rpartition("/")[0]
        return "" if directory == "~/.docker" else directory or "."


def probe(args: Args) -> Script:
    wanted = expectation(args.username or "", args.password or "")
    file = args.config_path if args.config_dir else ""
    keys = keys_of(args.registry_url)
    return LOOK(file, args.username or "", *keys, stdin=wanted, timeout=args.seconds)


def parse(_args: Args, reply: Reply) -> str:
    """One of STATES; a helper that hangs is a login that nobody knows of."""
    word = reply.out.strip()
    if reply.code == 124:
        return "unreadable"
    if reply.code or word not in STATES:
        raise ProbeError(f"cannot look for the login: {reply.err.strip() or word}")
    return word


def diff(args: Args, state: str) -> Sequence[Change]:
    server = server_of(args.registry_url)
    shown = server or "Docker Hub"
    if args.state == "absent":
        if state == "absent":
            return []
        if state == "unreadable":
            raise Refused(f"{args.config_path} cannot be read")
        script = LOGOUT(args.config_dir, server, env=args.env, timeout=args.seconds)
        return [Change("log out", f"of {shown}", "logged in", script)]
    if state == "same" and not args.reauthorize:
        return []
    causes = {"absent": "not logged in", "same": "`reauthorize`", "other": "credentials differ"}
    password = Secret(args.password or "")
    script = LOGIN(
        args.config_dir,
        args.username or "",
        server,
        stdin=password,
        env=args.env,
        timeout=args.seconds,
    )
    cause = causes.get(state, "the config file cannot be read")
    return [Change("log in", f"to {shown} as {args.username}", cause, script)]


def _values(args: Args, status: str) -> dict[str, dict[str, str]]:
    if args.state == "absent":
        return {"login_result": {}}
    found = {"username": args.username or "", "serveraddress": args.registry_url}
    return {"login_result": found | ({"Status": status} if status else {})}


def report(args: Args, _state: str) -> Outcome:
    return Outcome(values=_values(args, ""))


def conclude(args: Args, _state: str, reply: Reply) -> Outcome:
    if reply.ok:
        return Outcome(values=_values(args, "Login Succeeded"))
    return docker_failure(reply, f"registry {server_of(args.registry_url) or 'Docker Hub'}")


MODULE = Resource(
    name="docker_login",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    status_tells=True,
    collection="community.docker",
    manual=Manual(
        summary="Log in to a registry, or out of it.",
        returns={"login_result": "Who is logged in where (`username`, `serveraddress`)."},
        example="""
- docker_login:
    registry_url: registry.example.com
    username: deploy
    password: "{{ vault_registry_password }}"
""",
        notes=(
            "The password goes to `docker login --password-stdin`. Whether the host is logged in "
            "already is found out on the host: stored credentials never leave it.",
            "Credential helpers (`credsStore`, `credHelpers`) are asked as docker does.",
        ),
    ),
)
