"""Before and after as a unified diff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import unified_diff

from deployer.model.change import Diff
from deployer.output.lines import Line, Style, line

#: Lines beyond which comparing takes longer than anybody would read.
LONGEST = 20_000


def diff_lines(diff: Diff) -> Iterator[Line]:
    """The lines of one diff; nothing where both sides are equal."""
    before, after = _split(diff.before), _split(diff.after)
    if before == after:
        yield from _last_newline(diff)
        return
    header = diff.after_header or diff.before_header
    old = f"before: {diff.before_header or header}".rstrip(": ")
    new = f"after: {diff.after_header or header}".rstrip(": ")
    if max(len(before), len(after)) > LONGEST:
        yield line(f"--- {old}", Style.REMOVED)
        yield line(f"+++ {new}", Style.ADDED)
        yield line(f"@@ too long to show: {len(before)} and {len(after)} lines @@", Style.HUNK)
        return
    for text in unified_diff(before, after, old, new, lineterm=""):
        yield line(text, _style(text))
    yield from _last_newline(diff)


def _split(text: str) -> Sequence[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _style(text: str) -> Style:
    if text.startswith("@@"):
        return Style.HUNK
    return {"+": Style.ADDED, "-": Style.REMOVED}.get(text[:1], Style.PLAIN)


def _last_newline(diff: Diff) -> Iterator[Line]:
    """What diff(1) says where exactly one side ends without a newline."""
    if diff.before and diff.after and diff.before.endswith("\n") != diff.after.endswith("\n"):
        side = "before" if diff.after.endswith("\n") else "after"
        yield line(f"\\ No newline at end of file ({side})", Style.MUTED)
