"""Which value a name has for a host at a task.

Lays the sources of variables over each other in Ansible's order (`precedence`), adds facts and
magic variables, opens vaulted values (`vault`) and says how a host is reached (`connection`).
Nothing is rendered here: a scope is a read-only mapping whose `Template` values the templating
layer evaluates when they are asked for. `HostVars` takes the renderer as a callable.
"""

from deployer.variables.facts import FactTable, split_facts
from deployer.variables.hostvars import HostVars, Render, Watch
from deployer.variables.magic import RunSettings
from deployer.variables.precedence import (
    EMPTY_TASK,
    Level,
    PlayVariables,
    RoleVariables,
    TaskVariables,
)
from deployer.variables.scope import Layered
from deployer.variables.store import VariableStore
from deployer.variables.vault import Vault

__all__ = [
    "EMPTY_TASK",
    "FactTable",
    "HostVars",
    "Layered",
    "Level",
    "PlayVariables",
    "Render",
    "RoleVariables",
    "RunSettings",
    "TaskVariables",
    "VariableStore",
    "Vault",
    "Watch",
    "split_facts",
]
