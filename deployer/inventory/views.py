"""The three views of `deploy inventory`: a tree, the JSON of scripts, one host."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from deployer.inventory.model import Host, Inventory
from deployer.language.values import EncryptedText
from deployer.model.diagnostic import Diagnostic, did_you_mean
from deployer.model.errors import LoadError
from deployer.model.secret import MASK, Secret, mask, reveal
from deployer.model.source import Value, Variables

#: The variables of a host or group to show, unrendered.
Look = Callable[[str], Variables]


def graph(
    inventory: Inventory,
    group: str = "all",
    *,
    host_vars: Look | None = None,
    group_vars: Look | None = None,
) -> str:
    """Groups and hosts as a tree (`ansible-inventory --graph`), with variables where given.

    Raises LoadError for a group that does not exist.
    """
    if group not in inventory.groups:
        near = did_you_mean(group, inventory.groups)
        raise LoadError([Diagnostic(f"there is no group `{group}`", None, near)])
    return "\n".join(_branch(inventory, group, 0, host_vars, group_vars))


def as_list(inventory: Inventory, host_vars: Look | None = None) -> dict[str, Value]:
    """What `ansible-inventory --list` prints, and inventory scripts: groups and `_meta`."""
    look = host_vars or (lambda name: inventory.hosts[name].vars)
    shown = {name: displayed(look(name)) for name in sorted(inventory.hosts)}
    listing: dict[str, Value] = {
        "_meta": {"hostvars": {name: values for name, values in shown.items() if values}}
    }
    for name in ("all", *sorted(name for name in inventory.groups if name != "all")):
        group = inventory.groups[name]
        entry: dict[str, Value] = {}
        if group.hosts and name != "all":
            entry["hosts"] = list(group.hosts)
        if group.children:
            entry["children"] = list(group.children)
        if entry:
            listing[name] = entry
    return listing


def host(inventory: Inventory, name: str, host_vars: Look | None = None) -> dict[str, Value]:
    """What `ansible-inventory --host` prints. Raises LoadError for an unknown host."""
    found = known_host(inventory, name)
    return _mapping(host_vars(found.name) if host_vars else found.vars)


def known_host(inventory: Inventory, name: str) -> Host:
    """The host of that name. Raises LoadError with a suggestion where there is none."""
    found = inventory.host(name)
    if found is None:
        near = did_you_mean(name, inventory.hosts)
        raise LoadError([Diagnostic(f"there is no host `{name}` in the inventory", None, near)])
    return found


def displayed(value: Value) -> Value:
    """A value as JSON types: text as written, secrets masked, vaulted text in its envelope."""
    if isinstance(value, EncryptedText):
        return {"__ansible_vault": value.ciphertext}
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, str):
        return mask(reveal(value))
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, list | tuple):
        return [displayed(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)


def _mapping(values: Mapping[str, Value]) -> dict[str, Value]:
    return {str(key): displayed(values[key]) for key in sorted(values, key=str)}


def _branch(
    inventory: Inventory, name: str, depth: int, host_vars: Look | None, group_vars: Look | None
) -> Iterator[str]:
    group = inventory.groups[name]
    lead = "  |" * depth + "--" if depth else ""
    yield f"{lead}@{name}:"
    for child in group.children:
        yield from _branch(inventory, child, depth + 1, host_vars, group_vars)
    if name != "all":
        for member in group.hosts:
            yield _leaf(member, depth + 1)
            yield from _variables(host_vars, member, depth + 2)
    yield from _variables(group_vars, name, depth + 1)


def _leaf(text: str, depth: int) -> str:
    return f"{'  |' * depth}--{text}"


def _variables(look: Look | None, name: str, depth: int) -> Iterator[str]:
    for key, value in _mapping(look(name) if look else {}).items():
        yield _leaf(f"{{{key} = {value}}}", depth)
