"""`shell`: run a command line by a shell on the host."""

from __future__ import annotations

from deployer.model.values import dataclass
from deployer.sdk import Command, Outcome, Refused, Reply, Script, arg, sh
from deployer.sdk.commands import (
    RETURNS,
    CommandArgs,
    conclude_command,
    probe_files,
    skip_by_files,
)
from deployer.sdk.files.look import PATHS
from deployer.sdk.kinds import Manual

#: $1 directory, $2 shell, $3 the command line.
RUN = sh(
    r"""
p=$1
d_expand
if [ -n "$p" ]; then cd -- "$p" || exit 1; fi
exec "$2" -c "$3"
""",
    uses=(PATHS,),
)


@dataclass(frozen=True, slots=True)
class Args(CommandArgs):
    executable: str = arg("/bin/sh", doc="Absolute path of the shell to use.")


def script(args: Args) -> Script:
    if not args.cmd.strip():
        raise Refused("no command given")
    return RUN(args.chdir, args.executable, args.cmd, stdin=args.payload, exposed=True)


def conclude(args: Args, reply: Reply) -> Outcome:
    return conclude_command(args, reply, args.cmd)


MODULE = Command(
    name="shell",
    args=Args,
    live=True,
    script=script,
    conclude=conclude,
    status_tells=True,
    probe=probe_files,
    skip=skip_by_files,
    manual=Manual(
        summary="Run a command line by a shell: with pipes, redirections and variables.",
        returns=RETURNS,
        example="""
- name: Dump the database
  shell: pg_dump app | gzip > /var/backups/app.sql.gz
  args:
    executable: /bin/bash
    creates: /var/backups/app.sql.gz
""",
    ),
)
