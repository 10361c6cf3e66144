"""What `command`, `shell`, `script` and `raw` share: arguments, creates/removes, return values."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TypeVar

from deployer.model.change import Outcome
from deployer.model.script import NOTHING, Reply, Script, Stdin, sh
from deployer.model.secret import Secret, reveal
from deployer.sdk.arguments import arg
from deployer.sdk.kinds import Refused

#: Says which of `creates` and `removes` is there. A glob is expanded, as Ansible does.
LOOK = sh("""
if [ -n "$1" ]; then cd -- "$1" 2>/dev/null || :; fi
here() {
    IFS=
    for found in $1; do
        if [ -e "$found" ] || [ -L "$found" ]; then return 0; fi
    done
    return 1
}
if [ -n "$2" ] && here "$2"; then echo created; fi
if [ -n "$3" ] && ! here "$3"; then echo removed; fi
:
""")


@dataclass(frozen=True, slots=True)
class CommandArgs:
    """The arguments that all of them have."""

    cmd: str = arg("", doc="What to run.", free_form=True)
    chdir: str = arg("", doc="Change into this directory first.")
    creates: str = arg("", doc="Do not run where this path (or glob) exists.")
    removes: str = arg("", doc="Do not run where this path (or glob) does not exist.")
    stdin: str | None = arg(None, doc="Text for standard input.")
    stdin_add_newline: bool = arg(True, doc="End that text with a newline.")
    strip_empty_ends: bool = arg(True, doc="Strip empty lines from the ends of the outputs.")

    @property
    def payload(self) -> Stdin:
        """Standard input as it is sent."""
        if self.stdin is None:
            return b""
        newline = "\n" if self.stdin_add_newline and not self.stdin.endswith("\n") else ""
        if isinstance(self.stdin, Secret):
            return self.stdin + newline
        return (self.stdin + newline).encode()


C = TypeVar("C", bound=CommandArgs)


def words(text: str) -> list[str]:
    """The words of a command line by POSIX quoting; keeps a secret a secret."""
    try:
        parts = shlex.split(reveal(text))
    except ValueError as error:
        raise Refused(f"the command cannot be split into words: {error}") from None
    return [Secret(part) for part in parts] if isinstance(text, Secret) else parts


def probe_files(args: CommandArgs) -> Script:
    """Empty where neither `creates` nor `removes` is given: nothing to ask."""
    if not args.creates and not args.removes:
        return NOTHING
    return LOOK(args.chdir, args.creates, args.removes)


def skip_by_files(args: CommandArgs, reply: Reply) -> Outcome | None:
    """Ansible's words for a command that `creates` or `removes` make needless."""
    if "created" in reply.out:
        msg = f"Did not run command since '{args.creates}' exists"
    elif "removed" in reply.out:
        msg = f"Did not run command since '{args.removes}' does not exist"
    else:
        return None
    values = {"rc": 0, "stdout": msg.replace("Did not run command since", "skipped, since")}
    values |= {"stdout_lines": [values["stdout"]], "stderr": "", "stderr_lines": []}
    return Outcome(changed=False, msg=msg, values=values)


def conclude_command(args: CommandArgs, reply: Reply, cmd: list[str] | str) -> Outcome:
    """Ansible's return values of a command that ran."""
    out, err = reply.out, reply.err
    if args.strip_empty_ends:
        out, err = out.rstrip("\r\n"), err.rstrip("\r\n")
    values = {
        "cmd": cmd,
        "rc": reply.code,
        "stdout": out,
        "stderr": err,
        "stdout_lines": out.splitlines(),
        "stderr_lines": err.splitlines(),
        "delta": f"0:00:{reply.seconds:09.6f}" if reply.seconds < 60 else f"{reply.seconds:.6f}",
    }
    failed = reply.code != 0
    return Outcome(
        changed=True, failed=failed, msg="non-zero return code" if failed else "", values=values
    )
