"""Wires the layers: what the flags say becomes an order for the engine."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from deployer import modules
from deployer.cli.extravars import parse_extra_vars
from deployer.cli.terminal import Terminal, password_in
from deployer.engine.run import Order
from deployer.engine.settings import Settings
from deployer.engine.tags import TagFilter
from deployer.inventory import Inventory, load, read_limit, select
from deployer.inventory.trust import trusted_directory
from deployer.language.loader import Loader
from deployer.language.playbook import LoadedPlaybook
from deployer.model.errors import LoadError, UsageError
from deployer.model.secret import Secret
from deployer.model.source import Template, Variables
from deployer.model.values import dataclass
from deployer.templating import OMIT, Renderer, Scope
from deployer.transport.connectors import Connectors, preload
from deployer.variables import RunSettings
from deployer.variables.connection import ConnectionOptions
from deployer.variables.passwords import VaultPassword, from_file, from_prompt, from_vault_id
from deployer.variables.vault import Vault


@dataclass(slots=True)
class App:
    """One call of the command: flags read, files not yet."""

    flags: Namespace
    terminal: Terminal

    def vault(self) -> Vault:
        """The vault with every password that was named; none is read before it is needed."""
        ask = self.terminal.ask_secret if self.terminal.can_ask_secret else None
        named: list[VaultPassword] = [from_vault_id(text, ask) for text in self.flags.vault_id]
        named += [from_file(path) for path in self.flags.vault_password_file]
        if self.flags.ask_vault_pass:
            named.append(from_prompt(ask))
        return Vault(named)

    def inventory(
        self, vault: Vault, playbook: str = "", on_wait: Callable[[], None] | None = None
    ) -> Inventory:
        """The inventories that `-i` names. Raises LoadError, UsageError without any."""
        sources = self.flags.inventory or _default_inventory()
        folder = Path(playbook).absolute().parent if playbook else None
        return load(sources, playbook_dir=folder, decrypt=vault.document, on_wait=on_wait)

    def extra_vars(self, vault: Vault) -> dict[str, object]:
        return parse_extra_vars(self.flags.extra_vars, vault)

    def loader(self, vault: Vault, extra_vars: Variables) -> Loader:
        """Reads playbooks; names of imports may use extra variables and the play's."""
        renderer = Renderer()

        def render_static(text: Template, variables: Variables) -> str:
            return str(renderer.render(text, Scope({**variables, **extra_vars})))

        return Loader(
            modules.names() | modules.ALIASES.keys(),
            self.flags.roles_path,
            render_static,
            lambda encrypted: vault.text(encrypted.ciphertext, encrypted.origin),
            vault.document,
        )

    def playbooks(self, loader: Loader) -> LoadedPlaybook:
        """All playbooks of the command line, read and checked; with what is wrong in them."""
        from deployer.cli.validate import wrong_arguments

        loaded = loader.read(self.flags.playbooks)
        return replace(loaded, problems=(*loaded.problems, *wrong_arguments(loaded)))

    def settings(self, extra_vars: Variables) -> Settings:
        """What the flags say about the run."""
        flags = self.flags
        if flags.forks < 1 or flags.lookahead < 1:
            raise UsageError("--forks and --lookahead take a number from 1")
        if flags.timeout is not None and flags.timeout <= 0:
            raise UsageError("--timeout takes a number of seconds above 0")
        return Settings(
            check=flags.check,
            diff=flags.diff,
            forks=flags.forks,
            lookahead=flags.lookahead,
            tags=TagFilter(_words(flags.tags), _words(flags.skip_tags)),
            limit=",".join(flags.limit or ()),
            start_at=flags.start_at_task,
            strict=flags.strict,
            verbosity=flags.verbose,
            force_handlers=flags.force_handlers,
            extra_vars=extra_vars,
        )

    def connection(self) -> ConnectionOptions:
        """What the flags say about connections; asks for passwords where they say so."""
        flags = self.flags
        login, become = self.passwords()
        return ConnectionOptions(
            connection=flags.connection,
            user=flags.user,
            private_key=flags.private_key,
            timeout=flags.timeout,
            password=login,
            become=flags.become,
            become_user=flags.become_user,
            become_method=flags.become_method,
            become_password=become,
            ssh_common_args=flags.ssh_common_args,
            ssh_extra_args=flags.ssh_extra_args,
            accept_new_host_keys=flags.accept_new_host_keys,
        )

    def passwords(self) -> tuple[Secret | None, Secret | None]:
        """For the login and for becoming another user; asked for in this order."""
        flags, ask = self.flags, self.terminal.ask_secret_value
        login = become = None
        if flags.connection_password_file:
            login = password_in(flags.connection_password_file)
        elif flags.ask_pass:
            login = ask("SSH password: ", "--connection-password-file")
        if flags.become_password_file:
            become = password_in(flags.become_password_file)
        elif flags.ask_become_pass:
            note = "[defaults to SSH password]" if login else ""
            become = ask(f"BECOME password{note}: ", "--become-password-file") or login
        return login, become

    def order(self) -> tuple[Order, LoadedPlaybook]:
        """Everything read and checked: nothing is contacted before all of it is right.

        Raises LoadError with all that is wrong in playbooks and inventories.
        """
        vault = self.vault()
        extra_vars = self.extra_vars(vault)
        loader = self.loader(vault, extra_vars)
        loaded = self.playbooks(loader)
        try:
            inventory = self.inventory(vault, self.flags.playbooks[0], preload)
        except LoadError as error:
            raise LoadError([*loaded.problems, *error.diagnostics]) from error
        if loaded.problems:
            raise LoadError(loaded.problems)
        settings = self.settings(extra_vars)
        order = Order(
            plays=loaded.plays,
            loader=loader,
            inventory=inventory,
            connector=self.connector(),
            settings=settings,
            options=self.connection(),
            magic=self._magic(settings),
            limit=self.limit(inventory),
            playbooks=tuple(self.flags.playbooks),
            vault=vault,
        )
        return order, loaded

    def connector(self) -> Connectors:
        """What opens connections; from -vvv on it says how."""
        from deployer.cli import narration

        if self.flags.verbose < narration.CONNECTIONS:
            return Connectors()
        return narration.Narrator(self.flags.verbose)

    def limit(self, inventory: Inventory) -> list[str] | None:
        """What `--limit` leaves. Raises UsageError where that is no host at all: a slip."""
        if not self.flags.limit:
            return None
        limit = read_limit(self.flags.limit)
        left = select(inventory, "all,localhost", limit=limit)
        if not left.hosts:
            why = "; ".join(str(warning) for warning in left.warnings)
            raise UsageError(f"--limit leaves no host{': ' + why if why else ''}")
        return limit

    def _magic(self, settings: Settings) -> RunSettings:
        return RunSettings(
            check_mode=settings.check,
            diff_mode=settings.diff,
            forks=settings.forks,
            verbosity=settings.verbosity,
            run_tags=tuple(sorted(settings.tags.only)) or ("all",),
            skip_tags=tuple(sorted(settings.tags.skip)),
            limit=settings.limit or None,
            inventory_sources=tuple(self.flags.inventory),
            omit=OMIT,
        )


def _words(texts: Sequence[str]) -> frozenset[str]:
    words = (word.strip() for text in texts for word in text.split(","))
    return frozenset(word for word in words if word)


def _default_inventory() -> list[str]:
    """Without -i: the only inventory in inventories/, else this machine."""
    folder = Path("inventories")
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    open_to_all = next((at for at in (Path.cwd(), folder) if not trusted_directory(at)), None)
    if found and open_to_all is not None:
        text = f"`{folder}` is ignored: everybody can write to `{open_to_all}` (-i ./{folder}/NAME)"
        print(text, file=sys.stderr)
        found = []
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise UsageError(f"which inventory? inventories/ has {names}: say -i NAME")
    if found:
        return [str(found[0])]
    print("no inventory given: only localhost is there (-i NAME)", file=sys.stderr)
    return []
