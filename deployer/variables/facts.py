"""Facts of hosts: what may become a variable, and under which name.

A module returns facts as `{"ansible_hostname": …}` or `{"services": …}`. Each stands in
`ansible_facts` without its prefix and is a variable under its full name. Facts come from the
host, so they never name how to reach it or whom to become there (CVE-2020-10684).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field

from deployer.model.source import Value
from deployer.model.values import dataclass

PREFIX = "ansible_"

#: Names by which a host is reached; a fact of such a name is dropped.
_CONNECTION = re.compile(
    r"ansible_(connection|host|port|user|remote_user|password|pass|timeout|command_timeout)"
    r"|ansible_(private_key_file|executable|shell_(executable|type)|pipelining|remote_tmp)"
    r"|ansible_(async_dir|module_compression|host_key_(checking|auto_add)|network_os)"
    r"|ansible_(ssh|become|su|sudo|doas|paramiko|psrp|winrm|httpapi|netconf|loop)(_.*)?"
    r"|.*_interpreter|discovered_interpreter_.*"
)
_HOST_KEYS = re.compile(r"ansible_ssh_host_key_\w+_public(_keytype)?")


def is_connection_name(name: str) -> bool:
    """Whether a variable of that name says how a host is reached (never a fact's to say)."""
    return bool(_CONNECTION.fullmatch(name)) and not _HOST_KEYS.fullmatch(name)


def split_facts(facts: Mapping[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
    """Facts as (members of `ansible_facts`, variables); names of connections are left out."""
    members: dict[str, Value] = {}
    variables: dict[str, Value] = {}
    for name, value in facts.items():
        full = PREFIX + name.removeprefix(PREFIX)
        if is_connection_name(name) or is_connection_name(full):
            continue
        members[name.removeprefix(PREFIX)] = value
        variables[name] = value
        if name == "ansible_local":
            members[name] = value
    return members, variables


@dataclass(slots=True)
class FactTable:
    """The facts of one host. `members` is `ansible_facts`, `variables` what is injected."""

    members: dict[str, Value] = field(default_factory=dict)
    variables: dict[str, Value] = field(default_factory=dict)

    def add(self, facts: Mapping[str, Value]) -> None:
        """Lay new facts over those known."""
        members, variables = split_facts(facts)
        self.members.update(members)
        self.variables.update(variables)

    def clear(self) -> None:
        """Forget everything (`meta: clear_facts`)."""
        self.members.clear()
        self.variables.clear()
