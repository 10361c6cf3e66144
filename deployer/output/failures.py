"""Why a task failed, said once: message, command, exit code, last lines of output, place."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from deployer.model.result import Result, Status
from deployer.model.source import Position, Value
from deployer.model.values import dataclass
from deployer.output.lines import Line, Style, clean, last_written, line, plain_text
from deployer.output.pretty import pretty
from deployer.output.source import pinpointed, place, where

#: Lines of each output that a failure shows; -v has shown all of them as they came.
TAIL = 12
#: Lines of output that a module's message repeats.
TOLD = 3
INDENT = "    "
#: Return values that a failure shows in its own words.
_SAID = frozenset(
    {"cmd", "rc", "msg", "stdout", "stderr", "stdout_lines", "stderr_lines", "changed", "attempts",
     "results", "failed_when_result", "delta", "start", "end"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Explanation:
    """`headline` stands beside the host, `lines` below it."""

    headline: str
    lines: tuple[Line, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """The same for hosts on which the same went wrong."""
        return (self.headline, *map(plain_text, self.lines))


def explain(
    result: Result, task: Position | None, *, heard: bool = False, verbose: bool = False
) -> Explanation:
    """What to say of a failed result. `heard`: its output has been shown as it came; `verbose`:
    also what else the module returned."""
    first, *more = _message(result).split("\n")
    lines = [line(INDENT + text, Style.FAILED) for text in more]
    lines += _command(result.values)
    if not heard:
        lines += _outputs(result)
    if verbose:
        lines += _others(result.values)
    if result.position is not None:
        lines += where(pinpointed(result.position, result.msg), INDENT)
    elif task is not None and result.status is not Status.UNREACHABLE:
        lines.append(line(f"{INDENT}--> {place(task)}", Style.MUTED))
    return Explanation(clean(first), tuple(lines))


def _message(result: Result) -> str:
    text = result.msg.strip("\n")
    if not text and result.values.get("failed_when_result") is True:
        text = "`failed_when` holds"
    if result.attempts > 1:
        text += f" (after {result.attempts} attempts)"
    return text or "failed"


def _command(values: Value) -> Iterator[Line]:
    cmd, code = values.get("cmd"), values.get("rc")
    if isinstance(cmd, list | tuple):
        cmd = shlex.join(str(word) for word in cmd)
    if cmd:
        yield from _labelled("command", str(cmd).rstrip("\n").split("\n"))
    if isinstance(code, int) and _is_users(values):
        yield line(f"{INDENT}exit code: {code}")


def _is_users(values: Value) -> bool:
    """Whether it was a program of the user's that ended: `script` and `raw` name no command, but
    give its output as lines, which a module's own scripts do not."""
    return bool(values.get("cmd")) or "stdout_lines" in values


def _others(values: Value) -> Iterator[Line]:
    others = {key: value for key, value in values.items() if key not in _SAID}
    yield from (line(text, Style.MUTED) for text in pretty(others, INDENT) if others)


def _outputs(result: Result) -> Iterator[Line]:
    """The last lines of both outputs. Of those of a module's own scripts, the message tells the
    last ones in its words."""
    shortest = 1 if _is_users(result.values) else TOLD + 1
    for name in ("stderr", "stdout"):
        text = result.values.get(name)
        lines = text.rstrip().split("\n") if isinstance(text, str) and text.strip() else []
        if len(lines) >= shortest:
            yield from _labelled(name, _tail(lines))


def _tail(lines: list[str]) -> list[str]:
    if len(lines) <= TAIL:
        return lines
    return [f"… {len(lines) - TAIL} lines more (-v shows all)", *lines[-TAIL:]]


def _labelled(label: str, lines: list[str]) -> Iterator[Line]:
    """`label: text`, or the lines below the label where there are several."""
    if len(lines) == 1:
        yield line(f"{INDENT}{label}: {last_written(lines[0])}")
        return
    yield line(f"{INDENT}{label}:")
    for each in lines:
        yield line(f"{INDENT}  {last_written(each)}")
