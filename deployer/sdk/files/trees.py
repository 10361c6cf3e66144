"""A tree of the controller against a tree of the host: what to send, what to set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace

from deployer.model.change import Change
from deployer.model.script import Script
from deployer.model.values import dataclass
from deployer.sdk.files.attributes import AttributeArgs, differing, resolved
from deployer.sdk.files.directories import make_directories
from deployer.sdk.files.look import FileState
from deployer.sdk.files.modes import Mode, octal
from deployer.sdk.files.tree import SET_MANY, UNPACK, Packed, TreeState, archive
from deployer.sdk.inputs import LocalTree, TreeEntry
from deployer.sdk.kinds import Refused

#: A plan names at most so many of the entries that differ.
NAMED = 5


@dataclass(frozen=True, slots=True)
class TreePlan:
    """How a tree is to arrive. `preserve`: files keep the modes that they have here."""

    args: AttributeArgs
    tree: LocalTree
    root: str
    preserve: bool = False
    mode: Mode | None = None
    directory_mode: Mode | None = None
    force: bool = True
    backup: bool = False


@dataclass(slots=True)
class _Found:
    """What a comparison collects: entries to send, owners to keep, attributes to set."""

    packed: list[Packed] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    settings: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    causes: list[str] = field(default_factory=list)


def wanted_entries(tree: LocalTree) -> Iterator[tuple[str, TreeEntry]]:
    """Names below `dest` with their entries: below the tree's own name, or its contents only."""
    prefix = "" if tree.contents_only else f"{tree.name}/"
    if prefix:
        yield tree.name, TreeEntry(tree.name, "directory")
    for entry in tree.entries:
        yield prefix + entry.path, entry


def names_of(tree: LocalTree) -> list[str]:
    """The names that the probe asks for."""
    return [name for name, _ in wanted_entries(tree)]


def diff_tree(plan: TreePlan, seen: TreeState) -> Sequence[Change]:
    """One change that sends what differs and sets attributes; none where nothing differs."""
    if seen.root == "file":
        raise Refused(f"{plan.root} is a file: a directory cannot be copied to it")
    found = _Found()
    for (name, entry), state in zip(wanted_entries(plan.tree), seen.entries, strict=True):
        _compare(plan, found, name, entry, state)
    if seen.root == "absent":
        found.causes.insert(0, "absent")
    if not found.causes:
        return []
    script = Script()
    if seen.root == "absent":
        script += make_directories(plan.args, plan.root, plan.directory_mode)
    if found.packed:
        stream = archive(found.packed)
        script += UNPACK(
            plan.root, plan.args.chown, "b" if plan.backup else "", *found.owners, stdin=stream
        )
    for (owner, mode), names in found.settings.items():
        script += SET_MANY(plan.root, owner, mode, *(f"./{name}" for name in names))
    total = sum(entry.type != "directory" for entry in plan.tree.entries)
    sent = sum(packed.entry.type != "directory" for packed in found.packed)
    subject = f"{sent} of {total} files to {plan.root}"
    return [Change("copy", subject, _summary(found.causes), script)]


def _summary(causes: Sequence[str]) -> str:
    more = len(causes) - NAMED
    named = "; ".join(causes[:NAMED])
    return f"{named}; and {more} more" if more > 0 else named


def _compare(plan: TreePlan, found: _Found, name: str, entry: TreeEntry, state: FileState) -> None:
    conflict = state.exists and state.type not in ("file", "link")
    if entry.type == "directory":
        if state.exists and state.type != "directory" and not _leads_on(state):
            raise Refused(f"{plan.root}/{name} is a {state.type}, not a directory")
        _compare_directory(plan, found, name, entry, state)
    elif conflict:
        raise Refused(f"{plan.root}/{name} is a {state.type}, not a {entry.type}")
    elif state.exists and not plan.force:
        return
    elif state.unreadable:
        raise Refused(f"{plan.root}/{name} cannot be read, so it cannot be compared")
    elif entry.type == "link":
        if state.type != "link" or state.target != entry.target:
            found.packed.append(Packed(name, entry, 0o777))
            found.causes.append(f"{name} {_was(state)}")
    else:
        _compare_file(plan, found, name, entry, state)


def _leads_on(state: FileState) -> bool:
    """A link where a directory is wanted is taken for one: what is below was asked through it."""
    return state.type == "link"


def _was(state: FileState) -> str:
    if not state.exists:
        return "absent"
    return "differs" if state.type == "file" else f"is a {state.type}"


def _compare_directory(
    plan: TreePlan, found: _Found, name: str, entry: TreeEntry, state: FileState
) -> None:
    """A new directory gets its mode and owner; of one that is there only the owner is set."""
    if not state.exists:
        mode = plan.directory_mode
        default = 0o777 & ~state.umask
        bits = mode.resolve(default, directory=True, umask=state.umask) if mode else default
        found.packed.append(Packed(name, entry, bits))
        if not plan.tree.entries or entry.path == name:
            found.causes.append(f"{name} absent")
    elif state.type == "directory":
        _set(plan, found, name, state, None)


def _compare_file(
    plan: TreePlan, found: _Found, name: str, entry: TreeEntry, state: FileState
) -> None:
    assert entry.file is not None
    mode = Mode(octal=entry.mode & 0o7777) if plan.preserve else plan.mode
    if state.type == "file" and state.sha256 == entry.file.sha256:
        _set(plan, found, name, state, mode)
        return
    present = state if state.type == "file" else replace(state, mode=0o666 & ~state.umask)
    bits = resolved(mode, present) if mode is not None else present.mode
    found.packed.append(Packed(name, entry, bits))
    found.causes.append(f"{name} {_was(state)}")
    if state.type == "file" and not (plan.args.owner and plan.args.group):
        owner = plan.args.owner or str(state.uid)
        found.owners += [f"{owner}:{plan.args.group or state.gid}", f"./{name}"]
    if plan.args.chown and bits & 0o6000:
        # chown clears set-id bits that tar has set.
        found.settings.setdefault(("", octal(bits)), []).append(name)


def _set(plan: TreePlan, found: _Found, name: str, state: FileState, mode: Mode | None) -> None:
    """Attributes of what has the right content."""
    what = differing(plan.args, state, mode)
    if not what:
        return
    owner = plan.args.chown if "owner" in what or "group" in what else ""
    bits = octal(resolved(mode, state)) if mode is not None else ""
    found.settings.setdefault((owner, bits), []).append(name)
    found.causes.append(f"{name} " + ", ".join(f"{key} {text}" for key, text in what.items()))
