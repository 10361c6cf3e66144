"""What a play's own variables need: `vars_files` found and read, `vars_prompt` asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field, replace
from pathlib import Path

from deployer.engine.program import Step
from deployer.engine.requests import Ask
from deployer.engine.scoping import Scopes
from deployer.engine.varfiles import variables_of
from deployer.language.playbook import Play, VarsPrompt, Words
from deployer.model.diagnostic import Diagnostic
from deployer.model.errors import LoadError, UndefinedError
from deployer.model.secret import Secret
from deployer.model.source import Template, Value, Variables
from deployer.model.values import dataclass
from deployer.templating import Scope
from deployer.variables import PlayVariables
from deployer.variables.precedence import merged
from deployer.variables.vault import Vault


@dataclass(slots=True)
class PlayFiles:
    """Reads for plays. `ask` talks to the user; `vault` opens encrypted values."""

    scopes: Scopes
    ask: Callable[[Ask], str]
    vault: Vault | None = None
    _read: dict[Path, dict[str, Value]] = field(default_factory=dict)
    _answers: dict[str, Value] = field(default_factory=dict)

    def scope_without_host(self, play: Play) -> Scope:
        """What `hosts:` and the play's name may use: extra variables and the play's own."""
        store = self.scopes.store
        groups = {name: list(group.members) for name, group in store.inventory.groups.items()}
        variables = {
            "groups": groups,
            "hostvars": store.hostvars,
            **play.vars,
            **store.extra_vars,
        }
        return Scope(variables, on_warning=self.scopes.warn, strict=self.scopes.strict)

    def tag(self, play: Play, tag: Template, step: Step) -> Value:
        """A tag that is a template; no host is known yet. Raises TemplateError."""
        outer = self.scope_without_host(play)
        own = step.variables
        layers = (self.scopes.store.extra_vars, *own.params, own.magic, *own.own)
        layers = (*layers, outer.variables, *own.defaults)
        return self.scopes.renderer.render(tag, replace(outer, variables=merged(layers)))

    def prompted(self, play: Play) -> dict[str, Value]:
        """The answers to `vars_prompt`; what `-e` gives is not asked."""
        known = self.scopes.store.extra_vars
        answers: dict[str, Value] = {}
        for prompt in play.vars_prompt:
            if prompt.name not in known:
                answers[prompt.name] = self._ask(play, prompt)
        return answers

    def _ask(self, play: Play, prompt: VarsPrompt) -> Value:
        if prompt.name in self._answers:
            return self._answers[prompt.name]
        scope = self.scope_without_host(play)
        render = self.scopes.renderer.render
        text = str(render(prompt.prompt, scope) or prompt.name)
        hidden = prompt.private is not False
        default = render(prompt.default, scope)
        note = f" [{default}]" if default is not None else ""
        answer = self.ask(Ask(f"{text}{note}: ", echo=not hidden))
        if answer == "" and default is not None:
            return default
        made = Secret(answer) if hidden else answer
        self._answers[prompt.name] = made
        return made

    def with_files(
        self, play: Play, variables: PlayVariables, hosts: Sequence[str]
    ) -> PlayVariables:
        """The play's variables with those of its files; a file name may differ by host."""
        if not play.vars_files:
            return variables
        of_host: dict[str, Variables] = {}
        for host in hosts:
            merged: dict[str, Value] = {}
            for alternatives in play.vars_files:
                merged.update(self._first(play, alternatives, host))
            of_host[host] = merged
        return replace(variables, files_of_host=of_host, files=of_host[hosts[0]])

    def _first(self, play: Play, alternatives: Words, host: str) -> dict[str, Value]:
        """The first of several files that is there. Raises LoadError where none is."""
        folder = Path(play.origin.file).absolute().parent
        scope = self.scopes.plain(host, (str(folder),))
        tried = []
        for word in alternatives:
            try:
                name = str(self.scopes.renderer.render(word, scope))
            except UndefinedError:
                # A name made of facts cannot be known yet; Ansible passes over it as well.
                tried.append(str(word))
                continue
            for path in (folder / "vars" / name, folder / name):
                if path.is_file():
                    return self._variables(path)
            tried.append(name)
        origin = alternatives[0].origin if alternatives else play.origin
        fix = f"tried {', '.join(tried)} in {folder} and {folder / 'vars'}"
        raise LoadError([Diagnostic("no such file of variables", origin, fix)])

    def _variables(self, path: Path) -> dict[str, Value]:
        if path not in self._read:
            values = variables_of(path, self.vault)
            self._read[path] = self.vault.opened(values) if self.vault else values
        return self._read[path]
