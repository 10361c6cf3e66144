"""`cron`: a job or a variable in a user's crontab or in a file of /etc/cron.d."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Sequence
from typing import Literal

from deployer.model.values import dataclass
from deployer.sdk import (
    Change,
    Diff,
    Outcome,
    ProbeError,
    Refused,
    Reply,
    Resource,
    Script,
    Secret,
    Value,
    arg,
    failure,
    reveal,
    sh,
)
from deployer.sdk.files import (
    AttributeArgs,
    FileState,
    Writing,
    backup_of,
    encoded,
    look,
    parse_look,
    write,
)
from deployer.sdk.files.crontab import (
    job_names,
    listed,
    rendered,
    variable_names,
    with_job,
    with_variable,
    without_job,
    without_variable,
)
from deployer.sdk.files.links import REMOVE
from deployer.sdk.files.write import unshown
from deployer.sdk.kinds import Manual

#: Largest crontab in bytes that is edited.
LIMIT = 1024 * 1024

#: $1 user. The listing, after a word on whether there is a `crontab` at all.
LIST = sh(r"""
if ! command -v crontab >/dev/null; then
    echo none
    exit 0
fi
echo crontab
if [ -n "$1" ] && [ "$(id -un)" != "$1" ]; then set -- -u "$1"; else set --; fi
crontab "$@" -l 2>/dev/null || [ $? = 1 ]
""")

#: $1 user, $2 hash of the listing that the change was planned on, $3 keep a backup. The new
#: crontab comes on standard input.
INSTALL = sh(r"""
expected=$2 backup=$3
if [ -n "$1" ] && [ "$(id -un)" != "$1" ]; then set -- -u "$1"; else set --; fi
now=$(crontab "$@" -l 2>/dev/null | sha256sum)
if [ "${now%% *}" != "$expected" ]; then
    echo "the crontab has changed since it was looked at: nothing was written" >&2
    exit 1
fi
if [ -n "$backup" ]; then
    t=$(mktemp "${TMPDIR:-/tmp}/crontab.XXXXXXXXXX") || exit 1
    crontab "$@" -l >"$t" 2>/dev/null || :
    echo "backup $t"
