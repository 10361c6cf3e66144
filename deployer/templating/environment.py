"""The sandbox: Jinja's immutable one, whose attributes know their path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, NoReturn

from jinja2 import pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context as JinjaContext
from jinja2.runtime import Undefined as JinjaUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from deployer.model.errors import TemplateError
from deployer.model.secret import Secret
from deployer.templating.codegen import CodeGenerator
from deployer.templating.context import Compiled, Context
from deployer.templating.faults import no_such
from deployer.templating.plain import Exposure, concat, join_text
from deployer.templating.registry import Registry
from deployer.templating.scope import FileOptions
from deployer.templating.undefined import Undefined
from deployer.templating.views import LazyDict

#: Containers that only a template itself can have made: variables come as lazy copies.
_OWN = (dict, list, set)
_DICT_METHODS = frozenset(name for name in dir(dict) if not name.startswith("_"))


class Environment(ImmutableSandboxedEnvironment):
    """Compiles templates and reads attributes. One per `FileOptions`; shares its registries."""

    code_generator_class = CodeGenerator
    context_class = Context
    template_class = Compiled
    undefined = Undefined
    concat = staticmethod(concat)
    join_text = staticmethod(join_text)
    intercepted_binops = frozenset({"%", "*"})
    filters: Registry
    tests: Registry  # type: ignore[assignment]

    def __init__(self, options: FileOptions = FileOptions()) -> None:  # noqa: B008
        super().__init__(
            block_start_string=options.block_start_string,
            block_end_string=options.block_end_string,
            variable_start_string=options.variable_start_string,
            variable_end_string=options.variable_end_string,
            comment_start_string=options.comment_start_string,
            comment_end_string=options.comment_end_string,
            trim_blocks=options.trim_blocks,
            lstrip_blocks=options.lstrip_blocks,
            newline_sequence=options.newline_sequence,
            extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
            undefined=Undefined,
            optimized=False,
            finalize=_finalize,
            cache_size=0,
        )
        self._files: dict[tuple[str, str], Compiled] = {}

    def compiled(self, source: Any, filename: str = "<template>") -> Compiled:
        """A template out of text or a syntax tree. Raises Jinja's TemplateSyntaxError."""
        code = self.compile(source, filename, filename)
        made = self.template_class.from_code(self, code, {}, None)
        assert isinstance(made, Compiled)
        return made

    def compiled_file(self, text: str, path: str) -> Compiled:
        """A template file, compiled once for each content."""
        known = self._files.get((path, text))
        if known is None:
            known = self._files[path, text] = self.compiled(text, path)
        return known

    def getattr(self, obj: Any, attribute: str, path: str = "") -> Any:
        """`obj.attribute`: entries of mappings first, unless dicts have a method of that name."""
        if isinstance(obj, Undefined):
            return obj._child(attribute, path)
        if isinstance(obj, dict) and attribute not in _DICT_METHODS:
            try:
                return obj[attribute]
            except KeyError:
                return self.absent(obj, attribute, path)
        try:
            value = getattr(obj, attribute)
        except AttributeError:
            return self.getitem(obj, attribute, path)
        formatting = self.wrap_str_format(value)
        if formatting is not None:
            return formatting
        if self.is_safe_attribute(obj, attribute, value):
            return value
        return self._item_or_unsafe(obj, attribute)

    def _item_or_unsafe(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return self.unsafe_undefined(obj, attribute)

    def getitem(self, obj: Any, argument: Any, path: str = "") -> Any:
        """`obj[argument]`; what is missing is undefined and says near names."""
        if isinstance(obj, Undefined):
            return obj._child(argument, path or f"{obj._path}[{argument!r}]")
        if isinstance(argument, Undefined):
            raise argument._error()
        try:
            return obj[argument]
        except (TypeError, LookupError):
            pass
        if isinstance(argument, str) and not isinstance(obj, Mapping) and hasattr(obj, argument):
            return super().getitem(obj, argument)
        return self.absent(obj, argument, path)

    def absent(self, obj: Any, name: Any, path: str) -> Undefined:
        """The undefined value for a missing attribute or item."""

        def near() -> Iterable[str]:
            return [str(key) for key in obj] if isinstance(obj, Mapping) else ()

        return Undefined(None, obj, name, path=path or str(name), names=near)

    def getslice(self, obj: Any, start: Any, stop: Any, step: Any) -> Any:
        """`obj[start:stop:step]`; a part of a secret is a secret."""
        if isinstance(obj, Undefined):
            raise obj._error()
        part = obj[start:stop:step]
        return Secret(part) if isinstance(obj, Secret) else part

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        """The value of what the sandbox forbids."""
        if attribute in _CHANGERS:
            hint = f"`{attribute}` would change a variable, which a template must not; build a new"
            return Undefined(f"{hint} value (`+`, `combine`)", obj, attribute, SecurityError)
        kind = type(obj).__name__
        hint = f"access to attribute `{attribute}` of a value of type {kind} is unsafe"
        return Undefined(hint, obj, attribute, SecurityError)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """As the immutable sandbox; what the template itself has just built it may change."""
        if type(obj) in _OWN and attr in _CHANGERS:
            return True
        return super().is_safe_attribute(obj, attr, value)

    def call(self, context: Any, called: Any, /, *args: Any, **named: Any) -> Any:
        """Call a method, global or macro; methods of text get the real text of secrets."""
        bound = getattr(called, "__wrapped__", called)
        owner = getattr(bound, "__self__", None)
        if not isinstance(owner, str):
            return super().call(context, called, *args, **named)
        exposure = Exposure()
        exposure.open(owner)
        given = [exposure.open(value) for value in args]
        options = {
            key: value if key.startswith("_") else exposure.open(value)
            for key, value in named.items()
        }
        return exposure.close(super().call(context, called, *given, **options))

    def call_binop(self, context: JinjaContext, operator: str, left: Any, right: Any) -> Any:
        """`%` and `*`, which may make text of secrets."""
        if not isinstance(left, str) and not isinstance(right, str):
            return super().call_binop(context, operator, left, right)
        exposure = Exposure()
        left, several = exposure.open(left), isinstance(right, tuple)
        right = tuple(map(exposure.open, right)) if several else exposure.open(right)
        return exposure.close(super().call_binop(context, operator, left, right))

    def call_filter(self, name: str, *rest: Any, **named: Any) -> Any:
        """A filter named in `map`."""
        if name not in self.filters:
            self.no_such("filter", name)
        return super().call_filter(name, *rest, **named)

    def call_test(self, name: str, *rest: Any, **named: Any) -> Any:
        """A test named in `select` and its like."""
        if name not in self.tests:
            self.no_such("test", name)
        return super().call_test(name, *rest, **named)

    def no_such(self, what: str, name: str) -> NoReturn:
        """Raise the error for an unknown filter or test."""
        message, fix = no_such(what, name, self.filters, self.tests)
        raise TemplateError(message, help=fix)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Globals are resolved by the run, so templates need none of their own."""
        return d if d is not None else {}


_CHANGER_NAMES = """\
add append clear difference_update discard extend insert pop popitem remove reverse
    setdefault sort symmetric_difference_update update"""
_CHANGERS = frozenset(_CHANGER_NAMES.split())


@pass_context
def _finalize(_context: Context, value: Any) -> Any:
    """Outputs stay objects. Undefined ones raise here, where the template's line is known."""
    if type(value) is Undefined:
        raise value._error()
    if type(value) is LazyDict:
        return value
    return "" if isinstance(value, JinjaUndefined) else value
