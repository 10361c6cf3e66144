"""The sandbox: Jinja's immutable one, with names from a run and attributes that know their path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from jinja2 import pass_context
from jinja2.environment import Template as JinjaTemplate
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError, TemplateNotFound
from jinja2.runtime import Context as JinjaContext
from jinja2.runtime import Undefined as JinjaUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from deployer.model.secret import Secret, reveal
from deployer.templating.codegen import CodeGenerator
from deployer.templating.plain import Exposure, concat, join_text
from deployer.templating.registry import Registry
from deployer.templating.run import Run
from deployer.templating.scope import FileOptions
from deployer.templating.undefined import Undefined
from deployer.templating.views import LazyDict

#: Containers that only a template itself can have made: variables come as lazy copies.
_OWN = (dict, list, set)
_DICT_METHODS = frozenset(name for name in dir(dict) if not name.startswith("_"))


class Names(dict[str, Any]):
    """What a template hands on to those it includes: its own names, and the run behind them."""

    __slots__ = ("isolated", "run")

    def __init__(self, run: Run, own: Mapping[str, Any], *, isolated: bool = False) -> None:
        super().__init__(own)
        self.run = run
        self.isolated = isolated


class Context(JinjaContext):
    """The names of one template: its own, then the run's. No variable is ever copied.

    `isolated` is set in files imported without context: they see globals only.
    """

    run: Run
    isolated: bool
    environment: Environment

    def __init__(
        self, environment: Environment, names: Names, name: str | None, blocks: Mapping[str, Any]
    ) -> None:
        super().__init__(environment, names, name, dict(blocks))
        self.run = names.run
        self.isolated = names.isolated

    def resolve_or_missing(self, key: str) -> Any:
        """Every name that a template reads comes through here."""
        if key in self.vars:
            return self.vars[key]
        if key in self.parent:
            return self.parent[key]
        if self.isolated:
            return self.run.global_name(key, isolated=True)
        return self.run.name(key)

    def get_all(self) -> Names:
        """The names to hand on."""
        return Names(self.run, {**self.parent, **self.vars}, isolated=self.isolated)

    def derived(self, locals: dict[str, Any] | None = None) -> Context:
        """A context of its own for a block or call, with more local names."""
        names = self.get_all()
        names.update({k: v for k, v in (locals or {}).items() if v is not missing})
        made = Context(self.environment, names, self.name, {})
        made.eval_ctx = self.eval_ctx
        made.blocks.update((key, list(value)) for key, value in self.blocks.items())
        return made

    def get_template(self, name: Any, parent: str | None = None) -> JinjaTemplate:
        """A file that this template includes, imports or extends."""
        if isinstance(name, JinjaUndefined):
            name._fail_with_undefined_error()
        if isinstance(name, JinjaTemplate):
            return name
        path, text = self.run.read(reveal(name), parent)
        return self.environment.compiled_file(text, path)

    def select_template(self, names: Iterable[Any], parent: str | None = None) -> JinjaTemplate:
        """The first of several files that exists."""
        tried = list(names)
        for name in tried:
            try:
                return self.get_template(name, parent)
            except TemplateNotFound:
                continue
        raise TemplateNotFound(" or ".join(map(str, tried)))

    def get_or_select_template(self, wanted: Any, parent: str | None = None) -> JinjaTemplate:
        """One file by its name, or the first of a list."""
        if isinstance(wanted, str | JinjaUndefined | JinjaTemplate):
            return self.get_template(wanted, parent)
        return self.select_template(wanted, parent)


class Compiled(JinjaTemplate):
    """A compiled template whose contexts are ours."""

    environment: Environment

    def context(self, run: Run) -> Context:
        """A context for the outermost template of a run."""
        return Context(self.environment, Names(run, {}), self.name, self.blocks)

    def new_context(
        self,
        vars: Any = None,
        shared: bool = False,  # noqa: ARG002
        locals: Mapping[str, Any] | None = None,
    ) -> Context:
        """Jinja's hook for includes: `vars` is what `Context.get_all` gave."""
        names = Names(vars.run, vars, isolated=vars.isolated)
        names.update({k: v for k, v in (locals or {}).items() if v is not missing})
        return Context(self.environment, names, self.name, self.blocks)

    def _get_default_module(self, ctx: JinjaContext | None = None) -> TemplateModule:
        """Imported without context: made anew for every run, never shared between hosts."""
        assert isinstance(ctx, Context)
        return self.make_module(Names(ctx.run, {}, isolated=True), shared=True)


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

    def __init__(self, options: FileOptions = FileOptions(), *, keep_newline: bool = False) -> None:  # noqa: B008
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
            keep_trailing_newline=keep_newline,
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
        exposure.found = isinstance(owner, Secret)
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
        left, right = exposure.open(left), right if operator == "%" else exposure.open(right)
        right = tuple(map(exposure.open, right)) if isinstance(right, tuple) else right
        right = right if isinstance(right, tuple) else exposure.open(right)
        return exposure.close(super().call_binop(context, operator, left, right))

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
