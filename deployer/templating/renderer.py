"""What the rest of the program calls: values rendered, expressions evaluated, conditionals judged.

renderer = Renderer()
scope = Scope(variables, pending=frozenset({"result"}), search=(role_path, playbook_dir))
renderer.render(arguments, scope)          -> plain data
renderer.evaluate("a + 1", scope)          -> a native value
renderer.conditional(when, scope)          -> Verdict
renderer.render_file(text, path, scope)    -> str, or Secret where one went into it
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2.exceptions import TemplateSyntaxError

from deployer.model.diagnostic import Diagnostic
from deployer.model.errors import TemplateError
from deployer.model.secret import Secret, reveal
from deployer.model.source import Position, Template, Value, origin_of
from deployer.templating.conditionals import judge
from deployer.templating.environment import Environment
from deployer.templating.faults import no_such, syntax_error
from deployer.templating.files import overrides, path_reader, with_template_names
from deployer.templating.functions import GLOBALS, filters, tests
from deployer.templating.plain import concat, plain
from deployer.templating.registry import Registry
from deployer.templating.run import Reader, Run
from deployer.templating.scope import FileOptions, Scope, Verdict
from deployer.templating.units import (
    Unit,
    compile_expression,
    compile_text,
    names_of,
    unknown_functions,
    with_newlines,
)
from deployer.templating.views import ScopeView

#: How a file begins that is encrypted as a whole.
_SEALED = "$ANSIBLE_VAULT;"


class Renderer:
    """Compiles each text once and renders it in any scope. One per program run; not thread-safe.

    Every method raises TemplateError (with the place of the innermost template), its child
    UndefinedError, or PendingName where a name is read that a coming step may define.
    """

    def __init__(self, unseal: Callable[[str, Path], str] | None = None) -> None:
        """`unseal` opens the text of a file that is in a vault; without it such text stays."""
        self._unseal = unseal
        self.globals: Mapping[str, Any] = GLOBALS
        self.filters: Registry = filters()
        self.tests: Registry = tests()
        self._environments: dict[FileOptions, Environment] = {}
        self._texts: dict[str, Unit] = {}
        self._expressions: dict[str, Unit] = {}
        self._names: dict[tuple[str, bool], frozenset[str]] = {}

    def render(self, value: Value, scope: Scope) -> Value:
        """`value` as plain data: templates rendered, however deep; everything else as it is.

        A template that is one expression gives that expression's value, never parsed again.
        Entries whose value is `omit` are left out; a value that is itself `omit` gives `OMIT`.
        """
        return Run(self, scope).rendered(value)

    def evaluate(self, expression: str, scope: Scope) -> Value:
        """The value of an expression of the user's (without braces)."""
        return self.evaluate_in(expression, Run(self, scope))

    def evaluate_in(self, expression: str, run: Run) -> Value:
        """As `evaluate`, in a run that is under way."""
        unit = self.expression(expression)
        try:
            return plain(unit.evaluate(run))
        except Exception as error:
            raise run.fault(error, expression) from error

    def conditional(self, condition: Value, scope: Scope, keyword: str = "when") -> Verdict:
        """Judge a `when`, `until`, `changed_when`, `failed_when` or an item of `that`.

        A boolean, an expression of the user's, or a list of them that must all hold. What is not
        boolean counts by its truth, with a warning; under `scope.strict` it is an error. Warnings
        also go to `scope.on_warning`.
        """
        verdict = judge(condition, Run(self, scope), keyword)
        for warning in verdict.warnings:
            scope.on_warning(warning)
        return verdict

    def file_text(self, path: Path) -> str:
        """The text of a file of the controller; a Secret where it is in a vault."""
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        if self._unseal is None or not text.startswith(_SEALED):
            return text
        return Secret(self._unseal(text, path))

    def render_file(
        self,
        text: str,
        file: str,
        scope: Scope,
        options: FileOptions = FileOptions(),  # noqa: B008
        read: Reader | None = None,
    ) -> str:
        """The text of a template file. `file` is its path, for messages and for includes.

        A first line `#jinja2: key: value, ...` overrides `options` and is left out. `read` finds
        the files that are included (name, who asks -> path, text; raises Jinja's
        TemplateNotFound); by default `file`'s directory and `scope.search` are looked through.
        What a secret text gives is a secret.
        """
        if isinstance(text, Secret):
            return Secret(self.render_file(reveal(text), file, scope, options, read))
        run = Run(self, with_template_names(scope, file), read or self.reader(scope, file))
        try:
            body, options = overrides(text, options)
            compiled = self.environment(options).compiled_file(body, file)
            made = concat(compiled.root_render_func(compiled.context(run)))
        except Exception as error:
            raise run.fault(error, text, Position(file)) from error
        return with_newlines(made, body, options.newline_sequence)

    def view(self, scope: Scope) -> ScopeView:
        """All names of a scope as a lazily rendered mapping: what `hostvars[host]` is made of."""
        return ScopeView(lambda: Run(self, scope))

    def loop_items(self, kind: str, terms: Value, scope: Scope) -> list[Value]:
        """The items of `with_<kind>: terms`. Raises TemplateError if there is no such lookup."""
        from deployer.templating.lookup import loop_items

        return loop_items(kind, terms, Run(self, scope))

    def names_in(self, value: Value, *, expression: bool = False) -> frozenset[str]:
        """Every variable that a value's templates mention, however deep (globals excepted).

        With `expression`, templates without braces are read as conditionals. Raises TemplateError
        where a template cannot be compiled.
        """
        if isinstance(value, Template):
            key = (str(value), expression)
            if key not in self._names:
                self._names[key] = self._mentioned(value, expression=expression)
            return self._names[key]
        if isinstance(value, Mapping):
            value = list(value.values())
        if not isinstance(value, list | tuple):
            return frozenset()
        return frozenset().union(*(self.names_in(item, expression=expression) for item in value))

    def _mentioned(self, text: Template, *, expression: bool) -> frozenset[str]:
        self.expression(text) if expression and "{{" not in text else self.compiled(text)
        source = self._source(text, expression=expression)
        return names_of(self.environment(), source) - self.globals.keys()

    @staticmethod
    def _source(text: Template, *, expression: bool) -> str:
        return "{{ " + text + " }}" if expression and "{{" not in text else str(text)

    def problems(self, value: Value, *, expression: bool = False) -> list[Diagnostic]:
        """What can be said of a value's templates without rendering: syntax, unknown filters."""
        if isinstance(value, Mapping):
            value = list(value.values())
        if isinstance(value, list | tuple):
            return [said for one in value for said in self.problems(one, expression=expression)]
        if not isinstance(value, Template):
            return []
        try:
            self.names_in(value, expression=expression)
        except TemplateError as error:
            return [error.diagnostic]
        source = self._source(value, expression=expression)
        unknown = list(unknown_functions(self.environment(), source))
        told = [no_such(what, name, self.filters, self.tests) for what, name, _line in unknown]
        return [Diagnostic(message, value.origin, fix) for message, fix in told]

    def compiled(self, text: str) -> Unit:
        """The compiled form of a template's text."""
        known = self._texts.get(text)
        if known is None:
            try:
                known = compile_text(self.environment(), str(text))
            except TemplateSyntaxError as error:
                raise self._syntax(error, text, origin_of(text)) from error
            self._texts[str(text)] = known
        return known

    def expression(self, text: str) -> Unit:
        """The compiled form of an expression."""
        known = self._expressions.get(text)
        if known is None:
            try:
                known = compile_expression(self.environment(), str(text))
            except TemplateSyntaxError as error:
                raise self._syntax(error, text, origin_of(text)) from error
            self._expressions[str(text)] = known
        return known

    def _syntax(
        self, error: TemplateSyntaxError, text: str, origin: Position | None
    ) -> TemplateError:
        return syntax_error(error, text, origin, self.filters, self.tests)

    def environment(
        self,
        options: FileOptions = FileOptions(),  # noqa: B008
    ) -> Environment:
        """The sandbox for such options; made once."""
        if options not in self._environments:
            made = Environment(options)
            made.filters, made.tests = self.filters, self.tests
            self._environments[options] = made
        return self._environments[options]

    @staticmethod
    def reader(scope: Scope, file: str) -> Reader:
        """Finds included files beside `file`, then in `templates/` of the search path."""
        return path_reader(Path(file).parent if file else None, scope.search)
