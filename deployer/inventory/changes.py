"""Changed copies of an inventory: what `add_host` and `group_by` do while a play runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from deployer.inventory.draft import Draft
from deployer.inventory.model import Inventory
from deployer.model.source import Value


def with_host(
    inventory: Inventory,
    name: str,
    groups: Iterable[str] = (),
    variables: Mapping[str, Value] | None = None,
) -> Inventory:
    """A copy in which `name` exists, is in `groups` and has `variables` as well (`add_host`).

    Raises LoadError where a name is refused.
    """
    draft = Draft.of(inventory)
    draft.add_host(name)
    draft.host_vars(name).update(variables or {})
    for group in groups:
        draft.add_member(group, name)
    return draft.freeze()


def with_members(
    inventory: Inventory, group: str, hosts: Iterable[str], parents: Iterable[str] = ()
) -> Inventory:
    """A copy in which `hosts` are in `group`, itself a child of `parents` (`group_by`).

    Raises LoadError where a name is refused or the parents would make a circle.
    """
    draft = Draft.of(inventory)
    draft.add_group(group)
    for host in hosts:
        draft.add_member(group, host)
    for parent in parents:
        draft.add_child(parent, group)
    return draft.freeze()
