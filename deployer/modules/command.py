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

#: How `not_run` begins.
NOT_RUN = "deploy: cannot run: "

#: `enter DIRECTORY` and `run_program PROGRAM ARGUMENT…`. What could not even begin has a status of
#: Ansible's (1, 2, 13) and says so: shells have words of their own for it.
BEGIN = sh(
    r"""
not_run() {
    printf 'deploy: cannot run: %s\n' "$2" >&2
    exit "$1"
}
enter() {
    p=$1
    d_expand
    if [ -n "$p" ]; then cd -- "$p" 2>/dev/null || not_run 1 "cannot change to the directory $p"; fi
}
run_program() {
    case $1 in
    */*)
        [ -e "$1" ] || not_run 2 "no such file: $1"
        if [ -d "$1" ] || [ ! -x "$1" ]; then not_run 13 "$1 is not executable"; fi
        ;;
    *) command -v "$1" >/dev/null || not_run 2 "no program \`$1\` on this host" ;;
    esac
    exec "$@"
}
""",
    uses=(PATHS,),
)

#: $1 directory, then the program and its arguments.
RUN = sh(
    """
enter "$1"
shift
run_program "$@"
""",
    uses=(BEGIN,),
)

#: The same, with ~ and $NAMES of the host's environment expanded, without a shell's quoting rules.
EXPAND = sh(
    """
enter "$1"
shift
for word do
    shift
    p=$word
    d_expand
    set -- "$@" "$p"
done
run_program "$@"
""",
    uses=(BEGIN,),
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
    argv = argv_of(args)
    outcome = conclude_command(args, reply, argv)
    if reply.code not in (1, 2, 13) or not reply.err.startswith(NOT_RUN):
        return outcome
    said = reply.err.removeprefix(NOT_RUN).strip()
    values = {**outcome.values, "stderr": "", "stderr_lines": []}
    return Outcome(
        changed=False, failed=True, msg=f"Error executing command: {said}", values=values
    )


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
        notes=(
            "A program that is not there has `rc` 2, one that cannot be executed 13; nothing has "
            "changed then.",
        ),
    ),
)
