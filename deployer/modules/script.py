"""`script`: run a script of the controller on the host."""

from __future__ import annotations

import posixpath

from deployer.model.values import dataclass
from deployer.sdk import Command, LocalScript, Outcome, Refused, Reply, Script, arg, sh
from deployer.sdk.commands import (
    RETURNS,
    RunArgs,
    conclude_run,
    output_values,
    probe_files,
    skip_by_files,
    words,
)
from deployer.sdk.files import PATHS
from deployer.sdk.kinds import Manual

#: $1 directory, $2 name of the script, $3 how many of the words that follow run it (`python3 -u`);
#: the rest are its arguments. The script comes on standard input and is removed afterwards.
RUN = sh(
    r"""
t=$(mktemp -d "${TMPDIR:-/tmp}/deploy.XXXXXXXXXX") || exit 1
trap 'rm -rf -- "$t"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
script=$t/$2
cat >"$script" || exit 1
chmod 0700 -- "$script" || exit 1
p=$1
d_expand
if [ -n "$p" ]; then cd -- "$p" || exit 1; fi
count=$3
shift 3
for word do
    shift
    if [ "$count" = 0 ]; then set -- "$@" "$script"; fi
    count=$((count - 1))
    p=$word
    d_expand
    set -- "$@" "$p"
done
if [ "$count" -ge 0 ]; then set -- "$@" "$script"; fi
"$@" </dev/null
""",
    uses=(PATHS,),
)


@dataclass(frozen=True, slots=True)
class Args(RunArgs):
    cmd: LocalScript | None = arg(
        None, doc="The script on the controller, and its arguments.", kind="script", free_form=True
    )
    executable: str | None = arg(None, doc="What runs it, instead of its first line.")
    decrypt: bool = arg(True, doc="Decrypt the script if it is in a vault.")


def script(args: Args) -> Script:
    if args.cmd is None:
        raise Refused("no script given")
    runner = words(args.executable or "")
    return RUN(
        args.chdir,
        posixpath.basename(args.cmd.file.path),
        str(len(runner)),
        *runner,
        *args.cmd.words,
        stdin=args.cmd.file,
        exposed=True,
    )


def conclude(_args: Args, reply: Reply) -> Outcome:
    return conclude_run(reply, output_values(reply))


MODULE = Command(
    name="script",
    args=Args,
    live=True,
    script=script,
    conclude=conclude,
    status_tells=True,
    probe=probe_files,
    skip=skip_by_files,
    manual=Manual(
        summary="Send a script to the host, run it there, remove it.",
        returns={name: text for name, text in RETURNS.items() if name not in ("cmd", "delta")},
        notes=("Its arguments are words: no shell reads them, but ~ and $NAMES are expanded.",),
        example="""
- name: Prepare the disk once
  script: prepare-disk.sh /dev/sdb "{{ disk_label }}"
  args:
    creates: /srv/data/.prepared
""",
    ),
)
