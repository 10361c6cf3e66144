"""All variables of a run, and the scope of a host at a task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path

from deployer.inventory.model import Host, Inventory
from deployer.inventory.vars_files import VarsFiles
from deployer.model.diagnostic import Diagnostic
from deployer.model.source import Value, Variables
from deployer.model.values import dataclass
from deployer.variables.facts import FactTable
from deployer.variables.hostvars import HostVars, Render, Watch
from deployer.variables.magic import RunSettings, host_magic, inventory_magic, run_magic
from deployer.variables.precedence import EMPTY_TASK, PlayVariables, TaskVariables
from deployer.variables.scope import Layered
from deployer.variables.vault import Vault


@dataclass(slots=True)
class HostState:
    """What a run has learnt about a host: facts, include_vars, and set_facts with registers."""

    facts: FactTable = field(default_factory=FactTable)
    included: dict[str, Value] = field(default_factory=dict)
    set: dict[str, Value] = field(default_factory=dict)


class VariableStore:
    """The variables of a run: immutable sources, and what the steps learn. The engine owns it.

    `vault` opens what is encrypted, `render` evaluates what is read through `hostvars`, `watch` is
    told of it first.
    """

    def __init__(
        self,
        inventory: Inventory,
        *,
        extra_vars: Variables | None = None,
        settings: RunSettings | None = None,
        vault: Vault | None = None,
        render: Render | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.extra_vars: Variables = extra_vars or {}
        self.settings = settings or RunSettings()
        self.vault = vault or Vault()
        self._states: dict[str, HostState] = {}
        self._playbook_files: dict[str, VarsFiles] = {}
        self._play = PlayVariables()
        self._run_magic = run_magic(self.settings)
        self.hostvars = HostVars(self._host_names, self._foreign_scope, render, watch)
        self.replace_inventory(inventory)

    @property
    def inventory(self) -> Inventory:
        return self._inventory

    def replace_inventory(self, inventory: Inventory) -> None:
        """Go on with another inventory (`add_host`, `group_by`, `refresh_inventory`)."""
        self._inventory = inventory
        self._inventory_files = VarsFiles.beside(inventory.sources, self.vault.document)
        self._static: dict[tuple[str, str], dict[str, Value]] = {}
        self._group_layers: dict[tuple[str, tuple[str, ...]], dict[str, Value]] = {}
        self._host_magic: dict[str, dict[str, Value]] = {}
        self._fallbacks: dict[str, dict[str, Value]] = {}
        shared = {**self._run_magic, **inventory_magic(inventory), "hostvars": self.hostvars}
        self._shared_magic = shared

    def begin_play(self, play: PlayVariables) -> None:
        """The play in whose scope `hostvars` reads other hosts."""
        self._play = play

    def state(self, host: str) -> HostState:
        """What the run has learnt about a host so far."""
        return self._states.setdefault(host, HostState())

    def add_facts(self, host: str, facts: Mapping[str, Value]) -> None:
        """Facts that a module returned. Those that name a connection are dropped."""
        self.state(host).facts.add(facts)

    def clear_facts(self, host: str) -> None:
        """Forget the facts of a host (`meta: clear_facts`)."""
        self.state(host).facts.clear()

    def set_facts(self, host: str, values: Mapping[str, Value], *, cacheable: bool = False) -> None:
        """Variables that a task set; `cacheable` makes facts of them as well."""
        self.state(host).set.update(values)
        if cacheable:
            self.state(host).facts.add(values)

    def register(self, host: str, name: str, value: Value) -> None:
        """The result of a task, under the name that it is registered as."""
        self.state(host).set[name] = value

    def include(self, host: str, values: Mapping[str, Value]) -> None:
        """Variables that `include_vars` read."""
        self.state(host).included.update(values)

    def assemble(
        self,
        host: str,
        play: PlayVariables | None = None,
        task: TaskVariables = EMPTY_TASK,
        local: Variables | None = None,
    ) -> Layered:
        """The scope of a host at a task; `local` (loop variables) hides everything else.

        Raises LoadError where a file of variables cannot be read, KeyError for an unknown host.
        """
        play = play or self._play
        state = self.state(host)
        layers: list[Variables] = [] if not local else [local]
        layers += (task.magic, self._magic_of(host), play.magic, self._facts_of(state))
        layers += (self._shared_magic, self.extra_vars)
        layers += task.params
        layers += (state.set, state.included)
        layers += task.own
        layers += play.layers(host)
        layers += (state.facts.variables, self.static(host, play.playbook_dir))
        layers += task.defaults
        layers += play.role_defaults
        layers.append(self._fallbacks[host])
        return Layered(layers, self.vault.opened)

    def static(self, host: str, playbook_dir: str = "") -> dict[str, Value]:
        """Levels 3 to 10 of a host as one dictionary, merged once and kept."""
        key = (playbook_dir, host)
        found = self._static.get(key)
        if found is None:
            found = self._static[key] = self._merge_static(self._known(host), playbook_dir)
        return found

    def group_variables(self, group: str, playbook_dir: str = "") -> dict[str, Value]:
        """What a group gives its hosts: its own variables and its `group_vars/` files."""
        merged = dict(self._inventory.groups[group].vars)
        for files in self._files(playbook_dir):
            merged.update(files.group(group))
        return merged

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What was noticed while reading files of variables so far."""
        return tuple(
            warning
            for files in (self._inventory_files, *self._playbook_files.values())
            for warning in files.warnings
        ) + tuple(self.vault.warnings)

    def _merge_static(self, host: Host, playbook_dir: str) -> dict[str, Value]:
        merged = dict(self._merge_groups(host.groups, playbook_dir))
        merged.update(host.vars)
        for files in self._files(playbook_dir):
            merged.update(files.host(host.name))
        return merged

    def _merge_groups(self, groups: tuple[str, ...], playbook_dir: str) -> dict[str, Value]:
        """Levels 3 to 7, kept per combination of groups: hosts of a group share one."""
        key = (playbook_dir, groups)
        found = self._group_layers.get(key)
        if found is not None:
            return found
        merged: dict[str, Value] = {}
        known = self._inventory.groups
        for name in groups:
            merged.update(known[name].vars if name in known else {})
        for files in self._files(playbook_dir):
            merged.update(files.group("all"))
        for files in self._files(playbook_dir):
            for name in groups:
                if name != "all":
                    merged.update(files.group(name))
        self._group_layers[key] = merged
        return merged

    def _files(self, playbook_dir: str) -> Iterable[VarsFiles]:
        yield self._inventory_files
        if playbook_dir:
            if playbook_dir not in self._playbook_files:
                beside = VarsFiles([Path(playbook_dir)], self.vault.document)
                self._playbook_files[playbook_dir] = beside
            yield self._playbook_files[playbook_dir]

    def _known(self, name: str) -> Host:
        host = self._inventory.host(name)
        if host is None:
            raise KeyError(name)
        return host

    def _magic_of(self, name: str) -> dict[str, Value]:
        if name not in self._host_magic:
            self._host_magic[name] = host_magic(self._known(name))
            # Ansible defines these for tasks and templates wherever nobody else does.
            self._fallbacks[name] = {"ansible_host": name, "ansible_managed": "Ansible managed"}
        return self._host_magic[name]

    def _facts_of(self, state: HostState) -> dict[str, Value]:
        return {"ansible_facts": state.facts.members}

    def _host_names(self) -> Iterator[str]:
        return iter(self._inventory.hosts)

    def _foreign_scope(self, name: str) -> Variables | None:
        host = self._inventory.host(name)
        return self.assemble(host.name) if host is not None else None
