"""`user`: a user of the host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from deployer.model.values import dataclass
from deployer.sdk import Change, Outcome, Refused, Reply, Resource, Script, Secret, arg, failure
from deployer.sdk.accounts import check_name
from deployer.sdk.accounts_differences import Aging, Differences
from deployer.sdk.accounts_passwords import is_plain, password_changes, set_password
from deployer.sdk.accounts_state import LOOK, Account, read_account
from deployer.sdk.accounts_steps import ADD, HOME, KEY, LOCK, MODIFY, REMOVE
from deployer.sdk.kinds import Manual

#: What Ansible returns instead of the password.
MASK = "NOT_LOGGING_PASSWORD"

REFUSED = {
    "ssh_key_passphrase": "a key with a passphrase",
    "seuser": "an SELinux user",
    "login_class": "a login class (BSD)",
    "hidden": "a hidden user (macOS)",
    "authorization": "authorizations (Solaris)",
    "profile": "profiles (Solaris)",
    "role": "roles (Solaris)",
}


@dataclass(frozen=True, slots=True)
class Args:
    name: str = arg(doc="Name of the user.", aliases=("user",))
    state: Literal["present", "absent"] = arg("present", doc="Whether it should be there.")
    uid: int | None = arg(None, doc="Its number.")
    group: str | None = arg(None, doc="Its primary group, by name or number.")
    groups: list[str] | None = arg(None, doc="Its other groups; an empty list means none.")
    append: bool = arg(False, doc="Add to `groups`, leave it in the others it is in.")
    shell: str | None = arg(None, doc="Its login shell.")
    home: str | None = arg(None, doc="Its home directory.")
    create_home: bool = arg(True, doc="Make the home if it is missing.", aliases=("createhome",))
    move_home: bool = arg(False, doc="Move what is in the old home to the new one.")
    skeleton: str | None = arg(None, doc="Directory that a new home is copied from.")
    umask: str | None = arg(None, doc="The umask that a new home is made with.")
    system: bool = arg(False, doc="A new user is a system user (a low number).")
    comment: str | None = arg(None, doc="Its full name or description (GECOS).")
    password: str | None = arg(None, doc="Its password as a crypt(3) hash.", secret=True)
    update_password: Literal["always", "on_create"] = arg(
        "always", doc="Whether a password that differs is set, or only that of a new user."
    )
    password_lock: bool | None = arg(None, doc="Lock (or unlock) its password.")
    password_expire_max: int | None = arg(None, doc="Days until the password must be changed.")
    password_expire_min: int | None = arg(None, doc="Days until it may be changed.")
    password_expire_warn: int | None = arg(None, doc="Days of warning before that.")
    password_expire_account_disable: int | None = arg(
        None, doc="Days after which the account is disabled once the password has expired."
    )
    expires: float | None = arg(
        None, doc="When the account expires, in seconds since 1970; below 0: never."
    )
    remove: bool = arg(False, doc="`absent` removes the home as well.")
    force: bool = arg(
        False, doc="`absent`: even if logged in. `generate_ssh_key`: even if there is one."
    )
    non_unique: bool = arg(False, doc="The number may be another user's as well.")
    local: bool = arg(False, doc="Look at the files in /etc only, not at LDAP and the like.")
    uid_min: int | None = arg(None, doc="Lowest number for a new user.")
    uid_max: int | None = arg(None, doc="Highest number for a new user.")
    generate_ssh_key: bool = arg(False, doc="Make an SSH key for it, if there is none.")
    ssh_key_type: str = arg("rsa", doc="Type of that key.")
    ssh_key_bits: int | None = arg(None, doc="Bits of that key.")
    ssh_key_file: str | None = arg(None, doc="Its path; relative ones start at the home.")
    ssh_key_comment: str | None = arg(None, doc="Its comment.")
    ssh_key_passphrase: str | None = arg(None, doc="Not supported yet.", secret=True)
    seuser: str | None = arg(None, doc="Not supported yet.")
    login_class: str | None = arg(None, doc="Not supported yet.")
    hidden: bool | None = arg(None, doc="Not supported yet.")
    authorization: str | None = arg(None, doc="Not supported yet.")
    profile: str | None = arg(None, doc="Not supported yet.")
    role: str | None = arg(None, doc="Not supported yet.")

    @property
    def key_file(self) -> str:
        """The SSH key that is asked for, or the empty string."""
        return (
            (self.ssh_key_file or f".ssh/id_{self.ssh_key_type}") if self.generate_ssh_key else ""
        )

    @property
    def aging(self) -> Aging:
        return Aging(
            self.password_expire_min,
            self.password_expire_max,
            self.password_expire_warn,
            self.password_expire_account_disable,
            self.expires,
        )


def probe(args: Args) -> Script:
    """The wanted hash goes to the host, which compares: its own never leaves it."""
    check_name("user", args.name)
    for name, what in REFUSED.items():
        if getattr(args, name) is not None:
            raise Refused(f"`{name}` is not supported yet ({what})")
    local = "local" if args.local else ""
    aging = "yes" if args.aging else ""
    if args.password is not None:
        return LOOK(
            args.name, local, "yes", aging, args.key_file, stdin=Secret(args.password) + "\n"
        )
    aging = aging or ("yes" if args.password_lock is not None else "")
    return LOOK(args.name, local, "", aging, args.key_file)


def parse(_args: Args, reply: Reply) -> Account | None:
    return read_account(reply)


def diff(args: Args, account: Account | None) -> list[Change]:
    """Every change by itself; the probe follows the last, for the return values."""
    if args.append and args.groups is None:
        raise Refused("`append` needs `groups`")
    if args.non_unique and args.uid is None:
        raise Refused("`non_unique` needs a `uid`")
    if args.state == "absent":
        changes = list(_removal(args, account))
    elif account is None:
        changes = list(_creation(args))
    else:
        changes = list(_repairs(args, account))
    if changes:
        changes[-1] = replace(changes[-1], script=changes[-1].script + probe(args))
    return changes


def _removal(args: Args, account: Account | None) -> Iterator[Change]:
    if account is not None:
        flags = (["-f"] if args.force else []) + (["-r"] if args.remove else [])
        yield Change("remove user", args.name, "present", REMOVE(*flags, args.name))


def _creation(args: Args) -> Iterator[Change]:
    """One line of the plan; the parts that need a tool of their own follow in the same script."""
    flags = _flag("-u", args.uid) + (["-o"] if args.non_unique else []) + _new_user(args)
    flags += [
        flag
        for name, flag in (("comment", "-c"), ("home", "-d"), ("shell", "-s"))
        for flag in _flag(flag, getattr(args, name))
    ]
    flags += _flag("-g", args.group) + _flag("-G", ",".join(args.groups or ()) or None)
    script = ADD(args.name, "group" if args.group else "own", *flags)
    if args.password is not None:
        script += set_password(args.name, args.password)
    script += args.aging.script(args.name, ())
    if args.password_lock and args.password is not None:
        script += LOCK(args.name, "yes")
    if args.generate_ssh_key:
        script += _key(args)
    yield Change("create user", args.name, "absent", script)


def _flag(flag: str, value: object) -> list[str]:
    return [] if value is None else [flag, str(value)]


def _new_user(args: Args) -> list[str]:
    """Flags that only a new user gets."""
    prefix = "SYS_" if args.system else ""
    flags = ["-r"] if args.system else []
    flags += ["-m"] if args.create_home else ["-M"]
    flags += _flag("-k", args.skeleton if args.create_home else None)
    for name, value in (
        ("UMASK", args.umask),
        (f"{prefix}UID_MIN", args.uid_min),
        (f"{prefix}UID_MAX", args.uid_max),
    ):
        flags += [] if value is None else ["-K", f"{name}={value}"]
    return flags


def _repairs(args: Args, account: Account) -> Iterator[Change]:
    found = _differences(args, account)
    if found.flags:
        script = MODIFY(*found.flags, args.name)
        yield Change("change user", args.name, "; ".join(found.words), script)
    if args.create_home and not account.home_exists and not (args.move_home and args.home):
        home = args.home or account.home
        script = HOME(home, args.name, args.umask or "", args.skeleton or "")
        yield Change("create home", home, "absent", script)
    hashed = None if args.update_password == "on_create" else args.password  # noqa: S105  (a word)
    yield from password_changes(args.name, account, hashed, args.password_lock)
    late = args.aging.script(args.name, account.aging)
    if late:
        yield Change("set expiry of user", args.name, "differs", late)
    if args.generate_ssh_key and (args.force or not account.has_key):
        cause = "forced" if account.has_key else "absent"
        yield Change("create SSH key of user", args.name, cause, _key(args))


def _differences(args: Args, account: Account) -> Differences:
    found = Differences()
    if found.want("uid", "-u", args.uid, account.uid) and args.non_unique:
        found.flags.append("-o")
    if args.group not in (account.primary, str(account.gid)):
        found.want("group", "-g", args.group, account.primary)
    found.want("comment", "-c", args.comment, account.comment)
    if found.want("home", "-d", args.home, account.home) and args.move_home:
        found.flags.append("-m")
    found.want("shell", "-s", args.shell, account.shell)
    if args.groups is not None:
        found.want_groups(account, args.group, args.groups, append=args.append)
    return found


def _key(args: Args) -> Script:
    bits = "" if args.ssh_key_bits is None else str(args.ssh_key_bits)
    comment = args.ssh_key_comment or ""
    return KEY(args.name, args.key_file, args.ssh_key_type, bits, comment)


def report(args: Args, account: Account | None) -> Outcome:
    """The return values; before a user is there, only what was asked for is known of it."""
    values: dict[str, object] = {"name": args.name, "state": args.state}
    if args.state == "absent":
        return Outcome(values=values | {"remove": args.remove, "force": args.force})
    asked = ("append", "move_home", "system", "create_home")
    values |= {name: getattr(args, name) for name in asked}
    if args.groups is not None:
        values["groups"] = ",".join(args.groups)
    if args.password is not None:
        values["password"] = MASK
    if account is not None:
        values |= account.values | account.key_values(args.key_file)
    return Outcome(values=values, warnings=_warnings(args))


def _warnings(args: Args) -> tuple[str, ...]:
    """Ansible's warning."""
    if args.password is not None and is_plain(args.password):
        return ("the password does not look like a hash: use the filter `password_hash`",)
    return ()


