"""`compose_app`: a directory of templates becomes a running, healthy compose project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from deployer.docker.app import App, app_changes, app_outcome
from deployer.docker.app_files import (
    AppFile,
    FilePlan,
    OnHost,
    app_files,
    plan_files,
    read_manifest,
)
from deployer.docker.app_scripts import CONTENTS, MANIFEST, MARK
from deployer.docker.cli import DockerArgs
from deployer.docker.compose import Wish
from deployer.docker.compose_changes import values_of
from deployer.docker.compose_looking import LOOK, Seen, read_look
from deployer.docker.compose_scripts import Project
from deployer.docker.exposed import exposed, exposed_in_files, warned
from deployer.docker.stack_looking import blocks
from deployer.model.values import dataclass
from deployer.sdk import (
    ArgumentError,
    Change,
    Outcome,
    ProbeError,
    RenderedTree,
    Reply,
    Resource,
    Script,
    arg,
)
from deployer.sdk.files import DIFF_LIMIT
from deployer.sdk.files.tree import ask_tree, parse_tree
from deployer.sdk.kinds import Manual


@dataclass(frozen=True, slots=True)
class Args(DockerArgs):
    src: RenderedTree = arg(
        doc="Directory on the controller: compose file, env files, configs; `*.j2` are templates.",
        kind="template_tree",
    )
    dest: str = arg(doc="Directory of the app on the host.")
    project_name: str = arg("", doc="Name of the project; default: `name` in the file, or `dest`.")
    files: list[str] = arg(list, doc="Compose files in order, with overrides; default: compose's.")
    env_files: list[str] = arg(list, doc="Files with variables, instead of `.env`.")
    profiles: list[str] = arg(list, doc="Profiles to switch on.")
    state: Literal["present", "stopped", "absent"] = arg(
        "present", doc="Up and healthy; there but stopped; or away, with the files."
    )
    pull: Literal["missing", "always", "never"] = arg("missing", doc="Whether images are pulled.")
    recreate: Literal["auto", "always"] = arg("auto", doc="`always`: new containers each time.")
    wait_timeout: int = arg(120, doc="Seconds until all containers run and are healthy.")
    secret_mode: str = arg("0600", doc="Mode of a file with a secret in it.")
    remove_volumes: bool = arg(False, doc="With `absent`: remove the volumes too.")
    diff_mode: bool = arg(False, doc="Set by the engine.", kind="diff_mode")

    def __post_init__(self) -> None:
        DockerArgs.__post_init__(self)
        if not self.dest.startswith("/"):
            raise ArgumentError("`dest` must be an absolute path", "dest")
        try:
            int(self.secret_mode, 8)
        except ValueError:
            raise ArgumentError("`secret_mode` is not an octal mode", "secret_mode") from None

    @property
    def wanted(self) -> tuple[AppFile, ...]:
        """The files as they are to be."""
        return app_files(self.src, int(self.secret_mode, 8))

    @property
    def app(self) -> App:
        """The app without the words of the playbook."""
        flags = ["--project-name", self.project_name] if self.project_name else []
        for path in self.env_files:
            flags += ["--env-file", path]
        for profile in self.profiles:
            flags += ["--profile", profile]
        for path in self.files:
            flags += ["-f", path]
        directory = self.dest.rstrip("/") or "/"
        project = Project(directory, tuple(flags), b"", self.env)
        wish = Wish(recreate=self.recreate, remove_orphans=True, pull=self.pull)
        return App(
            project, self.project_name, self.state, wish, self.wait_timeout, self.remove_volumes
        )


@dataclass(frozen=True, slots=True)
class State:
    """Files and project as they are."""

    there: OnHost
    seen: Seen


def probe(args: Args) -> Script:
    app, files = args.app, args.wanted
    pairs: list[str] = []
    if args.diff_mode:
        for one in files:
            pairs += [one.sum, one.path] if one.text is not None and not one.secret else []
    script = ask_tree(app.directory, [one.path for one in files])
    script += CONTENTS(app.directory, MANIFEST, MARK, str(DIFF_LIMIT), *pairs)
    return script + LOOK(
        app.directory, *app.project.flags, env=app.project.env, timeout=args.seconds
    )


def parse(args: Args, reply: Reply) -> State:
    names = [one.path for one in args.wanted]
    tree, mark, rest = reply.stdout.partition(f"{MARK}\n".encode())
    if not mark:
        raise ProbeError(f"the look at {args.dest} broke off: {reply.err.strip()[-300:]}")
    seen = read_look(Reply(reply.code, rest, reply.stderr))
    found = parse_tree(args.app.directory, names, Reply(0, tree))
    states = dict(zip(names, found.entries, strict=True))
    parts = list(blocks(rest.decode("utf-8", "surrogateescape")))
    manifest = read_manifest(dict(parts).get("manifest", ""))
    contents = {
        head.removeprefix("content "): _unindented(body)
        for head, body in parts
        if head.startswith("content ")
    }
    return State(OnHost(found.root, states, manifest, contents), seen)


def _unindented(body: str) -> str:
    """A content whose lines were indented by one blank, with a newline at its end."""
    lines = [line.removeprefix(" ") for line in body.splitlines(keepends=True)]
    if lines and lines[-1] == "\n":
        return "".join(lines[:-1])
    return "".join(lines).removesuffix("\n")


def plan_of(args: Args, state: State) -> FilePlan:
    return plan_files(args.app.directory, args.wanted, state.there, show=args.diff_mode)


def diff(args: Args, state: State) -> Sequence[Change]:
    return app_changes(args.app, plan_of(args, state), state.seen, state.there.manifest)


def report(args: Args, state: State) -> Outcome:
    return _warned(args, state, Outcome(values=values_of(state.seen.containers)))


def conclude(args: Args, state: State, reply: Reply) -> Outcome:
    done = app_outcome(args.app, plan_of(args, state), state.seen.containers, reply)
    return _warned(args, state, done)


def _warned(args: Args, state: State, outcome: Outcome) -> Outcome:
    """What compose makes of the files is known only once they are there."""
    if args.state == "absent":
        return outcome
    return warned(outcome, *(exposed_in_files(args.wanted) or exposed(state.seen.services)))


MODULE = Resource(
    name="compose_app",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    collection="deploy",
    manual=Manual(
        summary="Ship a directory with a compose file, bring it up, wait until it is healthy.",
        returns={
            "containers": "The project's containers: ID, Name, Service, Image, State, Health, ….",
            "images": "The image of each container.",
            "actions": "What compose did: what, id, status.",
        },
        example="""
- compose_app:
    src: shop
    dest: /opt/shop
    wait_timeout: 90
""",
        notes=(
            "Nothing is replaced before `docker compose config` has taken the new files.",
            "Containers that see a changed file (bind mounts, `configs`, `secrets`) are made anew. "
            "`.deploy-files` in `dest` remembers the files, and with which of their contents the "
            "containers were last brought up.",
            "A file that is not in `src` any more is removed; what others put into `dest` stays.",
        ),
    ),
)
