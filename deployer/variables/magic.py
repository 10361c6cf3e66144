"""Magic variables: what the runner itself says (Ansible's "Special variables")."""

from __future__ import annotations

import sys
from dataclasses import field
from pathlib import Path

from deployer.inventory.model import Host, Inventory
from deployer.model.source import Value
from deployer.model.values import dataclass

#: The release whose language is spoken here, for playbooks that ask.
LANGUAGE = (2, 19, 0)


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What the command line said, as far as playbooks can ask for it.

    `omit` is the value that makes an argument count as not given; templating compares it by
    identity.
    """

    check_mode: bool = False
    diff_mode: bool = False
    forks: int = 5
    verbosity: int = 0
    run_tags: tuple[str, ...] = ("all",)
    skip_tags: tuple[str, ...] = ()
    limit: str | None = None
    inventory_sources: tuple[str, ...] = ()
    config_file: str | None = None
    omit: Value = field(default="__omit__", compare=False)


def run_magic(settings: RunSettings) -> dict[str, Value]:
    """The magic variables that are the same for every host and task of a run."""
    magic: dict[str, Value] = {
        "ansible_check_mode": settings.check_mode,
        "ansible_diff_mode": settings.diff_mode,
        "ansible_forks": settings.forks,
        "ansible_verbosity": settings.verbosity,
        "ansible_run_tags": list(settings.run_tags),
        "ansible_skip_tags": list(settings.skip_tags),
        "ansible_inventory_sources": list(settings.inventory_sources),
        "ansible_config_file": settings.config_file,
        "ansible_playbook_python": sys.executable,
        "ansible_version": language_version(),
        "omit": settings.omit,
    }
    if settings.limit is not None:
        magic["ansible_limit"] = settings.limit
    return magic


def language_version() -> dict[str, Value]:
    """`ansible_version`: the release of ansible-core whose language this is."""
    full = ".".join(str(part) for part in LANGUAGE)
    major, minor, revision = LANGUAGE
    return {
        "full": full,
        "string": full,
        "major": major,
        "minor": minor,
        "revision": revision,
    }


def inventory_magic(inventory: Inventory) -> dict[str, Value]:
    """`groups`: the names of the hosts in every group."""
    return {"groups": {name: list(group.members) for name, group in inventory.groups.items()}}


def host_magic(host: Host) -> dict[str, Value]:
    """The magic variables that are a host's own."""
    directory = str(Path(host.source).parent) if host.source else None
    return {
        "inventory_hostname": host.name,
        "inventory_hostname_short": host.short_name,
        "inventory_file": host.source or None,
        "inventory_dir": directory,
        "group_names": host.group_names,
    }
