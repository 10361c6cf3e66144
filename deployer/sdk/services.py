"""Services of a host: what `service` and `systemd` share.

One probe asks whichever manager runs the host (systemd, OpenRC, System V init scripts) about one
service; `steps` plans what has to be done. Its answer holds no process numbers and no times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import Literal

from deployer.model.change import Change
from deployer.model.errors import ProbeError
from deployer.model.script import Reply, Script
from deployer.model.values import dataclass
from deployer.sdk.kinds import Refused
from deployer.sdk.services_scripts import ACT, ENABLE, LOOK, PROPERTIES, SYSTEMCTL

Manager = Literal["systemd", "openrc", "sysv", "none"]


@dataclass(frozen=True, slots=True)
class Service:
    """What the host says of a service. `running` None: its script cannot tell."""

    manager: Manager
    known: bool = False
    running: bool | None = False
    deactivating: bool = False
    enabled: bool | None = None
    masked: bool = False
    status: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a task asks for; None leaves it as it is."""

    name: str = ""
    state: Literal["started", "stopped", "restarted", "reloaded"] | None = None
    enabled: bool | None = None
    masked: bool | None = None
    daemon_reload: bool = False
    daemon_reexec: bool = False
    scope: str = ""
    no_block: bool = False
    force: bool = False
    use: str = ""
    pattern: str = ""
    runlevel: str = "default"
    sleep: str = ""
    arguments: tuple[str, ...] = ()


def look(wanted: Wanted) -> Script:
    """The probe."""
    if wanted.name.startswith("-") or "/" in wanted.name or "\n" in wanted.name:
        raise Refused(f"`{wanted.name}` cannot be the name of a service")
    details = (wanted.pattern, wanted.runlevel, PROPERTIES)
    return LOOK(wanted.name, wanted.use, wanted.scope, *details)


def read(reply: Reply) -> Service:
    """The probe's answer; raises ProbeError where the manager does not answer."""
    facts = dict(line.partition(" ")[::2] for line in reply.out.splitlines() if "=" not in line)
    manager = facts.get("manager", "")
    if not reply.ok or manager not in ("systemd", "openrc", "sysv", "none"):
        raise ProbeError(f"cannot ask about services: {(reply.err or reply.out).strip()}")
    if manager == "systemd":
        shown = dict(line.partition("=")[::2] for line in reply.out.splitlines() if "=" in line)
        return _unit(shown, "links" in facts)
    running = {"yes": True, "no": False}.get(facts.get("running", "no"))
    kind: Manager = "openrc" if manager == "openrc" else "sysv" if manager == "sysv" else "none"
    return Service(kind, "script" in facts, running, enabled="links" in facts)


def _unit(shown: Mapping[str, str], links: bool) -> Service:
    """`systemctl show`. What cannot be enabled or disabled (static, …) counts as both: None."""
    active = shown.get("ActiveState", "")
    load, unit_file = shown.get("LoadState", ""), shown.get("UnitFileState", "")
    enabled: bool | None = unit_file in ("enabled", "linked")
    if unit_file in ("static", "indirect", "alias", "transient"):
        enabled = None
    elif unit_file in ("generated", ""):
        enabled = links
    return Service(
        manager="systemd",
        known=load not in ("not-found", ""),
        running=active in ("active", "activating", "reloading", "refreshing"),
        deactivating=active == "deactivating",
        enabled=enabled,
        masked=load == "masked" or unit_file in ("masked", "masked-runtime"),
        status=shown,
    )


def steps(wanted: Wanted, service: Service) -> list[Change]:
    """In Ansible's order: re-execute, reload, mask, enable, then the state."""
    if service.manager == "none":
        raise Refused("found no service manager on this host: no systemd, OpenRC or init scripts")
    changes = [*_daemon(wanted, service), *_switches(wanted, service), *_state(wanted, service)]
    if changes:
        changes[-1] = replace(changes[-1], script=changes[-1].script + look(wanted))
    return changes


def _daemon(wanted: Wanted, service: Service) -> Iterator[Change]:
    """Reading unit files again changes nothing that was described: it does not count."""
    if service.manager != "systemd":
        return
    for asked, word in ((wanted.daemon_reexec, "reexec"), (wanted.daemon_reload, "reload")):
        if asked:
            script = SYSTEMCTL(wanted.scope, f"daemon-{word}")
            yield Change(word, "systemd", "asked for", script, counts=False)


def _switches(wanted: Wanted, service: Service) -> Iterator[Change]:
    flags = [*(["--force"] if wanted.force else []), "--"]
    subject = f"service {wanted.name}"
    if wanted.masked is not None and wanted.masked != service.masked:
        if service.manager != "systemd":
            raise Refused("`masked` needs systemd")
        verb, cause = ("mask", "not masked") if wanted.masked else ("unmask", "masked")
        yield Change(verb, subject, cause, SYSTEMCTL(wanted.scope, verb, *flags, wanted.name))
    if wanted.enabled is None or service.enabled in (wanted.enabled, None):
        return
    verb, cause = ("enable", "disabled") if wanted.enabled else ("disable", "enabled")
    if service.manager == "systemd":
        script = SYSTEMCTL(wanted.scope, verb, *flags, wanted.name)
    else:
        script = ENABLE(service.manager, wanted.name, verb, wanted.runlevel)
    yield Change(verb, subject, cause if service.known else "not found", script)


def _state(wanted: Wanted, service: Service) -> Iterator[Change]:
    """As Ansible: a restart always happens, and starts what is stopped; so does a reload."""
    if wanted.state is None:
        return
    action, cause = wanted.state.removesuffix("ped").removesuffix("ed"), "asked for"
    if wanted.state == "started" or (service.running is False and action in ("restart", "reload")):
        if service.running:
            return
        action, cause = "start", "stopped"
    elif wanted.state == "stopped":
        if service.running is False and not service.deactivating and service.known:
            return
        cause = "running"
    if not service.known:
        cause = "not found"
    elif service.running is None:
        cause = "its status is not known"
    certain = service.running is not None
    subject = f"service {wanted.name}"
    yield Change(action, subject, cause, _action(wanted, service, action), certain=certain)


def _action(wanted: Wanted, service: Service, action: str) -> Script:
    if service.manager == "systemd":
        block = ["--no-block"] if wanted.no_block else []
        return SYSTEMCTL(wanted.scope, action, *block, "--", wanted.name)
    return ACT(service.manager, wanted.name, action, wanted.sleep, *wanted.arguments)


def described(wanted: Wanted, service: Service) -> dict[str, object]:
    """The return values that both modules have."""
    values: dict[str, object] = {"name": wanted.name}
    if wanted.state is not None:
        values["state"] = "stopped" if wanted.state == "stopped" else "started"
    if wanted.enabled is not None:
        values["enabled"] = wanted.enabled
    if service.manager == "systemd" and wanted.name:
        values["status"] = dict(service.status)
    return values
