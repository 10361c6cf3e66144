"""The names that a template sees, and the compiled templates that make such contexts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from jinja2.environment import Template as JinjaTemplate
from jinja2.environment import TemplateModule
from jinja2.exceptions import TemplateNotFound
from jinja2.runtime import Context as JinjaContext
from jinja2.runtime import Undefined as JinjaUndefined
from jinja2.utils import missing

from deployer.model.secret import reveal
from deployer.templating.run import Run

if TYPE_CHECKING:
    from deployer.templating.environment import Environment


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
