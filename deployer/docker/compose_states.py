"""The states of a compose project as changes: up, stopped, restarted, down."""

from __future__ import annotations

from collections.abc import Sequence

from deployer.docker.compose import Wish, chosen, orphans, plan_up
from deployer.docker.compose_looking import Container, Seen
from deployer.docker.compose_scripts import Project
from deployer.model.values import dataclass
from deployer.sdk import Change, Refused, Script


@dataclass(frozen=True, slots=True)
class Modes:
    """How it is done. `timeout`: seconds for a container to stop, None for its own."""

    state: str = "present"
    renew_anon_volumes: bool = False
    remove_images: str = ""
    remove_volumes: bool = False
    timeout: int | None = None
    wait: bool = False
    wait_seconds: int = 300


def changes_of(project: Project, wish: Wish, modes: Modes, seen: Seen) -> Sequence[Change]:
    """What brings the project into its state; Refused where docker cannot read its files."""
    subject = f"project {seen.project or project.directory}"
    if seen.problem is not None:
        raise Refused(f"docker compose cannot read the project: {seen.problem.text}")
    if seen.config is None or seen.trouble is not None:
        return _blind(project, wish, modes, seen, subject)
    unknown = [name for name in wish.services if name not in seen.services]
    if unknown:
        raise Refused(f"no service `{unknown[0]}` in {subject}")
    if modes.state == "absent":
        return _down(project, wish, modes, seen, subject)
    if modes.state == "restarted":
        return [Change("restart", subject, "asked for", _restart(project, wish, modes))]
    changes = plan_up(seen, wish)
    if not changes:
        return _waits(project, modes, seen, subject)
    healthy = modes.wait_seconds if modes.wait and wish.running else 0
    thaw = project.thaw(_mine(wish, seen), healthy)
    return carried(changes, thaw + up(project, wish, modes))


def _mine(wish: Wish, seen: Seen) -> list[Container]:
    """The containers of the services that are meant."""
    names = chosen(seen.services, wish)
    return [one for one in seen.containers if one.service in names]


def _blind(
    project: Project, wish: Wish, modes: Modes, seen: Seen, subject: str
) -> Sequence[Change]:
    """Nobody can look yet: an earlier task may bring the files, or docker."""
    cause = seen.trouble.cause if seen.trouble else f"{seen.absent} does not exist yet"
    if modes.state == "absent":
        if seen.absent and seen.trouble is None:
            raise Refused(f"{seen.absent} does not exist: the project cannot be taken down by it")
        script = _down_script(project, wish, modes)
        return [Change("take down", subject, cause, script, certain=False)]
    script = (
        _restart(project, wish, modes) if modes.state == "restarted" else up(project, wish, modes)
    )
    return [Change("bring up" if wish.running else "create", subject, cause, script)]


def up(project: Project, wish: Wish, modes: Modes) -> Script:
    """`docker compose up`, and what comes after it."""
    words = ["up", "--detach"] if wish.running else ["up", "--no-start"]
    words += {"always": ["--force-recreate"], "never": ["--no-recreate"]}.get(wish.recreate, [])
    words += {"always": ["--build"], "never": ["--no-build"]}.get(wish.build, [])
    words += [] if wish.pull == "policy" else ["--pull", wish.pull]
    words += ["--remove-orphans"] if wish.remove_orphans else []
    words += ["--renew-anon-volumes"] if modes.renew_anon_volumes else []
    words += [] if wish.dependencies else ["--no-deps"]
    words += [f"--scale={name}={number}" for name, number in wish.scale.items()]
    words += [] if modes.timeout is None else ["--timeout", str(modes.timeout)]
    script = project.run(*words, "--quiet-pull", "--", *wish.services)
    if not wish.running:
        script += project.run("stop", *_stop_flags(modes), "--", *wish.services)
    elif modes.wait:
        script += project.wait(modes.wait_seconds)
    return script + project.after()


def carried(changes: Sequence[Change], script: Script) -> list[Change]:
    """The changes; the first carries the script that makes them all."""
    first, *rest = changes
    made = Change(
        first.verb, first.subject, first.cause, script, first.diff, first.certain, first.counts
    )
    return [made, *rest]


def _stop_flags(modes: Modes) -> list[str]:
    return [] if modes.timeout is None else ["--timeout", str(modes.timeout)]


def _restart(project: Project, wish: Wish, modes: Modes) -> Script:
    words = ["restart", *_stop_flags(modes)] + ([] if wish.dependencies else ["--no-deps"])
    script = project.run(*words, "--", *wish.services)
    return script + (project.wait(modes.wait_seconds) if modes.wait else Script()) + project.after()


def _down(project: Project, wish: Wish, modes: Modes, seen: Seen, subject: str) -> Sequence[Change]:
    """Nothing where nothing is left; volumes and images are only looked for when they shall go.

    As compose: services of profiles that are off stay, orphans unless they are meant as well.
    """
    meant = set(wish.services or seen.services)
    mine = [one for one in seen.containers if one.service in meant]
    if wish.remove_orphans:
        mine += orphans(seen)
    kept = [one for one in seen.images.values() if one != "absent"]
    changes = [Change("remove", f"container {one.name}", one.state) for one in mine]
    changes += [
        Change("remove", f"volume {name}", "present", certain=not wish.services)
        for name in seen.own_volumes
    ]
    if not wish.services and len(mine) == len(seen.containers):
        # Whoever stays keeps them.
        changes += [Change("remove", f"network {name}", "present") for name in seen.own_networks]
    if not changes and modes.remove_images and kept:
        changes = [Change("remove", f"images of {subject}", "perhaps", certain=False)]
    return carried(changes, _down_script(project, wish, modes)) if changes else []


def _down_script(project: Project, wish: Wish, modes: Modes) -> Script:
    words = ["down", *_stop_flags(modes)]
    words += ["--remove-orphans"] if wish.remove_orphans else []
    words += ["--rmi", modes.remove_images] if modes.remove_images else []
    words += ["--volumes"] if modes.remove_volumes else []
    return project.run(*words, "--", *wish.services) + project.after()


def _waits(project: Project, modes: Modes, seen: Seen, subject: str) -> Sequence[Change]:
    """Nothing is to be changed; but is it up?"""
    late = [one for one in seen.containers if _late(one)]
    if not (modes.wait and late) or modes.state != "present":
        return []
    cause = ", ".join(f"{one.name} {one.health or one.state}" for one in late)
    script = project.wait(modes.wait_seconds) + project.after()
    return [Change("wait for", subject, cause, script, counts=False)]


def _late(one: Container) -> bool:
    return not one.oneoff and one.health in ("starting", "unhealthy")
