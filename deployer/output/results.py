"""The result of a task, or of an item of its loop, in the words of ansible-playbook."""

from __future__ import annotations

import json
from collections.abc import Iterator

from deployer.model.result import Forecast, Result, Status
from deployer.model.values import dataclass
from deployer.output.diffs import diff_lines
from deployer.output.failures import INDENT
from deployer.output.jsonlines import plain
from deployer.output.lines import Line, Span, Style, clean, line
from deployer.output.pretty import pretty

_WORDS = {
    Status.OK: ("ok", Style.OK),
    Status.CHANGED: ("changed", Style.CHANGED),
    Status.SKIPPED: ("skipping", Style.SKIPPED),
    Status.FAILED: ("failed", Style.FAILED),
    Status.UNREACHABLE: ("fatal", Style.UNREACHABLE),
}
_FORECASTS = {
    Forecast.CHANGE: ("changed", Style.CHANGED),
    Forecast.MAYBE: ("maybe", Style.FORECAST),
    Forecast.DEFERRED: ("deferred", Style.FORECAST),
}
#: What a command has printed: left out of the JSON of -v where -v has shown it as it came.
_OUTPUTS = frozenset({"stdout", "stderr", "stdout_lines", "stderr_lines"})


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose result: a host, the one that did the work for it, an item of a loop."""

    host: str
    delegate: str = ""
    item: str | None = None

    def __str__(self) -> str:
        behind = f" -> {self.delegate}" if self.delegate else ""
        return clean(f"[{self.host}{behind}]")

    @property
    def shown_item(self) -> str:
        return f"(item={clean(self.item)})" if self.item is not None else ""


def word_of(result: Result) -> tuple[str, Style]:
    """What a result is called, and in which style."""
    if not result.failed and result.forecast in _FORECASTS:
        return _FORECASTS[result.forecast]
    return _WORDS[result.status]


def result_lines(
    subject: Subject, result: Result, verbosity: int, *, heard: bool = False
) -> Iterator[Line]:
    """A result that is no failure: its line, the changes, their diffs, what it wants to show."""
    word, style = word_of(result)
    head = f"{word}: {subject}"
    if subject.item is not None:
        head += f" => {subject.shown_item}"
    tail = _tail(result, verbosity, heard=heard)
    if tail:
        head += f" => {tail}"
    elif _is_shown(result):
        head += " =>"
    yield (Span(head, style),)
    for change in result.plan:
        yield from (line(INDENT + text) for text in change.split("\n"))
    for diff in result.diffs:
        for each in diff_lines(diff):
            yield (Span(INDENT), *each)
    if _is_shown(result):
        yield from (line(text, style) for text in pretty(dict(result.values), INDENT))


def _is_shown(result: Result) -> bool:
    return result.shown and bool(result.values)


def _tail(result: Result, verbosity: int, *, heard: bool) -> str:
    """What stands behind the host: why nobody is sure, a message that is shown, JSON with -v."""
    if result.forecast in (Forecast.DEFERRED, Forecast.MAYBE) and result.reason:
        return clean(result.reason)
    if result.shown:
        return clean(result.msg)
    if verbosity < 1:
        return ""
    return as_json(result, verbosity, heard=heard)


def as_json(result: Result, verbosity: int, *, heard: bool) -> str:
    """What `register` would store, on one line."""
    values = result.as_variable()
    values.pop("failed")
    left_out = _OUTPUTS if heard else {"stdout_lines", "stderr_lines"} if verbosity < 2 else ()
    kept = {key: value for key, value in values.items() if key not in left_out}
    return clean(json.dumps(plain(kept), ensure_ascii=False, default=str, sort_keys=True))
