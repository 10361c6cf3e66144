"""`raw`: run text by the shell of the session, as it stands."""

from __future__ import annotations

from deployer.model.values import dataclass
from deployer.sdk import Command, Outcome, Refused, Reply, Script, arg, sh
from deployer.sdk.commands import conclude_run, output_values
from deployer.sdk.kinds import Manual

EVAL = sh('eval "$1"')
BY = sh('exec "$1" -c "$2"')


@dataclass(frozen=True, slots=True)
class Args:
    cmd: str = arg("", doc="What to run.", free_form=True)
    executable: str | None = arg(None, doc="Absolute path of the shell to use instead.")


def script(args: Args) -> Script:
    """Through the session's own shell, or the one that is named."""
    if not args.cmd.strip():
        raise Refused("no command given")
    if args.executable:
        return BY(args.executable, args.cmd, exposed=True)
    return EVAL(args.cmd, exposed=True)


def conclude(_args: Args, reply: Reply) -> Outcome:
    """Ansible's values of raw: no `cmd`, no times."""
    return conclude_run(reply, output_values(reply))


MODULE = Command(
    name="raw",
    args=Args,
    live=True,
    script=script,
    conclude=conclude,
    status_tells=True,
    manual=Manual(
        summary="Run text by the shell of the login, without looking at it.",
        returns={
            "rc": "Exit status.",
            "stdout": "Standard output; `stdout_lines` is the same as a list.",
            "stderr": "Standard error; `stderr_lines` is the same as a list.",
        },
        example="""
- raw: cat /etc/os-release
  changed_when: false
""",
    ),
)
