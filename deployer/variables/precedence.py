"""The order in which sources of variables win, and the scopes that plays and tasks bring.

Levels and their order are those of Ansible's "Variable precedence: where should I put a
variable?"; where the page is silent (roles that bring roles, magic variables) it is what
ansible-core 2.19 does. `hash_behaviour` is `replace`: a mapping hides a mapping.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from enum import IntEnum

from deployer.language.playbook import Role
from deployer.model.source import Value, Variables
from deployer.model.values import dataclass
from deployer.variables.scope import Layered


class Level(IntEnum):
    """Ansible's 22 levels; a higher one wins. In brackets: who holds it here."""

    COMMAND_LINE_VALUES = 1  # -u and the like: no variables [connection]
    ROLE_DEFAULTS = 2  # [PlayVariables, RoleVariables]
    INVENTORY_GROUP = 3  # in the inventory file or script [store, per host]
    INVENTORY_GROUP_VARS_ALL = 4
    PLAYBOOK_GROUP_VARS_ALL = 5
    INVENTORY_GROUP_VARS = 6
    PLAYBOOK_GROUP_VARS = 7
    INVENTORY_HOST = 8
    INVENTORY_HOST_VARS = 9
    PLAYBOOK_HOST_VARS = 10
    FACTS = 11  # and cached set_facts
    PLAY_VARS = 12  # [PlayVariables]
    PLAY_VARS_PROMPT = 13
    PLAY_VARS_FILES = 14
    ROLE_VARS = 15  # [PlayVariables, RoleVariables]
    BLOCK_VARS = 16  # [TaskVariables]
    TASK_VARS = 17
    INCLUDE_VARS = 18  # [store, per host]
    SET_FACTS = 19  # and registered variables [store, per host]
    ROLE_PARAMS = 20  # [RoleVariables]
    INCLUDE_PARAMS = 21  # [TaskVariables]
    EXTRA_VARS = 22  # [store]


@dataclass(frozen=True, slots=True, eq=False)
class RoleVariables:
    """What a task sees of the role that it is in: layers, the strongest first.

    A role's own come first, then those of the roles that it depends on, then those of the roles
    that brought it, nearest first. `given` are the `vars:` of its entry, `inherited` those of the
    entries of the roles that brought it.
    """

    name: str
    path: str = ""
    defaults: tuple[Variables, ...] = ()
    vars: tuple[Variables, ...] = ()
    params: tuple[Variables, ...] = ()
    parents: tuple[RoleVariables, ...] = ()
    given: tuple[Variables, ...] = ()
    inherited: tuple[Variables, ...] = ()

    @classmethod
    def of(
        cls,
        role: Role,
        params: Variables | None = None,
        parents: Iterable[RoleVariables] = (),
        given: Variables | None = None,
    ) -> RoleVariables:
        """The variables of a loaded role; `parents` brought it, nearest first."""
        above = tuple(parents)
        below = tuple(_dependencies(role))
        inherited_defaults = [layer for parent in above[:1] for layer in parent.defaults]
        inherited_vars = [layer for parent in above[:1] for layer in parent.vars]
        inherited_params = [layer for parent in above[:1] for layer in parent.params]
        return cls(
            role.name,
            role.path,
            _filled([role.defaults, *(each.defaults for each in below), *inherited_defaults]),
            _filled([role.vars, *(each.vars for each in below), *inherited_vars]),
            _filled([params or {}, *inherited_params]),
            above,
            _filled([given or {}]),
            tuple(layer for parent in above for layer in parent.given),
        )


def _dependencies(role: Role) -> Iterable[Role]:
    """All roles below a role; those listed later are stronger, so they come first."""
    for use in reversed(role.dependencies):
        yield use.role
        yield from _dependencies(use.role)


