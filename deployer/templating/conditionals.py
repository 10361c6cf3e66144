"""What counts as true in a `when`: ansible-core 2.18's reading, with 2.19's warnings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deployer.model.diagnostic import Diagnostic, Severity
from deployer.model.errors import TemplateError
from deployer.model.source import Position, Template, Value, origin_of
from deployer.templating.scope import Verdict
from deployer.templating.views import LazyDict

if TYPE_CHECKING:
    from deployer.templating.run import Run

_BRACES = re.compile(r"\{\{|\{%")
_WORDS = {"true": True, "false": False, "1": True, "0": False}
_INNER = re.compile(r"\s*\{\{\s*([\w.]+)\s*\}\}\s*")


def judge(condition: Value, run: Run, keyword: str) -> Verdict:
    """See `Renderer.conditional`."""
    if isinstance(condition, bool):
        return Verdict(condition)
    if isinstance(condition, list | tuple):
        return _all_of(condition, run, keyword)
    if not isinstance(condition, Template):
        return _judged_data(condition, run, keyword)
    if not condition.strip():
        return _not_boolean(True, "is empty, which counts as true", condition, run, keyword)
    if _BRACES.search(condition):
        return _with_braces(condition, run, keyword)
    value = run.renderer.evaluate_in(condition, run)
    return _by_truth(value, condition, run, keyword)


def _all_of(conditions: list[Value] | tuple[Value, ...], run: Run, keyword: str) -> Verdict:
    warnings: tuple[Diagnostic, ...] = ()
    for condition in conditions:
        verdict = judge(condition, run, keyword)
        warnings += verdict.warnings
        if not verdict.value:
            return Verdict(False, warnings)
    return Verdict(True, warnings)


def _judged_data(condition: Value, run: Run, keyword: str) -> Verdict:
    """Not a text of the user's: none holds, numbers go by their truth, other text is refused."""
    if isinstance(condition, str):
        raise TemplateError(f"`{keyword}` is text that no playbook wrote, so it is not evaluated")
    return Verdict(True) if condition is None else _by_truth(condition, condition, run, keyword)


def _by_truth(value: Value, condition: Value, run: Run, keyword: str) -> Verdict:
    if isinstance(value, bool):
        return Verdict(value)
    truth = bool(value)
    counts = "true" if truth else "false"
    said = f"gives {_kind(value)}, not true or false; it counts as {counts}"
    return _not_boolean(truth, said, condition, run, keyword)


def _not_boolean(truth: bool, said: str, condition: Value, run: Run, keyword: str) -> Verdict:
    summary = f"`{keyword}` {said}"
    fix = "compare (`== ...`, `| length > 0`) or convert (`| bool`)"
    where = origin_of(condition)
    if run.scope.strict:
        raise TemplateError(summary, where, fix)
    return Verdict(truth, (_warning(summary, where, fix),))


def _warning(summary: str, where: Position | None, fix: str) -> Diagnostic:
    return Diagnostic(summary, where, fix, Severity.WARNING)


def _with_braces(condition: Template, run: Run, keyword: str) -> Verdict:
    """`when: "{{ x }}"`: rendered first; text that the user wrote is then a condition itself."""
    where = origin_of(condition)
    advice = _warning(f"`{keyword}` needs no braces", where, "write the expression alone")
    inner = _written_condition(condition, run)
    if inner is not None:
        verdict = judge(inner, run, keyword)
        return Verdict(verdict.value, (advice, *verdict.warnings))
    value = run.value(condition)
    if isinstance(value, str):
        word = value.strip().lower()
        if word not in _WORDS:
            problem = f"`{keyword}` gives the text `{value}`, which is not evaluated again"
            raise TemplateError(problem, where, "write the condition itself, without braces")
        value = _WORDS[word]
    verdict = _by_truth(value, condition, run, keyword)
    return Verdict(verdict.value, (advice, *verdict.warnings))


def _written_condition(condition: Template, run: Run) -> Template | None:
    """The condition that a variable holds (`when: "{{ item.when }}"`), if the user wrote it."""
    path = _INNER.fullmatch(condition)
    if path is None:
        return None
    first, *rest = path[1].split(".")
    run.name(first)
    value = run.scope.variables.get(first)
    for part in rest:
        value = dict.get(value, part) if isinstance(value, dict | LazyDict) else None
    if not isinstance(value, Template) or _BRACES.search(value):
        return None
    return value if value.strip().lower() not in _WORDS else None


def _kind(value: Value) -> str:
    if value is None:
        return "none"
    if isinstance(value, str):
        return "text" if value else "an empty text"
    if isinstance(value, int | float):
        return "a number"
    return "a mapping" if isinstance(value, dict) else "a list"
