"""`command`: run a program without a shell."""

from __future__ import annotations

from deployer.model.values import dataclass
from deployer.sdk import Command, Outcome, Refused, Reply, Script, arg, sh
from deployer.sdk.commands import (
    RETURNS,
    CommandArgs,
    conclude_command,
    probe_files,
    skip_by_files,
    words,
)
from deployer.sdk.files.look import PATHS
from deployer.sdk.kinds import Manual

#: $1 directory, then the program and its arguments.
RUN = sh(
    r"""
p=$1
d_expand
if [ -n "$p" ]; then cd -- "$p" || exit 1; fi
shift
exec "$@"
""",
    uses=(PATHS,),
)

#: The same, with ~ and $NAMES of the host's environment expanded, without a shell's quoting rules.
EXPAND = sh(
    r"""
p=$1
d_expand
if [ -n "$p" ]; then cd -- "$p" || exit 1; fi
shift
for word do
    shift
    p=$word
    d_expand
    set -- "$@" "$p"
done
exec "$@"
""",
    uses=(PATHS,),
)


@dataclass(frozen=True, slots=True)
class Args(CommandArgs):
    argv: list[str] = arg(list, doc="The program and its arguments as a list, instead of text.")
    expand_argument_vars: bool = arg(True, doc="Expand `$NAME` in arguments, as Ansible does.")


def argv_of(args: Args) -> list[str]:
    """The words to run; raises Refused for none and for two commands."""
    if args.argv and args.cmd:
        raise Refused("only one of cmd and argv can be given")
    argv = list(args.argv) or words(args.cmd)
    if not argv:
        raise Refused("no command given")
    return argv


def script(args: Args) -> Script:
    """The program with its arguments as positional parameters; nothing is parsed by a shell."""
    argv = argv_of(args)
    special = any("$" in word or word.startswith("~") for word in argv)
    fragment = EXPAND if args.expand_argument_vars and special else RUN
    return fragment(args.chdir, *argv, stdin=args.payload, exposed=True)


def conclude(args: Args, reply: Reply) -> Outcome:
    return conclude_command(args, reply, argv_of(args))


MODULE = Command(
    name="command",
    args=Args,
    live=True,
    script=script,
    conclude=conclude,
    status_tells=True,
    probe=probe_files,
    skip=skip_by_files,
    manual=Manual(
        summary="Run a program, without a shell: no pipes, no redirections, no globs.",
        returns=RETURNS,
        example="""
- name: Create the database once
  command: /opt/app/bin/create-db --name app
  args:
    creates: /var/lib/app/db
""",
    ),
)
