"""`command`: run a program without a shell."""

from __future__ import annotations

from dataclasses import dataclass

from deployer.sdk import Command, Outcome, Refused, Reply, Script, arg, sh
from deployer.sdk.commands import CommandArgs, conclude_command, probe_files, skip_by_files, words
from deployer.sdk.kinds import Manual

RUN = sh("""
if [ -n "$1" ]; then cd -- "$1" || exit 1; fi
shift
exec "$@"
""")


@dataclass(frozen=True, slots=True)
class Args(CommandArgs):
    argv: list[str] = arg(list, doc="The program and its arguments as a list, instead of text.")
    expand_argument_vars: bool = arg(True, doc="Expand `$NAME` in arguments, as Ansible does.")


EXPAND = sh("""
if [ -n "$1" ]; then cd -- "$1" || exit 1; fi
shift
for word do
    shift
    case $word in
    *\\$*) word=$(awk 'BEGIN {
        text = ARGV[1]; out = ""
        while (match(text, /\\$([A-Za-z_][A-Za-z0-9_]*|\\{[A-Za-z_][A-Za-z0-9_]*\\})/)) {
            name = substr(text, RSTART + 1, RLENGTH - 1)
            gsub(/[{}]/, "", name)
            found = (name in ENVIRON) ? ENVIRON[name] : substr(text, RSTART, RLENGTH)
            out = out substr(text, 1, RSTART - 1) found
            text = substr(text, RSTART + RLENGTH)
        }
        printf "%s%s", out, text
    }' "$word") ;;
    esac
    set -- "$@" "$word"
done
exec "$@"
""")


def script(args: Args) -> Script:
    """The program with its arguments as positional parameters; nothing is parsed by a shell."""
    argv = list(args.argv) or words(args.cmd)
    if not argv:
        raise Refused("no command given")
    expand = args.expand_argument_vars and any("$" in word for word in argv)
    fragment = EXPAND if expand else RUN
    return fragment(args.chdir, *argv, stdin=args.payload, exposed=True)


def conclude(args: Args, reply: Reply) -> Outcome:
    return conclude_command(args, reply, list(args.argv) or words(args.cmd))


MODULE = Command(
    name="command",
    args=Args,
    script=script,
    conclude=conclude,
    probe=probe_files,
    skip=skip_by_files,
    manual=Manual(
        summary="Run a program, without a shell: no pipes, no redirections, no globs.",
        returns={
            "rc": "Exit status.",
            "stdout": "Standard output; `stdout_lines` is the same as a list.",
            "stderr": "Standard error; `stderr_lines` is the same as a list.",
            "cmd": "The program and its arguments.",
            "start": "When it started (host time is not asked: the controller's clock).",
            "delta": "How long it ran.",
        },
        example="""
- name: Create the database once
  command: /opt/app/bin/create-db --name app
  args:
    creates: /var/lib/app/db
""",
    ),
)
