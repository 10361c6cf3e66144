"""What bringing up a compose project would do, container by container, with the cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from deployer.docker.compose_looking import HASH, IMAGE, Container, Seen
from deployer.model.values import dataclass
from deployer.sdk import Change


@dataclass(frozen=True, slots=True)
class Wish:
    """How a project shall be. `services` empty: all. `refresh` maps services to why their
    containers must be made anew although compose sees no difference."""

    services: tuple[str, ...] = ()
    dependencies: bool = True
    scale: Mapping[str, int] = field(default_factory=dict)
    recreate: str = "auto"
    remove_orphans: bool = False
    pull: str = "policy"
    build: str = "policy"
    running: bool = True
    refresh: Mapping[str, str] = field(default_factory=dict)


def plan_up(seen: Seen, wish: Wish) -> list[Change]:
    """The changes of `up` (without scripts): pull, build, create, recreate, start, remove."""
    changes: list[Change] = []
    for name in chosen(seen.services, wish):
        known = {change.subject for change in changes}
        changes += [change for change in _image(seen, wish, name) if change.subject not in known]
        changes += _service(seen, wish, name)
    if wish.remove_orphans and not wish.services:
        changes += [
            Change("remove", f"container {one.name}", f"{one.service} is not in the project")
            for one in orphans(seen)
        ]
    return changes


def chosen(services: Mapping[str, Any], wish: Wish) -> list[str]:
    """The services that are meant, with those that they depend on."""
    if not wish.services:
        return list(services)
    found: list[str] = []
    queue = list(wish.services)
    while queue:
        name = queue.pop(0)
        if name in found:
            continue
        found.append(name)
        if wish.dependencies:
            queue += list((services.get(name) or {}).get("depends_on") or ())
    return [name for name in services if name in found]


def run_once(services: Mapping[str, Any]) -> set[str]:
    """Services that are to run once and end: `restart: "no"` is written, or others wait for it."""
    found = {name for name, service in services.items() if (service or {}).get("restart") == "no"}
    for service in services.values():
        needed = (service or {}).get("depends_on") or {}
        if isinstance(needed, Mapping):
            found |= {
                name
                for name, how in needed.items()
                if (how or {}).get("condition") == "service_completed_successfully"
            }
    return found


def orphans(seen: Seen) -> list[Container]:
    """Containers of services that the project does not have, in no profile."""
    known = {*seen.services, *seen.all_services}
    return [one for one in seen.containers if one.service not in known and not one.oneoff]


def replicas(service: Mapping[str, Any], name: str, wish: Wish) -> int:
    """How many containers a service shall have."""
    if name in wish.scale:
        return wish.scale[name]
    deploy = service.get("deploy") or {}
    wanted = service.get("scale")
    if wanted is None:
        wanted = deploy.get("replicas")
    return 1 if wanted is None else int(wanted)


def _image(seen: Seen, wish: Wish, name: str) -> list[Change]:
    """Pulling and building; what a registry or a build gives nobody knows beforehand."""
    service = seen.services[name]
    image = str(service.get("image") or "")
    policy = str(service.get("pull_policy") or "missing")
    if wish.pull != "policy":
        policy = wish.pull
    build = service.get("build")
    missing = seen.images.get(image) == "absent"
    if build and (wish.build == "always" or policy == "build"):
        return [Change("build", f"image of service {name}", "asked for", certain=False)]
    if build and missing and wish.build != "never":
        return [Change("build", f"image of service {name}", "absent")]
    if missing and policy != "never" and image:
        return [Change("pull", f"image {image}", "absent")]
    if policy in ("always", "newer") and not build and image:
        return [Change("pull", f"image {image}", "the registry may have another", certain=False)]
    return []


def _service(seen: Seen, wish: Wish, name: str) -> list[Change]:
    service = seen.services[name]
    mine = [one for one in seen.containers if one.service == name and not one.oneoff]
    wanted = replicas(service, name, wish)
    changes = []
    for one in mine[:wanted]:
        verb, cause, certain = _container(seen, wish, one)
        if verb:
            changes.append(Change(verb, f"container {one.name}", cause, certain=certain))
    if len(mine) < wanted:
        number = wanted - len(mine)
        what = f"{number} containers" if number > 1 else "container"
        cause = "absent" if not mine else f"{len(mine)} of {wanted} are there"
        changes.append(Change("create", f"{what} of service {name}", cause))
    changes += [
        Change("remove", f"container {one.name}", f"{len(mine)} instead of {wanted}")
        for one in mine[wanted:]
    ]
    return changes


def _container(seen: Seen, wish: Wish, one: Container) -> tuple[str, str, bool]:
    """(verb, cause, certain) of a container that there is; no verb where it is as it shall be."""
    if wish.recreate == "always":
        return "recreate", "asked for", True
    cause, certain = _differs(seen, one) if wish.recreate != "never" else ("", True)
    if not cause and one.service in wish.refresh:
        cause = wish.refresh[one.service]
    if cause:
        return "recreate", cause, certain
    once = one.done and one.service in run_once(seen.services)
    if wish.running and one.state != "running" and not once:
        return ("unpause" if one.state == "paused" else "start"), one.state, True
    if not wish.running and one.state in ("running", "restarting", "paused"):
        return "stop", one.state, True
    return "", "", True


def _differs(seen: Seen, one: Container) -> tuple[str, bool]:
    """Why compose would make it anew, and whether that is certain."""
    service = seen.services[one.service]
    image = str(service.get("image") or f"{seen.project}-{one.service}")
    current = seen.images.get(image, "")
    running = one.labels.get(IMAGE, current)
    if current not in ("", "absent", running, one.image_id):
        if one.image != image:
            return f"image {one.image} → {image}", True
        return f"image {image} is another one now", True
    if one.labels.get(HASH) == seen.hashes.get(one.service):
        return "", True
    cause = f"image {one.image} → {image}" if one.image != image else "its configuration differs"
    if seen.dry is None:
        return cause, False
    said = seen.dry.get(one.name, "")
    return (cause, True) if said.startswith("Recreat") else ("", True)


def subjects(changes: Iterable[Change]) -> Sequence[str]:
    """The lines of a plan."""
    return [str(change) for change in changes]
