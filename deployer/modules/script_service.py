"""`script_service`: a program that scripts start, stop and ask for its status."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from deployer.model.values import dataclass
from deployer.sdk import (
    Change,
    Outcome,
    Refused,
    Rendered,
    RenderedTree,
    Reply,
    Resource,
    Script,
    arg,
)
from deployer.sdk.kinds import Manual
from deployer.sdk.programs import ACT, LOOK, REMOVE
from deployer.sdk.programs_files import Owner, Wanted, installs, wanted_text, wanted_tree
from deployer.sdk.programs_state import Program, read_program

ROLES = ("start", "stop", "status", "reload")
#: Seconds beyond the deadlines of the scripts themselves.
GRACE = 30.0


@dataclass(frozen=True, slots=True)
class Args:
    name: str = arg(doc="Name of the service: letters, digits, `.`, `_`, `-`.")
    state: Literal["started", "stopped", "restarted", "absent"] = arg(
        "started", doc="`restarted` acts every time; `absent` stops it and removes its files."
    )
    start: Rendered | None = arg(
        None, doc="Template of the script that starts the program and returns.", kind="template"
    )
    stop: Rendered | None = arg(
        None, doc="Template of the script that stops it and returns.", kind="template"
    )
    status: Rendered | None = arg(
        None, doc="Template of the script that exits with 0 where it runs.", kind="template"
    )
    reload: Rendered | None = arg(
        None, doc="Template of the script that makes it read its files again.", kind="template"
    )
    start_text: str | None = arg(None, doc="The start script itself, instead of a template file.")
    stop_text: str | None = arg(None, doc="The stop script itself.")
    status_text: str | None = arg(None, doc="The status script itself.")
    reload_text: str | None = arg(None, doc="The reload script itself.")
    directory: RenderedTree | None = arg(
        None, doc="Local directory to install; `*.j2` are templates.", kind="template_tree"
    )
    files: list[str] = arg(list, doc="Files of the host; where one changes, it is restarted.")
    reload_files: list[str] = arg(
        list, doc="Files whose change needs only a reload; relative ones are in `dir`."
    )
    dir: str = arg("", doc="Where it is installed, `/opt/<name>` by default.")
    owner: str = arg("", doc="Owner of what is installed.")
    group: str = arg("", doc="Group of what is installed.")
    user: str = arg("", doc="Who runs the scripts; the user of the task by default.")
    start_timeout: int = arg(60, doc="Seconds until start, then again until status agrees.")
    stop_timeout: int = arg(60, doc="Seconds until stop, then again until status agrees.")
    status_timeout: int = arg(10, doc="Seconds until status must have answered.")
    state_dir: str = arg(
        "/var/lib/deploy/services", doc="Where the host remembers what was started."
    )
    diff_mode: bool = arg(False, doc="Set by --diff.", kind="diff_mode")

    @property
    def home(self) -> str:
        return (self.dir or f"/opt/{self.name}").rstrip("/")

    @property
    def memory(self) -> str:
        return f"{self.state_dir.rstrip('/')}/{self.name}"

    def script_of(self, role: str) -> str | None:
        """The text of a script; None where it is not given."""
        rendered, text = getattr(self, role), getattr(self, f"{role}_text")
        if rendered is not None and text is not None:
            raise Refused(f"`{role}` and `{role}_text` exclude each other")
        found: str | None = rendered.text if rendered is not None else text
        return found

    def path_of(self, text: str) -> str:
        """A path of the host; relative ones are in the program's directory."""
        if "\n" in text:
            raise Refused("a path with a line break cannot be watched")
        return text if text.startswith("/") else f"{self.home}/{text}"


def _wanted(args: Args) -> list[Wanted]:
    """Every file to install, scripts first; raises Refused for a missing script."""
    made = []
    for role in ROLES:
        text = args.script_of(role)
        if text is None and role != "reload" and args.state != "absent":
            raise Refused(f"the {role} script is missing: give `{role}` or `{role}_text`")
        if text is not None:
            made.append(wanted_text(f"{args.home}/{role}.sh", f"{role} script", text, 0o755))
    made += wanted_tree(args.home, args.directory)
    return made


def _watched(args: Args) -> dict[str, str]:
    """What a change of each file asks for: path -> restart or reload."""
    quiet = [f"{args.home}/{role}.sh" for role in ("status", "reload")]
    paths = [item.path for item in _wanted(args) if item.path not in quiet]
    watched = dict.fromkeys([*paths, *map(args.path_of, args.files)], "restart")
    gentle = "restart" if args.script_of("reload") is None else "reload"
    return watched | dict.fromkeys(map(args.path_of, args.reload_files), gentle)


def _paths(args: Args) -> list[str]:
    """Every path that the probe looks at, in a fixed order."""
    return list(dict.fromkeys([*(item.path for item in _wanted(args)), *_watched(args)]))


