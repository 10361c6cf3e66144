"""As whom a step acts on which host."""

from __future__ import annotations

from dataclasses import field, fields

from deployer.engine.program import Step
from deployer.engine.scoping import NotYet, Scopes
from deployer.model.errors import PendingName
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
    #: Every variable that any target was made of.
    _asked: set[str] = field(default_factory=set)

    def target(self, step: Step, scope: Scope, host: str) -> Target:
        """The target of a step on a host, which may be another than the scope's (delegated).

        Raises LoadError for what cannot be, TemplateError for what cannot be rendered, PendingName
        where a coming step may say how to connect.
        """
        self._require_known(scope)
        raw = tuple(getattr(step.keywords, name) for name in _NAMES)
        if not self._is_constant(step, raw):
            return self._make(step, scope, host, raw)[0]
        key = (self.scopes.generation, host, *raw)
        found = self._kept.get(key)
        if found is None:
            found, rendered = self._make(step, scope, host, raw)
            if not rendered:
                self._kept[key] = found
        return found

    def _require_known(self, scope: Scope) -> None:
        # Not by `in`, which counts facts that are still to come: no fact says how to connect.
        if isinstance(scope.pending, NotYet) and (coming := scope.pending.names & self._asked):
            raise PendingName(min(coming))

    @staticmethod
    def _is_constant(step: Step, raw: tuple[Value, ...]) -> bool:
        """Whether the step itself has no say that may differ from one time to the next."""
        if any(isinstance(value, Template) and "{{" in value for value in raw):
            return False
        variables = step.variables
        own = (*variables.own, *variables.params, *variables.defaults)
        return not any(str(name).startswith("ansible_") for layer in own for name in layer)

    def _make(
        self, step: Step, scope: Scope, host: str, raw: tuple[Value, ...]
    ) -> tuple[Target, bool]:
        """The target, and whether a variable that it is made of is a template: then it may be
        another the next time."""
        rendered = False
        renderer = self.scopes.renderer
        keywords = ConnectionKeywords(*(renderer.render(value, scope) for value in raw))
        own = scope
        if host != scope.variables.get("inventory_hostname"):
            own = self.scopes.plain_step(host, step)

        def look(name: str) -> Value:
            nonlocal rendered
            self._asked.add(name)
            self._require_known(scope)
            if name not in own.variables:
                return None
            value = own.variables[name]
            rendered = rendered or (isinstance(value, Template) and "{{" in value)
            return renderer.render(value, own)

        return target_for(host, look, keywords, self.options), rendered