def conclude(args: Args, _account: Account | None, reply: Reply) -> Outcome:
    """The last script was the probe once more."""
    if not reply.ok:
        return failure(reply, f"user {args.name}")
    return report(args, read_account(reply))


MODULE = Resource(
    name="user",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    status_tells=True,
    manual=Manual(
        summary="A user of the host: its groups, home, shell, password and SSH key.",
        returns={
            "name": "Its name.",
            "state": "Whether it is to be there.",
            "uid": "Its number.",
            "group": "Number of its primary group.",
            "groups": "The other groups that were asked for.",
            "comment": "Its full name or description.",
            "home": "Its home directory.",
            "shell": "Its login shell.",
            "append": "Whether groups were only added.",
            "create_home": "Whether a missing home is made.",
            "move_home": "Whether the home moves.",
            "system": "Whether a system user was asked for.",
            "password": "A mask.",
            "remove": "Whether the home was to be removed.",
            "force": "Whether removal was forced.",
            "ssh_key_file": "Path of the SSH key.",
            "ssh_public_key": "The public key.",
            "ssh_fingerprint": "Its fingerprint.",
        },
        example="""
- user:
    name: app
    system: true
    home: /opt/app
    shell: /usr/sbin/nologin
    groups: [docker]
    append: true
""",
        notes=(
            "Uses useradd and its kin; where they are missing (busybox), the files in /etc are "
            "edited.",
        ),
    ),
)
