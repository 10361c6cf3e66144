"""Which hosts there are, in which groups, with which variables.

Reads INI files, YAML files, executables that print JSON, host lists and directories of these
(`load`), answers host patterns (`select`), finds `group_vars/` and `host_vars/` files
(`VarsFiles`) and prints the three views of `deploy inventory`. Nothing is rendered here: text
that the user wrote leaves as `Template`, with its place.
"""

from deployer.inventory.changes import with_host, with_members
from deployer.inventory.documents import Decrypt
from deployer.inventory.draft import Draft
from deployer.inventory.model import Group, Host, Inventory
from deployer.inventory.patterns import Selection, read_limit, select, split_patterns
from deployer.inventory.sources import load
from deployer.inventory.vars_files import VarsFiles, load_variables

__all__ = [
    "Decrypt",
    "Draft",
    "Group",
    "Host",
    "Inventory",
    "Selection",
    "VarsFiles",
    "load",
    "load_variables",
    "read_limit",
    "select",
    "split_patterns",
    "with_host",
    "with_members",
]
