"""`systemd` (`systemd_service`): a unit of systemd."""

from __future__ import annotations

from typing import Literal

from deployer.model.values import dataclass
from deployer.sdk import Change, Outcome, Refused, Reply, Resource, Script, arg, failure
from deployer.sdk.kinds import Manual
from deployer.sdk.services import Service, Wanted, described, look, read, steps

NO_SYSTEMD = "this host is not run by systemd"


@dataclass(frozen=True, slots=True)
class Args:
    name: str = arg("", doc="Name of the unit.", aliases=("service", "unit"))
    state: Literal["started", "stopped", "restarted", "reloaded"] | None = arg(
        None, doc="`restarted` and `reloaded` act every time."
    )
    enabled: bool | None = arg(None, doc="Whether it starts with the host.")
    masked: bool | None = arg(None, doc="Whether it must not be started by anything.")
    daemon_reload: bool = arg(False, doc="Read unit files again first.", aliases=("daemon-reload",))
    daemon_reexec: bool = arg(
        False, doc="Restart the manager itself first.", aliases=("daemon-reexec",)
    )
    scope: Literal["system", "user", "global"] = arg(
        "system", doc="Whose manager: the system's, the logged-in user's, or that of all users."
    )
    no_block: bool = arg(False, doc="Do not wait until it is done.")
    force: bool = arg(False, doc="Override links that are in the way.")

    @property
    def wanted(self) -> Wanted:
        """As the manager is asked for it."""
        return Wanted(
            name=self.name,
            state=self.state,
            enabled=self.enabled,
            masked=self.masked,
            daemon_reload=self.daemon_reload,
            daemon_reexec=self.daemon_reexec,
            scope="" if self.scope == "system" else f"--{self.scope}",
            no_block=self.no_block,
            force=self.force,
        )


def probe(args: Args) -> Script:
    return look(args.wanted)


def parse(_args: Args, reply: Reply) -> Service:
    return read(reply)


def diff(args: Args, service: Service) -> list[Change]:
    unit = args.state or args.enabled is not None or args.masked is not None
    if unit and not args.name:
        raise Refused("`state`, `enabled` and `masked` need a `name`")
    if not unit and not args.daemon_reload and not args.daemon_reexec:
        raise Refused("one of `state`, `enabled`, `masked`, `daemon_reload` is needed")
    if service.manager != "systemd":
        raise Refused(NO_SYSTEMD)
    return steps(args.wanted, service)


def report(args: Args, service: Service) -> Outcome:
    return Outcome(values=described(args.wanted, service))


def conclude(args: Args, _service: Service, reply: Reply) -> Outcome:
    """The last script was the probe once more."""
    if not reply.ok:
        return failure(reply, f"unit {args.name}" if args.name else "systemd")
    return report(args, read(reply))


MODULE = Resource(
    name="systemd",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    status_tells=True,
    manual=Manual(
        summary="A unit of systemd.",
        returns={
            "name": "Its name.",
            "state": "`started` or `stopped`.",
            "enabled": "Whether it starts with the host.",
            "status": "What `systemctl show` says that does not move by itself.",
        },
        example="""
- systemd:
    name: app.service
    state: restarted
    enabled: true
    daemon_reload: true
""",
    ),
)
