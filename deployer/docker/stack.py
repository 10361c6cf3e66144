"""What deploying a stack would change: the file's services against the live ones, fact by fact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from deployer.docker.convergence import Expected
from deployer.docker.stack_facts import (
    CONFIDENTIAL,
    Difference,
    Facts,
    differences,
    facts,
    in_words,
)
from deployer.docker.stack_looking import Live, Seen, namespace_of
from deployer.docker.stack_names import IMAGE_LABEL, Names
from deployer.docker.stack_service import mode, service_spec, unknown_keys
from deployer.docker.stack_values import image_reference, without_digest
from deployer.model.values import dataclass
from deployer.sdk import Refused

_IMAGE = f"label {IMAGE_LABEL}"
#: Facts that do not replace tasks when they change.
_QUIET = ("label ", "replicas", "update_config ", "rollback_config ", "mode ")
#: Causes that a plan line lists before it says "and N more".
SHOWN = 4


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """One service of the file (or one that only lives): what differs, and what is not known.

    `differs` maps each fact to (before, after); `unsure` says in words what cannot be compared.
    """

    name: str
    live: Live | None = None
    wanted: Facts = field(default_factory=dict)
    before: Facts = field(default_factory=dict)
    differs: Mapping[str, Difference] = field(default_factory=dict)
    unsure: tuple[str, ...] = ()
    extra: bool = False

    @property
    def cause(self) -> str:
        """Why it is to be changed, in words; empty where it is not."""
        if self.live is None:
            return "absent"
        shown = [name for name in self.differs if name != _IMAGE or "image" not in self.differs]
        said = [in_words(name, *self.differs[name]) for name in shown]
        if len(said) > SHOWN:
            said = [*said[: SHOWN - 1], f"and {len(said) - SHOWN + 1} more"]
        return ", ".join(said)

    @property
    def rollout(self) -> bool | None:
        """Whether its tasks are replaced when it is deployed; None: perhaps."""
        if self.live is None:
            return False
        if any(not name.startswith(_QUIET) for name in self.differs):
            return True if self.live.count.partition("/")[2] != "0" else None
        return None if self.unsure else False

    @property
    def checked(self) -> bool:
        """Whether the file gives it a health check."""
        return "healthcheck test" in self.wanted

    def expected(self, *, idle: bool = False) -> Expected:
        """How it is waited for."""
        rollout = False if idle else self.rollout
        stable = not (self.checked or idle)
        return Expected(self.name, rollout, stable=stable, idle=idle, new=self.live is None)


@dataclass(frozen=True, slots=True)
class StackPlan:
    """All that a deployment would do. `unsure` is what cannot be known beforehand."""

    services: tuple[ServicePlan, ...] = ()
    create: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()

    @property
    def wanted(self) -> tuple[ServicePlan, ...]:
        """The services of the file."""
        return tuple(plan for plan in self.services if not plan.extra)

    @property
    def extra(self) -> tuple[ServicePlan, ...]:
        """Live services that the file does not have."""
        return tuple(plan for plan in self.services if plan.extra)


def plan_stack(stack: str, seen: Seen, resolve_image: str) -> StackPlan:
    """The plan of a deployment; raises Refused for what docker would refuse.

    `seen.file` must be there.
    """
    names = Names(stack, seen.file or {}, seen.known)
    _need_externals(names)
    wanted: Mapping[str, Any] = (seen.file or {}).get("services") or {}
    plans = [
        plan_service(names, name, service or {}, seen, resolve_image)
        for name, service in wanted.items()
    ]
    for plan, service in zip(plans, wanted.values(), strict=True):
        _need_mode(plan, service or {})
    known = {plan.name for plan in plans}
    plans += [
        ServicePlan(name, live, extra=True)
        for name, live in seen.services.items()
        if name not in known
    ]
    return StackPlan(tuple(plans), tuple(_creations(names, wanted)), tuple(_files(names, seen)))


def plan_service(
    names: Names, name: str, service: Mapping[str, Any], seen: Seen, resolve_image: str
) -> ServicePlan:
    """One service of the file against the live one."""
    full = names.scoped(name)
    live = seen.services.get(full)
    unsure = [f"`{key}` is not compared" for key in unknown_keys(service)]
    try:
        spec = service_spec(names, name, service)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return ServicePlan(full, live, unsure=(f"it cannot be compared: {error}",))
    wanted = facts(spec, names.known)
    before = facts(live.spec, names.known) if live else {}
    image = str(service.get("image", ""))
    wanted["image"], doubt = _image(image, before.get("image", ""), seen, resolve_image)
    differs = differences(before, wanted) if live else {}
    return ServicePlan(full, live, wanted, before, differs, (*unsure, *doubt))


def _image(image: str, live: str, seen: Seen, resolve_image: str) -> tuple[str, tuple[str, ...]]:
    """The image that a deployment would put into the service, and what is not known of it."""
    plain = image_reference(image)
    same = without_digest(live) == plain
    if resolve_image != "always" or "@" in plain:
        return (live if same else plain), ()
    said = seen.digests.get(image, "none")
    if said.startswith("sha"):
        return f"{plain}@{said}", ()
    if said == "none" or not same:
        # As docker: without an answer of the registry the tag is used as it is.
        return plain, ()
    return live, (f"the registry could not be asked for {image}",)


def _need_externals(names: Names) -> None:
    """Refuses where an external network, secret or config that a service uses does not exist."""
    missing = []
    for topic in ("networks", "secrets", "configs"):
        if topic not in names.known:
            continue
        for name in names.file.get(topic) or {}:
            real = names.real(topic, name)
            if not names.external(topic, name) or names.id_of(topic, real):
                continue
            if topic == "networks" and real in ("host", "bridge", "none"):
                continue
            missing.append(f"{topic.removesuffix('s')} `{real}`")
    if missing:
        raise Refused(
            f"external to the stack and not in the swarm: {', '.join(missing)} "
            f"(create them first: `docker_network`, `docker_secret`, `docker_config`)"
        )


def _need_mode(plan: ServicePlan, service: Mapping[str, Any]) -> None:
    """Refuses another kind of service under the name of one that is there: docker would, midway."""
    (wanted,) = mode(service.get("deploy") or {})
    present = plan.live.spec.get("Mode") if plan.live else None
    if present and wanted not in present:
        raise Refused(
            f"service `{plan.name}` is {' '.join(present)}, wanted {wanted}, and swarm cannot "
            f"change that: give it another name, or remove it first (`docker service rm`)"
        )


def _creations(names: Names, services: Mapping[str, Any]) -> list[str]:
    """Networks, secrets and configs of the stack that do not exist yet."""
    used = {
        str(network)
        for service in services.values()
        for network in ((service or {}).get("networks") or ("default",))
    }
    found = []
    for network in sorted(used):
        if not names.external("networks", network):
            real = names.real("networks", network)
            found += [] if names.id_of("networks", real) else [f"network {real}"]
    for topic in ("secrets", "configs"):
        for name in names.file.get(topic) or {}:
            real = names.real(topic, name)
            if not names.external(topic, name) and not names.id_of(topic, real):
                found.append(f"{topic.removesuffix('s')} {real}")
    return found


def _files(names: Names, seen: Seen) -> list[str]:
    """What cannot be known of secrets made of files; refuses configs that would have to change."""
    unsure = []
    for name, given in (names.file.get("secrets") or {}).items():
        real = names.real("secrets", name)
        if (given or {}).get("file") and names.id_of("secrets", real):
            unsure.append(f"what secret {real} holds cannot be compared with its file")
    for name, given in (names.file.get("configs") or {}).items():
        real, path = names.real("configs", name), str((given or {}).get("file") or "")
        if not path or real not in seen.data:
            continue
        if seen.sums.get(path, "unreadable") == "unreadable":
            unsure.append(f"config {real} cannot be compared with {path}")
        elif seen.sums[path] != seen.data[real]:
            raise Refused(
                f"config `{real}` holds something else than {path}, and swarm cannot change a "
                f"config: give it another `name:` in the stack file whenever the file changes"
            )
    return unsure


def spec_diff(plans: Sequence[ServicePlan]) -> dict[str, Any]:
    """`stack_spec_diff`: service -> fact -> before and after; values that may be private are not
    in it."""
    shown: dict[str, Any] = {}
    for plan in plans:
        if plan.live is None:
            shown[plan.name] = {"$insert": sorted(plan.wanted)}
            continue
        for name, (before, after) in plan.differs.items():
            hidden = name.startswith(CONFIDENTIAL)
            pair: dict[str, Any] = {"before": before, "after": after}
            shown.setdefault(plan.name, {})[name] = {"changed": True} if hidden else pair
    return shown


def changed_between(
    before: Mapping[str, Live], after: Mapping[str, Live], known: Mapping[str, Mapping[str, str]]
) -> dict[str, Mapping[str, Difference]]:
    """What a deployment really changed: service -> differing facts.

    New services and those that are gone have none, nor have jobs: a deployment runs them again.
    """
    found: dict[str, Mapping[str, Difference]] = {}
    for name in sorted({*before, *after}):
        if name not in before or name not in after or after[name].job:
            found[name] = {}
            continue
        pair = facts(before[name].spec, known), facts(after[name].spec, known)
        differs = differences(*pair)
        if differs:
            found[name] = differs
    return found


def belongs(live: Live, stack: str) -> bool:
    """Whether a service carries the stack's label."""
    return namespace_of(live.spec) == stack
