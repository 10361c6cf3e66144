"""One rendering: a scope, the templates that are being rendered, and what was read so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from deployer.model.errors import DeployError, PendingName, TemplateError, UndefinedError
from deployer.model.source import Position, Template, Value, origin_of
from deployer.templating.faults import translated
from deployer.templating.plain import plain, taint
from deployer.templating.scope import OMIT, UNLISTED, Impurity, Scope, require_all_known
from deployer.templating.undefined import Undefined
from deployer.templating.views import ATOMS, LazyDict, LazyList, MappingView, ScopeView

if TYPE_CHECKING:
    from deployer.templating.renderer import Renderer

#: Finds a file for `include`: its name as written and who asks -> path and text.
Reader = Callable[[str, str | None], tuple[str, str]]
_DEEPEST = 60
_ABSENT = object()


class Run:
    """Renders templates in a scope. Made for one call of the renderer and then forgotten.

    A variable that is itself a template is rendered once per run, unless that was impure.
    """

    __slots__ = ("_active", "_impure", "_known", "reader", "renderer", "scope")

    def __init__(self, renderer: Renderer, scope: Scope, reader: Reader | None = None) -> None:
        self.renderer = renderer
        self.scope = scope
        self.reader = reader
        self._active: dict[int, tuple[str, Template]] = {}
        self._known: dict[str, Value] = {}
        self._impure = 0

    def name(self, key: str) -> Value:
        """The value of a variable or global; undefined where there is none.

        Raises PendingName where a coming step may define it.
        """
        if key in self._known:
            return self._known[key]
        if key in self.scope.pending:
            raise PendingName(key)
        try:
            value = self.scope.variables[key]
        except KeyError:
            return self.global_name(key)
        if type(value) in ATOMS:
            return value
        before = self._impure
        value = self.bring(value, key)
        if self._impure == before:
            self._known[key] = value
        return value

    def global_name(self, key: str, *, isolated: bool = False) -> Value:
        """A global function, or the undefined value of that name."""
        found = self.renderer.globals.get(key, _ABSENT)
        if found is not _ABSENT:
            return found
        if key == "vars" and not isolated:
            return ScopeView(lambda: self)
        if isolated and key in self.scope.variables:
            hint = f"`{key}` is not known in a file imported without context"
            return Undefined(f"{hint}: write `import ... with context`", name=key)
        return Undefined(name=key, path=key, names=self._candidates)

    def _candidates(self) -> Iterable[str]:
        return [*self.scope.variables, *self.renderer.globals]

    def names(self) -> Iterable[str]:
        """All variables that are listed; raises PendingName while any is pending."""
        require_all_known(self.scope, "vars")
        return [name for name in self.scope.variables if name not in UNLISTED]

    def impure(self, name: str, kind: Impurity) -> None:
        """Say that rendering this again may give something else."""
        self._impure += 1
        self.scope.on_impure(name, kind)

    def bring(self, value: Value, label: str) -> Value:
        """A raw value as templates may use it: rendered, or a lazy copy of a container."""
        kind = type(value)
        if kind in ATOMS:
            return value
        if kind is Template:
            return self._nested(value, label)
        if isinstance(value, LazyDict | LazyList | MappingView | ScopeView):
            return value
        if isinstance(value, dict):
            return LazyDict(self, value, label)
        if isinstance(value, list | tuple):
            return LazyList(self, value, label)
        if isinstance(value, Mapping):
            return MappingView(self, value, label)
        return value

    def _nested(self, template: Template, label: str) -> Value:
        """A variable's own template. If that needs something undefined, so is the variable."""
        try:
            return self.bring(self.template(template, label), label)
        except UndefinedError as error:
            return Undefined(name=label, path=label, cause=error)

    def template(self, template: Template, label: str = "") -> Value:
        """Render one template to a native object (perhaps still lazy).

        Raises TemplateError with the place of the innermost template that fails.
        """
        compiled = self.renderer.compiled(template)
        if compiled.literal is not None:
            return compiled.literal
        active = self._active
        if id(template) in active or len(active) >= _DEEPEST:
            raise self._loop(template, label)
        active[id(template)] = (label, template)
        try:
            made = compiled.evaluate(self)
            return taint(plain(made), []) if template.secret else made
        except PendingName:
            raise
        except Exception as error:
            raise self.fault(error, template) from error
        finally:
            del active[id(template)]

    def fault(self, error: Exception, text: str, origin: Position | None = None) -> DeployError:
        """An exception of a template's as the error to show, with its place."""
        where = origin or origin_of(text)
        return translated(error, text, where, self.renderer.filters, self.renderer.tests)

    def value(self, template: Template) -> Value:
        """Render one template to a plain value."""
        made = self.template(template)
        if type(made) in ATOMS:
            return made
        try:
            return plain(made)
        except PendingName:
            raise
        except Exception as error:
            raise self.fault(error, template) from error

    def rendered(self, value: Value) -> Value:
        """See `Renderer.render`."""
        kind = type(value)
        if kind is Template:
            return self.value(value)
        if kind in ATOMS:
            return value
        if isinstance(value, dict):
            made = {_key(key): self.rendered(item) for key, item in value.items()}
            return {key: item for key, item in made.items() if item is not OMIT}
        if isinstance(value, list | tuple):
            items = [self.rendered(item) for item in value]
            return [item for item in items if item is not OMIT]
        return plain(self.bring(value, "")) if isinstance(value, Mapping) else value

    def _loop(self, template: Template, label: str) -> TemplateError:
        chain = list(self._active.values())
        starts = [at for at, (_, one) in enumerate(chain) if one is template]
        links = [*(chain[starts[0] :] if starts else chain[-5:]), (label, template)]
        told = " -> ".join(_link(name, one.origin) for name, one in links)
        problem = "refers to itself" if starts else "is nested too deep"
        return TemplateError(f"`{label or template}` {problem}: {told}", origin_of(template))

    def read(self, name: str, parent: str | None) -> tuple[str, str]:
        """The path and text of an included file. Raises Jinja's TemplateNotFound."""
        self.impure("include", Impurity.READS)
        reader = self.reader or self.renderer.reader(self.scope, "")
        return reader(name, parent)


def _key(key: Value) -> Value:
    return str(key) if isinstance(key, Template) else key


def _link(name: str, origin: Position | None) -> str:
    return f"`{name or '(argument)'}`" + (f" ({origin})" if origin else "")
