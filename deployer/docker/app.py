"""A compose app as one thing: its files, then its containers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from deployer.docker.app_files import FilePlan, mounted
from deployer.docker.app_scripts import CLEAR, INVALID, MANIFEST, SEAL, SHIP
from deployer.docker.compose import Wish, plan_up
from deployer.docker.compose_changes import concluded
from deployer.docker.compose_looking import Container, Seen
from deployer.docker.compose_scripts import Project
from deployer.docker.compose_states import carried
from deployer.docker.stack_looking import blocks
from deployer.docker.troubles import said_by_docker
from deployer.model.values import dataclass
from deployer.sdk import Change, Outcome, Refused, Reply, Script


@dataclass(frozen=True, slots=True)
class App:
    """An app: where it is, what compose is told, how it is brought up."""

    project: Project
    name: str = ""
    state: str = "present"
    wish: Wish = field(default_factory=Wish)
    seconds: int = 120
    remove_volumes: bool = False

    @property
    def directory(self) -> str:
        return self.project.directory

    @property
    def fallback_name(self) -> str:
        """The name that compose gives a project by its directory."""
        base = self.directory.rstrip("/").rpartition("/")[2].lower()
        return self.name or re.sub(r"[^a-z0-9_-]", "", base).lstrip("_-") or "app"


def app_changes(app: App, files: FilePlan, seen: Seen, manifest: Mapping[str, str]) -> list[Change]:
    """All that is to be done, in order; the first change carries the script."""
    if app.state == "absent":
        return _absent(app, seen, manifest)
    refresh = stale_services(app, files, seen)
    wish = replace(app.wish, refresh=refresh, running=app.state == "present")
    changes = [*files.changes, *_containers(app, files, seen, wish)]
    if not changes and files.stale:
        # Everything is as described, but the last run did not come to its end.
        seal = SEAL(app.directory, MANIFEST, stdin=files.seal)
        return [Change("note", f"files of {app.directory}", "up to date", seal, counts=False)]
    if not changes:
        return _waits(app, seen)
    return carried(changes, _script(app, files, seen, manifest, refresh))


def stale_services(app: App, files: FilePlan, seen: Seen) -> dict[str, str]:
    """Services whose containers see files that have changed, and which."""
    found: dict[str, list[str]] = {}
    for one in seen.containers:
        names = mounted(files.stale, one.mounts, app.directory.rstrip("/"))
        found.setdefault(one.service, []).extend(names)
    return {
        name: f"mounted {', '.join(dict.fromkeys(paths))} changed"
        for name, paths in found.items()
        if paths
    }


def _containers(app: App, files: FilePlan, seen: Seen, wish: Wish) -> list[Change]:
    subject = f"project {seen.project or app.fallback_name}"
    if seen.trouble is not None:
        return [Change("bring up", subject, seen.trouble.cause)]
    if seen.config is None:
        if not files.changes and seen.problem is not None:
            raise Refused(f"docker compose cannot read the project: {seen.problem.text}")
        return [Change("bring up", subject, "absent" if seen.absent else "no project yet")]
    changes = plan_up(seen, wish)
    visible = {
        path
        for one in seen.containers
        for path in mounted(files.paths, one.mounts, app.directory.rstrip("/"))
    }
    open_ = sorted(files.paths - visible)
    if open_:
        # What the files say that are there now is not what will be asked for.
        changes = [change for change in changes if change.cause in wish.refresh.values()]
        cause = f"{', '.join(open_)} may change more"
        changes.append(Change("bring up", subject, cause, certain=False))
    return changes


def _script(
    app: App, files: FilePlan, seen: Seen, manifest: Mapping[str, str], refresh: Mapping[str, str]
) -> Script:
    """Ship, bring up, renew what sees changed files, wait, remember."""
    script = ship(app, files, manifest) if files.changes else Script()
    words = ["up", "--detach"] if app.state == "present" else ["up", "--no-start"]
    words += ["--pull", app.wish.pull, "--quiet-pull", "--remove-orphans"]
    healthy = app.seconds if app.state == "present" else 0
    script += app.project.thaw(seen.containers, healthy)
    script += app.project.run(*words)
    old = [one for one in seen.containers if one.service in refresh and not one.oneoff]
    if old and app.state == "present":
        script += app.project.refresh(old)
    if app.state == "present":
        script += app.project.wait(app.seconds)
    else:
        script += app.project.run("stop")
    return script + app.project.after() + SEAL(app.directory, MANIFEST, stdin=files.seal)


def ship(app: App, files: FilePlan, manifest: Mapping[str, str]) -> Script:
    """The files that differ, checked by compose before anything is replaced."""
    flags = app.project.flags
    words = (app.directory, MANIFEST, app.fallback_name, str(len(flags)), *flags, *files.gone)
    script = SHIP(*words, stdin=files.parcel(manifest), env=app.project.env)
    secret = any(one.secret for one in files.send)
    return Script(tuple(replace(call, sensitive=secret) for call in script.calls))


def _waits(app: App, seen: Seen) -> list[Change]:
    """Nothing is to be changed; but is it healthy?"""
    late = [one for one in seen.containers if one.health in ("starting", "unhealthy")]
    if app.state != "present" or not late:
        return []
    cause = ", ".join(f"{one.name} {one.health}" for one in late)
    script = app.project.wait(app.seconds) + app.project.after()
    return [Change("wait for", f"project {seen.project}", cause, script, counts=False)]


def _absent(app: App, seen: Seen, manifest: Mapping[str, str]) -> list[Change]:
    """Containers down, then our files away."""
    changes = [Change("remove", f"container {one.name}", one.state) for one in seen.containers]
    names = [*sorted(manifest), *([MANIFEST] if manifest else [])]
    changes += [Change("remove", f"file {app.directory}/{name}", "present") for name in names]
    if not changes:
        return []
    if seen.problem is not None:
        raise Refused(f"docker compose cannot read the project: {seen.problem.text}")
    script = Script()
    if seen.config is not None:
        words = [
            "--profile",
            "*",
            "down",
            "--remove-orphans",
            *(["--volumes"] if app.remove_volumes else []),
        ]
        script += app.project.run(*words)
    return carried(changes, script + CLEAR(app.directory, *names))


def app_outcome(app: App, files: FilePlan, before: Sequence[Container], reply: Reply) -> Outcome:
    """What came of it. Files that were replaced count as a change."""
    what = f"project {app.fallback_name}"
    if reply.code == INVALID:
        why = said_by_docker(reply.err) or "docker compose does not say why"
        msg = f"{what}: docker compose does not take the files, nothing was replaced: {why}"
        return Outcome(changed=False, failed=True, msg=msg)
    found = concluded(before, reply, what, app.seconds)
    warning = dict(blocks(reply.out)).get("warning", "")
    lines = tuple(dict.fromkeys(_message(line) for line in warning.splitlines() if line.strip()))
    return replace(found, changed=found.changed or bool(files.changes), warnings=lines)


def _message(line: str) -> str:
    """The words of one of compose's log lines: `time=… level=warning msg="…"`."""
    found = re.search(r'msg="((?:[^"\\]|\\.)*)"', line)
    return found[1].replace('\\"', '"') if found else line.strip()