def probe(args: Args) -> Script:
    """Asks the installed status script, and for the checksums of all files."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", args.name):
        raise Refused(f"`{args.name}` cannot be the name of a service")
    if not args.home.startswith("/") or not args.state_dir.startswith("/"):
        raise Refused("`dir` and `state_dir` must be absolute")
    show = "diff" if args.diff_mode else ""
    words = (args.home, args.user, str(args.status_timeout), f"{args.memory}/stamp", show)
    return LOOK(*words, *_paths(args))


def parse(args: Args, reply: Reply) -> Program:
    return read_program(reply, _paths(args))


def diff(args: Args, program: Program) -> list[Change]:
    if args.state == "absent":
        changes = list(_removal(args, program))
    else:
        owner = Owner(args.owner, args.group)
        changes = [
            *installs(_wanted(args), owner, program, shown=args.diff_mode),
            *_action(args, program),
        ]
    if changes:
        changes[-1] = replace(changes[-1], script=changes[-1].script + probe(args))
    return changes


def _action(args: Args, program: Program) -> Iterator[Change]:
    """What brings the program to its state. A stopped program never needs a restart."""
    if args.state == "stopped":
        yield from _stop(args, program)
    elif program.status != "running":
        cause = {"absent": "not installed", "broken": "status.sh cannot run"}
        yield _act(args, "start", cause.get(program.status, program.status))
    elif args.state == "restarted":
        yield _act(args, "restart", "asked for")
    else:
        changed = _changed(args, program)
        actions = {_watched(args)[path] for path in changed}
        names = ", ".join(path.removeprefix(f"{args.home}/") for path in changed)
        if actions:
            verb = "restart" if "restart" in actions else "reload"
            yield _act(args, verb, f"{names} changed" if program.stamp else "not started by deploy")


def _changed(args: Args, program: Program) -> list[str]:
    """The watched files that are not as they were when the program was started."""
    wanted = {item.path: item.sha256 for item in _wanted(args)}
    there = {path: found.sha256 for path, found in program.files.items()}
    now = {path: wanted.get(path, there.get(path, "absent")) for path in _watched(args)}
    return [path for path, digest in now.items() if program.stamp.get(path) != digest]


def _act(args: Args, action: str, cause: str) -> Change:
    limits = (args.start_timeout, args.stop_timeout, args.status_timeout)
    words = (args.name, args.home, args.user, *map(str, limits), args.memory)
    limit = 2.0 * (args.start_timeout + args.stop_timeout) + 3 * args.status_timeout + GRACE
    script = ACT(action, *words, *_watched(args), timeout=limit)
    return Change(action, args.name, cause, script)


def _stop(args: Args, program: Program) -> Iterator[Change]:
    """What died may have left a part of itself: its stop script runs for that too."""
    if program.status in ("running", "hangs"):
        yield _act(args, "stop", program.status)
    elif program.stamp:
        yield _act(args, "stop", "died")


def _removal(args: Args, program: Program) -> Iterator[Change]:
    yield from _stop(args, program)
    own = [f"{args.home}/{role}.sh" for role in ROLES]
    own += [item.path for item in _wanted(args) if item.path not in own]
    if program.status != "absent" or program.stamp or set(own) & set(program.files):
        yield Change("remove", args.name, "installed", REMOVE(args.home, args.memory, *own))


def report(args: Args, program: Program) -> Outcome:
    """The return values."""
    values = {
        "name": args.name,
        "state": {"restarted": "started"}.get(args.state, args.state),
        "status": program.status,
        "dir": args.home,
        "log": f"{args.memory}/output.log",
    }
    return Outcome(values=values)


def conclude(args: Args, _program: Program, reply: Reply) -> Outcome:
    """The last script was the probe once more; a failure shows what the script said last."""
    if reply.ok:
        return report(args, parse(args, reply))
    said = reply.err.strip() or f"exit status {reply.code}"
    if reply.code == 124:
        said = f"{args.name} took too long\n{said}".strip()
    values = {"rc": reply.code, "stderr": reply.err, "log": f"{args.memory}/output.log"}
    return Outcome(failed=True, msg=said, values=values)


MODULE = Resource(
    name="script_service",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    status_tells=True,
    collection="deploy",
    manual=Manual(
        summary="A program that is not in a container: scripts that start, stop and check it.",
        returns={
            "name": "Its name.",
            "state": "What it was to be.",
            "status": "What the status script says: running, stopped, hangs, broken, absent.",
            "dir": "Where it is installed.",
            "log": "The file with what the scripts and the program print.",
        },
        example="""
- script_service:
    name: worker
    user: worker
    start: worker-start.sh.j2
    stop_text: |
      #!/bin/sh
      kill "$(cat /run/worker/pid)"
    status_text: |
      #!/bin/sh
      kill -0 "$(cat /run/worker/pid)" 2>/dev/null
    files: [/etc/worker.conf]
    start_timeout: 30
""",
        notes=(
            "The start script returns while its program goes on in the background.",
            "It is restarted where the start or stop script, a file of `directory` or one of "
            "`files` is not as it was when it was last started.",
            "It is stopped by the stop script that it was started with; that also runs where "
            "the program died, for what is left of it.",
            "Files that leave `directory` stay on the host.",
        ),
    ),
)
