"""What `command`, `shell`, `script` and `raw` share: arguments, creates/removes, return values."""

from __future__ import annotations

import shlex
from datetime import timedelta

from deployer.model.change import Outcome
from deployer.model.script import NOTHING, Reply, Script, Stdin, sh
from deployer.model.secret import Secret, pieces, reveal
from deployer.model.source import Value
from deployer.model.values import dataclass
from deployer.sdk.arguments import arg
from deployer.sdk.files.look import PATHS
from deployer.sdk.kinds import Refused

RETURNS = {
    "rc": "Exit status.",
    "stdout": "Standard output; `stdout_lines` is the same as a list.",
    "stderr": "Standard error; `stderr_lines` is the same as a list.",
    "cmd": "What was run.",
    "delta": "How long it ran.",
}

#: $1 directory, $2 `creates`, $3 `removes`. Says which of the two speaks against a run. A glob is
#: expanded, as Ansible does; a relative path in a directory that is not there is not there.
LOOK = sh(
    r"""
lost=
if [ -n "$1" ]; then
    p=$1
    d_expand
    cd -- "$p" 2>/dev/null || lost=1
fi
here() {
    p=$1
    d_expand
    case $lost$p in 1[!/]*) return 1 ;; esac
    IFS=
    for found in $p; do
        if [ -e "$found" ] || [ -L "$found" ]; then return 0; fi
    done
    return 1
}
if [ -n "$2" ] && here "$2"; then echo created; fi
if [ -n "$3" ] && ! here "$3"; then echo removed; fi
:
""",
    uses=(PATHS,),
)


@dataclass(frozen=True, slots=True)
class RunArgs:
    """What every module that runs something has: where, and when not."""

    chdir: str = arg("", doc="Change into this directory first.")
    creates: str = arg("", doc="Do not run where this path (or glob) exists.")
    removes: str = arg("", doc="Do not run where this path (or glob) does not exist.")


@dataclass(frozen=True, slots=True)
class CommandArgs(RunArgs):
    """The arguments that `command` and `shell` have."""

    cmd: str = arg("", doc="What to run.", free_form=True)
    stdin: str | None = arg(None, doc="Text for standard input.")
    stdin_add_newline: bool = arg(True, doc="End that text with a newline.")
    strip_empty_ends: bool = arg(True, doc="Strip empty lines from the ends of the outputs.")

    @property
    def payload(self) -> Stdin:
        """Standard input as it is sent."""
        if self.stdin is None:
            return b""
        newline = "\n" if self.stdin_add_newline else ""
        if isinstance(self.stdin, Secret):
            return self.stdin + newline
        return (self.stdin + newline).encode("utf-8", "surrogateescape")


def words(text: str) -> list[str]:
    """The words of a command line by POSIX quoting; keeps a secret a secret."""
    try:
        parts = shlex.split(reveal(text))
    except ValueError as error:
        raise Refused(f"the command cannot be split into words: {error}") from None
    return [*pieces(text, parts)] if isinstance(text, Secret) else parts


def probe_files(args: RunArgs) -> Script:
    """Empty where neither `creates` nor `removes` is given: nothing to ask."""
    if not args.creates and not args.removes:
        return NOTHING
    return LOOK(args.chdir, args.creates, args.removes)


def skip_by_files(args: RunArgs, reply: Reply) -> Outcome | None:
    """Ansible's words for a command that `creates` or `removes` make needless."""
    if "created" in reply.out:
        why = (args.creates, "exists")
    elif "removed" in reply.out:
        why = (args.removes, "does not exist")
    else:
        return None
    stdout = f"skipped, since {why[0]} {why[1]}"
    values: dict[str, Value] = {"rc": 0, "stdout": stdout, "stdout_lines": [stdout]}
    values |= {"stderr": "", "stderr_lines": []}
    msg = f"Did not run command since '{why[0]}' {why[1]}"
    return Outcome(changed=False, msg=msg, values=values)


def output_values(reply: Reply, *, strip: bool = False) -> dict[str, Value]:
    """Both outputs, as text and as lines, and the exit status."""
    out, err = reply.out, reply.err
    if strip:
        out, err = out.rstrip("\r\n"), err.rstrip("\r\n")
    return {
        "rc": reply.code,
        "stdout": out,
        "stderr": err,
        "stdout_lines": out.splitlines(),
        "stderr_lines": err.splitlines(),
    }


def conclude_run(reply: Reply, values: dict[str, Value]) -> Outcome:
    """Something that ran: changed, and failed where the exit status is not 0."""
    msg = "non-zero return code" if reply.code else ""
    return Outcome(changed=True, failed=reply.code != 0, msg=msg, values=values)


def conclude_command(args: CommandArgs, reply: Reply, cmd: list[str] | str) -> Outcome:
    """Ansible's return values of a command that ran."""
    values = {"cmd": cmd, "msg": "", **output_values(reply, strip=args.strip_empty_ends)}
    values["delta"] = str(timedelta(seconds=reply.seconds))
    return conclude_run(reply, values)