@dataclass(frozen=True, slots=True, eq=False)
class PlayVariables:
    """What a play gives to all its tasks.

    `role_defaults` and `role_vars` are those of the roles under `roles:` (and of included roles
    that are `public`), the strongest first. `files` are the values of `vars_files`;
    `files_of_host` those of hosts for which their names differ. `hosts_all` are the hosts of the
    play, `hosts` those of them that have not failed, `batch` those of the current `serial` batch.
    """

    name: str = ""
    playbook_dir: str = ""
    vars: Variables = field(default_factory=dict)
    prompted: Variables = field(default_factory=dict)
    files: Variables = field(default_factory=dict)
    files_of_host: dict[str, Variables] = field(default_factory=dict)
    role_defaults: tuple[Variables, ...] = ()
    role_vars: tuple[Variables, ...] = ()
    role_names: tuple[str, ...] = ()
    dependent_role_names: tuple[str, ...] = ()
    hosts_all: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    batch: tuple[str, ...] = ()
    magic: Variables = field(init=False)

    def __post_init__(self) -> None:
        magic: dict[str, Value] = {
            "playbook_dir": self.playbook_dir,
            "ansible_play_name": self.name,
            "ansible_play_hosts": list(self.hosts),
            "ansible_play_hosts_all": list(self.hosts_all),
            "ansible_play_batch": list(self.batch),
            "play_hosts": list(self.batch),
            "ansible_play_role_names": list(self.role_names),
            "ansible_dependent_role_names": list(self.dependent_role_names),
            "ansible_role_names": list(
                dict.fromkeys((*self.dependent_role_names, *self.role_names))
            ),
            "role_names": list(self.role_names),
        }
        object.__setattr__(self, "magic", magic)

    def layers(self, host: str) -> tuple[Variables, ...]:
        """Levels 15 to 12, the strongest first."""
        return (*self.role_vars, self.files_of_host.get(host, self.files), self.prompted, self.vars)


@dataclass(frozen=True, slots=True, eq=False)
class TaskVariables:
    """What a task brings itself. `blocks` are the `vars` of its blocks, the innermost first.

    `include_params` are the `vars` of the include (task file or role) that brought it.
    """

    vars: Variables = field(default_factory=dict)
    blocks: tuple[Variables, ...] = ()
    include_params: tuple[Variables, ...] = ()
    role: RoleVariables | None = None
    #: Levels 21 and 20, 17 to 15, 2 and the magic variables of the role.
    params: tuple[Variables, ...] = field(init=False)
    own: tuple[Variables, ...] = field(init=False)
    defaults: tuple[Variables, ...] = field(init=False)
    magic: Variables = field(init=False)

    def __post_init__(self) -> None:
        role = self.role
        params = (*self.include_params, *(role.params if role else ()))
        brought = (*role.given, *role.vars, *role.inherited) if role else ()
        own = (self.vars, *self.blocks, *brought)
        object.__setattr__(self, "params", _filled(params))
        object.__setattr__(self, "own", _filled(own))
        object.__setattr__(self, "defaults", _filled(role.defaults) if role else ())
        object.__setattr__(self, "magic", _role_magic(role))


def _role_magic(role: RoleVariables | None) -> Variables:
    if role is None:
        return {}
    magic: dict[str, Value] = {
        "role_name": role.name.rsplit(".", 1)[-1],
        "ansible_role_name": role.name,
        "role_path": role.path,
    }
    if role.parents:
        magic["ansible_parent_role_names"] = [parent.name for parent in role.parents]
        magic["ansible_parent_role_paths"] = [parent.path for parent in role.parents]
    return magic


def _filled(layers: Iterable[Variables]) -> tuple[Variables, ...]:
    """The layers that hold anything: an empty one would cost a lookup for every name."""
    return tuple(layer for layer in layers if layer)


#: A task that brings nothing.
EMPTY_TASK = TaskVariables()


def merged(layers: Iterable[Variables]) -> dict[str, Value]:
    """Layers (the strongest first) as one dictionary, for what is merged once and kept."""
    return Layered(layers).flat()
