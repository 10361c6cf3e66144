"""`service`: a service of the host, whatever manages it."""

from __future__ import annotations

import shlex
from typing import Literal

from deployer.model.values import dataclass
from deployer.sdk import Change, Outcome, Refused, Reply, Resource, Script, arg, failure
from deployer.sdk.kinds import Manual
from deployer.sdk.services import Service, Wanted, described, look, read, steps

#: Ansible's names of the managers, and ours.
MANAGERS = {
    "auto": "",
    "service": "",
    "systemd": "systemd",
    "systemd_service": "systemd",
    "openrc": "openrc",
    "sysvinit": "sysv",
}


@dataclass(frozen=True, slots=True)
class Args:
    name: str = arg(doc="Name of the service.")
    state: Literal["started", "stopped", "restarted", "reloaded"] | None = arg(
        None, doc="`restarted` and `reloaded` act every time."
    )
    enabled: bool | None = arg(None, doc="Whether it starts with the host.")
    pattern: str = arg("", doc="Text to look for among the processes, instead of asking a script.")
    sleep: int | None = arg(None, doc="Seconds between stop and start of a restart.")
    arguments: str = arg("", doc="More words for its init script.", aliases=("args",))
    runlevel: str = arg("default", doc="The runlevel of OpenRC.")
    use: str = arg("auto", doc="Its manager: auto, systemd, openrc or sysvinit.")
    daemon_reload: bool = arg(
        False, doc="systemd: read unit files again first.", aliases=("daemon-reload",)
    )
    masked: bool | None = arg(None, doc="systemd: whether it must not be started by anything.")

    @property
    def wanted(self) -> Wanted:
        """As the managers are asked for it."""
        use = self.use.removeprefix("ansible.builtin.").removeprefix("ansible.legacy.")
        if use not in MANAGERS:
            raise Refused(f"`use: {self.use}` is not supported yet")
        return Wanted(
            name=self.name,
            state=self.state,
            enabled=self.enabled,
            masked=self.masked,
            daemon_reload=self.daemon_reload,
            use=MANAGERS[use],
            pattern=self.pattern,
            runlevel=self.runlevel,
            sleep="" if self.sleep is None else str(self.sleep),
            arguments=tuple(shlex.split(self.arguments)),
        )


def probe(args: Args) -> Script:
    return look(args.wanted)


def parse(_args: Args, reply: Reply) -> Service:
    return read(reply)


def diff(args: Args, service: Service) -> list[Change]:
    if args.state is None and args.enabled is None and args.masked is None:
        raise Refused("one of `state`, `enabled` and `masked` is needed")
    return steps(args.wanted, service)


def report(args: Args, service: Service) -> Outcome:
    return Outcome(values=described(args.wanted, service))


def conclude(args: Args, _service: Service, reply: Reply) -> Outcome:
    """The last script was the probe once more."""
    if not reply.ok:
        return failure(reply, f"service {args.name}")
    return report(args, read(reply))


MODULE = Resource(
    name="service",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    status_tells=True,
    manual=Manual(
        summary="A service of the host: systemd, OpenRC or init scripts.",
        returns={
            "name": "Its name.",
            "state": "`started` or `stopped`.",
            "enabled": "Whether it starts with the host.",
            "status": "systemd: what `systemctl show` says that does not move by itself.",
        },
        example="""
- service:
    name: nginx
    state: started
    enabled: true
""",
    ),
)