fi
crontab "$@" -
""")


@dataclass(frozen=True, slots=True)
class Args:
    name: str = arg(doc="What the job is called in its comment, or the name of the variable.")
    job: str | None = arg(
        None, doc="The command, or the value of the variable.", aliases=("value",)
    )
    state: Literal["present", "absent"] = arg("present", doc="Whether it is to be there.")
    user: str | None = arg(None, doc="Whose crontab; with `cron_file`, who runs the job.")
    cron_file: str | None = arg(None, doc="A file of its own, relative to /etc/cron.d.")
    minute: str = arg("*", doc="0-59, *, */5, 1,2.")
    hour: str = arg("*", doc="0-23.")
    day: str = arg("*", doc="Day of the month, 1-31.", aliases=("dom",))
    month: str = arg("*", doc="1-12.")
    weekday: str = arg("*", doc="0-6 for Sunday to Saturday.", aliases=("dow",))
    special_time: (
        Literal["annually", "daily", "hourly", "monthly", "reboot", "weekly", "yearly"] | None
    ) = arg(None, doc="A time by its name, instead of the fields.")
    disabled: bool = arg(False, doc="Leave the job in the file as a comment.")
    env: bool = arg(False, doc="Manage a variable of the crontab, not a job.")
    insertafter: str | None = arg(None, doc="Put a new variable behind this one.")
    insertbefore: str | None = arg(None, doc="Put a new variable before this one.")
    backup: bool = arg(False, doc="Keep the crontab as it was.")
    diff_mode: bool = arg(False, doc="Set by --diff.", kind="diff_mode")


@dataclass(frozen=True, slots=True)
class Seen:
    """The crontab: `raw` as it was read, `file` the state of a `cron_file`."""

    raw: bytes
    available: bool = True
    file: FileState | None = None

    @property
    def text(self) -> str:
        text = self.raw.decode("utf-8", "surrogateescape")
        return text if self.file is not None else listed(text)


def path_of(args: Args) -> str:
    return posixpath.join("/etc/cron.d", args.cron_file or "")


def probe(args: Args) -> Script:
    if args.cron_file:
        return look(path_of(args), follow=True, sha256=True, limit=LIMIT)
    return LIST(args.user or "")


def parse(args: Args, reply: Reply) -> Seen:
    if args.cron_file:
        state = parse_look(path_of(args), reply)
        return Seen(state.content or b"", file=state)
    if not reply.ok:
        raise ProbeError(f"cannot read the crontab: {reply.err.strip() or reply.code}")
    word, _, raw = reply.stdout.partition(b"\n")
    return Seen(raw, available=word == b"crontab")


def check(args: Args) -> None:
    """Raise Refused for arguments that contradict each other, as Ansible does."""
    fields = (args.minute, args.hour, args.day, args.month, args.weekday)
    if args.insertafter and args.insertbefore:
        raise Refused("insertafter and insertbefore exclude each other")
    if args.cron_file == "/etc/crontab":
        raise Refused("/etc/crontab is not managed: give it a file of its own in /etc/cron.d")
    if args.special_time and any(field != "*" for field in fields):
        raise Refused("special_time and time fields exclude each other")
    if args.env and " " in args.name:
        raise Refused("the name of a variable has no blanks")
    if args.state == "absent":
        return
    if args.cron_file and not args.user:
        raise Refused("cron_file needs user: who runs the job")
    if args.job is None:
        raise Refused("job is needed for a new job or variable")
    if (args.insertafter or args.insertbefore) and not args.env:
        raise Refused("insertafter and insertbefore need env: true")
    if "\n" in args.name or "\n" in reveal(args.job).strip("\r\n"):
        raise Refused("a line break would make another entry of it")


def entry(args: Args) -> str:
    """The line of the job."""
    times = f"{args.minute} {args.hour} {args.day} {args.month} {args.weekday}"
    when = f"@{args.special_time}" if args.special_time else times
    who = f" {args.user}" if args.cron_file else ""
    off = "#" if args.disabled else ""
    return f"{off}{when}{who} {reveal(args.job or '').strip(chr(13) + chr(10))}"


def wanted(args: Args, seen: Seen) -> list[str]:
    """The lines as they are to be; raises Refused."""
    lines = seen.text.splitlines()
    if args.env and args.state == "absent":
        return without_variable(lines, args.name)
    if args.env:
        declaration = f'{args.name}="{reveal(args.job or "")}"'
        after, before = args.insertafter or "", args.insertbefore or ""
        try:
            return with_variable(lines, args.name, declaration, after, before)
        except KeyError as error:
            raise Refused(f"variable named {error} not found") from None
    if args.state == "absent":
        return without_job(lines, args.name)
    return with_job(lines, args.name, entry(args))


def diff(args: Args, seen: Seen) -> Sequence[Change]:
    check(args)
    if not seen.available:
        raise Refused("crontab is not installed")
    state = seen.file
    if state is not None and state.exists and state.content is None:
        raise Refused(f"{state.path} cannot be edited: it is a {state.type} of {state.size} bytes")
    present, lines = seen.text, wanted(args, seen)
    unfinished = bool(present) and not present.endswith(("\n", "\r"))
    if lines == present.splitlines() and not unfinished:
        return []
    what = "variable" if args.env else "job"
    verb, cause = ("remove", "present") if args.state == "absent" else ("write", "absent")
    if args.state == "present" and args.name in names(args, present.splitlines()):
        cause = "differs"
    return [change(args, seen, f"{verb} {what}", cause, lines)]


def names(args: Args, lines: Sequence[str]) -> list[str]:
    return variable_names(lines) if args.env else job_names(lines)


def change(args: Args, seen: Seen, verb: str, cause: str, lines: Sequence[str]) -> Change:
    """One change of the whole crontab, if it still is what was looked at."""
    secret = isinstance(args.job, Secret)
    text = rendered(lines)
    place = path_of(args) if args.cron_file else f"crontab of {args.user or 'the login'}"
    subject = f"`{args.name}` in {place}"
    shown = Diff(seen.text, text, place, place) if args.diff_mode and not secret else None
    if seen.file is None:
        digest = hashlib.sha256(seen.raw).hexdigest()
        keep = "1" if args.backup else ""
        data = encoded(text)
        script = INSTALL(args.user or "", digest, keep, stdin=unshown(data) if secret else data)
    elif args.state == "absent" and not args.env and not "".join(lines).strip():
        script = REMOVE(seen.file.path)
    else:
        data = encoded(text)
        how = Writing(
            unshown(data) if secret else data,
            follow=True,
            backup=args.backup,
            expected=seen.file.sha256 or "absent",
        )
        script = write(AttributeArgs(), seen.file, None, how)
    return Change(verb, subject, cause, script, shown)


def outcome(args: Args, lines: Sequence[str]) -> Outcome:
    """Ansible's values: all jobs and variables of the crontab."""
    told: dict[str, Value] = {"jobs": job_names(lines), "envs": variable_names(lines)}
    warnings = []
    if args.cron_file:
        told["cron_file"] = args.cron_file
        if not re.fullmatch(r"[A-Za-z0-9_-]+", posixpath.basename(args.cron_file)):
            text = "has characters other than letters, digits, _ and -: cron may ignore it"
            warnings.append(f"the name of {args.cron_file} {text}")
    return Outcome(values=told, warnings=tuple(warnings))


def report(args: Args, seen: Seen) -> Outcome:
    return outcome(args, wanted(args, seen))


def conclude(args: Args, seen: Seen, reply: Reply) -> Outcome:
    if not reply.ok:
        return failure(reply)
    done = outcome(args, wanted(args, seen))
    backup = backup_of(reply.out)
    extra = {"backup_file": backup} if backup else {}
    return Outcome(values={**done.values, **extra}, warnings=done.warnings)


MODULE = Resource(
    name="cron",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    status_tells=True,
    manual=Manual(
        summary="Manage jobs and variables of cron, marked as Ansible marks them.",
        returns={
            "jobs": "Names of all marked jobs.",
            "envs": "Names of all variables.",
            "cron_file": "The file, if one was given.",
            "backup_file": "Path of the backup, where one was made.",
        },
        example="""
- name: Dump the database every night
  cron:
    name: dump
    minute: "0"
    hour: "3"
    user: postgres
    job: pg_dump app | gzip > /var/backups/app.sql.gz
""",
    ),
)
