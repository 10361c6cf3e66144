"""As whom a step acts on which host."""

from __future__ import annotations

from dataclasses import field, fields

from deployer.engine.program import Step
from deployer.engine.scoping import Scopes
from deployer.model.source import Template, Value
from deployer.model.values import dataclass
from deployer.templating import Scope
from deployer.transport.session import Target
from deployer.variables.connection import ConnectionKeywords, ConnectionOptions, target_for

_NAMES = tuple(spec.name for spec in fields(ConnectionKeywords))


@dataclass(slots=True)
class Identities:
    """Targets, kept while nothing that they are made of can have changed."""

    scopes: Scopes
    options: ConnectionOptions = field(default_factory=ConnectionOptions)
    _kept: dict[tuple[object, ...], Target] = field(default_factory=dict)

    def target(self, step: Step, scope: Scope, host: str) -> Target:
        """The target of a step on a host, which may be another than the scope's (delegated).

        Raises LoadError for what cannot be, TemplateError for what cannot be rendered.
        """
        raw = tuple(getattr(step.keywords, name) for name in _NAMES)
        if not self._is_constant(step, raw):
            return self._make(step, scope, host, raw)
        key = (self.scopes.generation, host, *raw)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._make(step, scope, host, raw)
        return found

    @staticmethod
    def _is_constant(step: Step, raw: tuple[Value, ...]) -> bool:
        """Whether the step itself has no say that may differ from one time to the next."""
        if any(isinstance(value, Template) and "{{" in value for value in raw):
            return False
        own = (*step.variables.own, *step.variables.params)
        return not any(str(name).startswith("ansible_") for layer in own for name in layer)

    def _make(self, step: Step, scope: Scope, host: str, raw: tuple[Value, ...]) -> Target:
        renderer = self.scopes.renderer
        keywords = ConnectionKeywords(*(renderer.render(value, scope) for value in raw))
        own = scope
        if host != scope.variables.get("inventory_hostname"):
            own = self.scopes.plain_step(host, step)

        def look(name: str) -> Value:
            # Not through the scope's pending names: no fact can be a connection variable.
            if name not in own.variables:
                return None
            return renderer.render(own.variables[name], own)

        return target_for(host, look, keywords, self.options)
