"""Owner, group and mode: the arguments that many modules share, and comparing them."""

from __future__ import annotations

from collections.abc import Mapping

from deployer.model.change import Change, Diff
from deployer.model.script import Script, sh
from deployer.model.source import Value
from deployer.model.values import dataclass
from deployer.sdk.arguments import arg
from deployer.sdk.files.look import PATHS, FileState
from deployer.sdk.files.modes import Mode, octal, parse_mode, shown
from deployer.sdk.kinds import Refused

_UNSUPPORTED = ("attributes", "seuser", "serole", "setype", "selevel")

#: $1 path, $2 owner and group for chown (may be empty), $3 mode (may be empty), $4 `-h`: the link.
SET = sh(
    r"""
p=$1
d_expand
if [ -n "$2" ]; then chown ${4:+-h} -- "$2" "$p" || exit 1; fi
if [ -n "$3" ]; then chmod -- "$3" "$p" || exit 1; fi
if [ -n "$4" ]; then d_facts ''; else d_facts -L; fi
""",
    uses=(PATHS,),
)


@dataclass(frozen=True, slots=True)
class AttributeArgs:
    """The file attributes that Ansible's file modules have in common."""

    owner: str | None = arg(None, doc="Name or number of the user who is to own it.")
    group: str | None = arg(None, doc="Name or number of the group that is to own it.")
    mode: str | int | None = arg(
        None, doc="Permissions: octal in quotes ('0644') or symbolic (u=rw,g=r,o=r)."
    )
    attributes: str | None = arg(None, doc="Flags of chattr; not supported yet.", aliases=("attr",))
    seuser: str | None = arg(None, doc="SELinux user; not supported yet.")
    serole: str | None = arg(None, doc="SELinux role; not supported yet.")
    setype: str | None = arg(None, doc="SELinux type; not supported yet.")
    selevel: str | None = arg(None, doc="SELinux level; not supported yet.")
    unsafe_writes: bool = arg(
        False, doc="Write in place where the file cannot be replaced by renaming."
    )

    def check(self) -> None:
        """Raise Refused for what is given and cannot be done."""
        for name in _UNSUPPORTED:
            if getattr(self, name):
                raise Refused(f"`{name}` is not supported yet")
        if self.mode not in (None, "preserve"):
            _ = self.wanted_mode

    @property
    def wanted_mode(self) -> Mode | None:
        """The mode that is asked for; None for none and for `preserve`. Raises Refused."""
        if self.mode is None or self.mode in ("", "preserve"):
            return None
        return parse_mode(self.mode)

    @property
    def needs_umask(self) -> bool:
        """Whether the probe must say the umask; false for a mode that is refused later."""
        try:
            mode = self.wanted_mode
        except Refused:
            return False
        return mode is not None and mode.needs_umask

    @property
    def chown(self) -> str:
        """The operand of `chown`: `owner:group`, `owner`, `:group` or nothing."""
        owner, group = self.owner or "", self.group or ""
        return f"{owner}:{group}" if group else owner


def differing(args: AttributeArgs, state: FileState, mode: Mode | None) -> dict[str, str]:
    """What differs of an existing file: attribute -> "is -> wanted".

    Names are compared as the host prints them, numbers as numbers, so nothing needs to be
    resolved: the user may be created by an earlier task.
    """
    found: dict[str, str] = {}
    if args.owner and args.owner != (str(state.uid) if args.owner.isdigit() else state.owner):
        found["owner"] = f"{state.uid if args.owner.isdigit() else state.owner} -> {args.owner}"
    if args.group and args.group != (str(state.gid) if args.group.isdigit() else state.group):
        found["group"] = f"{state.gid if args.group.isdigit() else state.group} -> {args.group}"
    if mode is not None:
        wanted = resolved(mode, state)
        if wanted != state.mode:
            found["mode"] = f"{shown(state.mode)} -> {shown(wanted)}"
    return found


def resolved(mode: Mode, state: FileState) -> int:
    """The bits that an existing file is to have."""
    return mode.resolve(state.mode, directory=state.type == "directory", umask=state.umask)


def set_attributes(
    args: AttributeArgs, state: FileState, mode: Mode | None, *, link_itself: bool = False
) -> list[Change]:
    """The change of attributes of what exists; none where nothing differs."""
    if link_itself:
        mode = None
    found = differing(args, state, mode)
    if not found:
        return []
    cause = ", ".join(f"{name} {text}" for name, text in found.items())
    script = attribute_script(args, state, mode, found, link_itself=link_itself)
    return [Change("set attributes of", state.path, cause, script, attribute_diff(state, found))]


def attribute_script(
    args: AttributeArgs,
    state: FileState,
    mode: Mode | None,
    found: Mapping[str, str],
    *,
    link_itself: bool = False,
) -> Script:
    """chown before chmod: changing the owner clears set-id bits."""
    owner = args.chown if "owner" in found or "group" in found else ""
    bits = octal(resolved(mode, state)) if mode is not None else ""
    return SET(state.path, owner, bits, "-h" if link_itself else "")


def attribute_diff(state: FileState, found: Mapping[str, str]) -> Diff:
    """Before and after of what differs, one attribute on a line."""
    pairs = [(name, *text.split(" -> ", 1)) for name, text in found.items()]
    before = "".join(f"{name}: {old}\n" for name, old, _ in pairs)
    after = "".join(f"{name}: {new}\n" for name, _, new in pairs)
    return Diff(before, after, state.path, state.path)


def attribute_values(state: FileState) -> dict[str, Value]:
    """Ansible's return values of a path that exists; nothing for one that does not."""
    if not state.exists:
        return {}
    return {
        "mode": shown(state.mode),
        "owner": named(state.owner, state.uid),
        "group": named(state.group, state.gid),
        "uid": state.uid,
        "gid": state.gid,
        "size": state.size,
        "state": state.type,
    }


def named(name: str, number: int) -> str:
    """The name of an owner; the number where the host knows no name for it, as in Ansible."""
    return str(number) if name == "UNKNOWN" else name
