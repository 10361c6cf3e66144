"""`docker_compose_v2`: bring a compose project up, stop it, restart it, take it down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from deployer.docker.cli import DockerArgs
from deployer.docker.compose import Wish
from deployer.docker.compose_changes import concluded, values_of
from deployer.docker.compose_leavings import NETWORKS, VOLUMES
from deployer.docker.compose_looking import LOOK, Seen, read_look
from deployer.docker.compose_scripts import Project
from deployer.docker.compose_states import Modes, changes_of
from deployer.docker.exposed import exposed, warned
from deployer.docker.stack_inputs import document
from deployer.model.values import dataclass
from deployer.sdk import ArgumentError, Change, Outcome, Reply, Resource, Script, Value, arg
from deployer.sdk.kinds import Manual


@dataclass(frozen=True, slots=True)
class Args(DockerArgs):
    project_src: str = arg("", doc="Directory of the project on the host.")
    project_name: str = arg("", doc="Name of the project; default: that of its directory.")
    files: list[str] = arg(list, doc="Compose files in `project_src`; default: compose.yaml, ….")
    definition: dict[str, Value] | None = arg(
        None, doc="Content of a compose file, instead of `files`; needs `project_name`."
    )
    env_files: list[str] = arg(list, doc="Files with variables, instead of `.env`.")
    profiles: list[str] = arg(list, doc="Profiles to switch on.")
    services: list[str] = arg(list, doc="Only these services (and what they depend on).")
    state: Literal["present", "absent", "stopped", "restarted"] = arg(
        "present", doc="Up, down, stopped, or restarted each time."
    )
    build: Literal["always", "never", "policy"] = arg("policy", doc="Whether images are built.")
    pull: Literal["always", "missing", "never", "policy"] = arg(
        "policy", doc="Whether images are pulled; `policy` is what the files say."
    )
    recreate: Literal["always", "never", "auto"] = arg(
        "auto", doc="Whether containers are made anew."
    )
    dependencies: bool = arg(True, doc="With `services`: also what they depend on.")
    scale: dict[str, int] = arg(dict, doc="Numbers of containers by service.")
    remove_orphans: bool = arg(False, doc="Remove containers of services that are gone.")
    remove_images: Literal["all", "local"] | None = arg(None, doc="With `absent`: images too.")
    remove_volumes: bool = arg(False, doc="With `absent`: volumes too.")
    renew_anon_volumes: bool = arg(False, doc="New anonymous volumes for new containers.")
    timeout: int = arg(-1, doc="Seconds that a container has to stop; default: its own.")
    wait: bool = arg(False, doc="Wait until all containers run and are healthy.")
    wait_timeout: int | None = arg(None, doc="Seconds for `wait`; default 300.")
    check_files_existing: bool = arg(True, doc="Accepted: files are always looked for.")
    assume_yes: bool = arg(False, doc="Accepted: nothing is ever asked.")
    ignore_build_events: bool = arg(True, doc="A build alone is no change.")
    docker_cli: str | None = arg(None, doc="Not supported yet: path of the docker CLI.")
    cli_context: str | None = arg(None, doc="Not supported yet: context of the docker CLI.")

    def __post_init__(self) -> None:
        DockerArgs.__post_init__(self)
        for name in ("docker_cli", "cli_context"):
            if getattr(self, name):
                raise ArgumentError(f"`{name}` is not supported yet", name)
        if self.definition is None and not self.project_src:
            raise ArgumentError("`project_src` or `definition` is needed", "project_src")
        if self.definition is not None and self.files:
            raise ArgumentError("`files` and `definition` exclude each other", "files")
        if self.definition is not None and not self.project_name:
            raise ArgumentError("`definition` needs `project_name`", "project_name")

    @property
    def seconds(self) -> float:
        """The deadline of one probe; `timeout` here is the containers'."""
        return 60.0

    @property
    def project(self) -> Project:
        """The project without the words of the playbook."""
        flags = ["--project-name", self.project_name] if self.project_name else []
        for path in self.env_files:
            flags += ["--env-file", path]
        for profile in self.profiles:
            flags += ["--profile", profile]
        for path in self.files:
            flags += ["-f", path]
        inline = document(self.definition) if self.definition is not None else b""
        if self.definition is not None:
            flags += ["-f", "-"]
        return Project(self.project_src or "/", tuple(flags), inline, self.env)

    @property
    def wish(self) -> Wish:
        """What shall be, for the comparison."""
        return Wish(
            services=tuple(self.services),
            dependencies=self.dependencies,
            scale=self.scale,
            recreate=self.recreate,
            remove_orphans=self.remove_orphans,
            pull=self.pull,
            build=self.build,
            running=self.state != "stopped",
        )

    @property
    def modes(self) -> Modes:
        """How it is done."""
        return Modes(
            state=self.state,
            renew_anon_volumes=self.renew_anon_volumes,
            remove_images=self.remove_images or "",
            remove_volumes=self.remove_volumes,
            timeout=None if self.timeout < 0 else self.timeout,
            wait=self.wait,
            wait_seconds=300 if self.wait_timeout is None else self.wait_timeout,
        )


def probe(args: Args) -> Script:
    project = args.project
    script = LOOK(
        project.directory,
        *project.flags,
        stdin=project.inline,
        env=project.env,
        timeout=args.seconds,
    )
    if args.state == "absent":
        script += NETWORKS(env=project.env, timeout=args.seconds)
    if args.state == "absent" and args.remove_volumes:
        script += VOLUMES(env=project.env, timeout=args.seconds)
    return script


def parse(_args: Args, reply: Reply) -> Seen:
    return read_look(reply)


def diff(args: Args, seen: Seen) -> Sequence[Change]:
    return changes_of(args.project, args.wish, args.modes, seen)


def report(args: Args, seen: Seen) -> Outcome:
    return _warned(args, seen, Outcome(values=values_of(seen.containers)))


def conclude(args: Args, seen: Seen, reply: Reply) -> Outcome:
    name = seen.project or args.project_name or args.project_src.rstrip("/").rpartition("/")[2]
    done = concluded(seen.containers, reply, f"project {name}", args.modes.wait_seconds)
    return _warned(args, seen, done)


def _warned(args: Args, seen: Seen, outcome: Outcome) -> Outcome:
    return warned(outcome, *(exposed(seen.services) if args.state != "absent" else ()))


MODULE = Resource(
    name="docker_compose_v2",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    collection="community.docker",
    manual=Manual(
        summary="Bring a compose project up, stop it, restart it or take it down.",
        returns={
            "containers": "The project's containers: ID, Name, Service, Image, State, Health, ….",
            "images": "The image of each container: ContainerName, ID, Repository, Tag.",
            "actions": "What compose did: what, id, status.",
            "stdout": "What compose printed.",
            "stderr": "Its progress and its warnings.",
            "rc": "Its exit status.",
        },
        example="""
- docker_compose_v2:
    project_src: /opt/shop
    remove_orphans: true
    wait: true
    wait_timeout: 120
""",
        notes=(
            'A service that is to run once (`restart: "no"` is written, or another waits for '
            "`service_completed_successfully`) and ended well is as it shall be: it is not started "
            "again where nothing else changes.",
            "A failure shows the state and the last log lines of the container that is broken.",
        ),
    ),
)
