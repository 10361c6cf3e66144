"""A diagnostic as text: what, where, the source line with a caret, and the fix."""

from __future__ import annotations

from pathlib import Path

from deployer.model.diagnostic import Diagnostic, Severity
from deployer.model.source import Position


def shown(diagnostic: Diagnostic) -> str:
    """Several lines without a final newline."""
    label = "error" if diagnostic.severity is Severity.ERROR else "warning"
    lines = [f"{label}: {diagnostic.summary}"]
    if diagnostic.position is not None:
        lines.append(f"  --> {diagnostic.position}")
        lines += excerpt(diagnostic.position)
    if diagnostic.help:
        lines.append(f"  help: {diagnostic.help}")
    return "\n".join(lines)


def excerpt(position: Position) -> list[str]:
    """The line that a position is in, and a caret below its column; nothing if it is gone."""
    line = source_line(position)
    if line is None:
        return []
    number = str(position.line)
    margin = " " * len(number)
    indent = "".join("\t" if char == "\t" else " " for char in line[: position.column - 1])
    return [f"  {number} | {line}", f"  {margin} | {indent}^"]


def source_line(position: Position) -> str | None:
    """The text of the line, or None where the file or the line cannot be read."""
    if not position.line:
        return None
    try:
        lines = Path(position.file).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    return lines[position.line - 1] if position.line <= len(lines) else None
