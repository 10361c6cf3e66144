"""The table: every tool of a cell beside the script by hand, and the target beside `deploy`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.cells import Cell, Figures
from harness.workloads import MEANING

#: Cell -> the most that `deploy` may take: (ratio to `ssh`, turns, MB).
TARGETS: dict[str, tuple[float | None, int | None, int | None]] = {
    "W1:200:0": (1.5, None, 150),
    "W2:1:0": (3, None, None),
    "W2:1:100": (1.6, 14, None),
    "W3:1:0": (2.5, None, None),
    "W3:1:100": (1.3, 10, None),
    "W3:50:0": (3, None, None),
    "W4:1:0": (2, None, None),
    "W4r:1:0": (2, None, None),
    "W5:1:50": (None, 14, None),
    "W5r:1:50": (None, 10, None),
}
_HEAD = (
    "| tool | runs | wall s | x ssh | CPU s | peak MB | turns | right |\n"
    "|---|---|---|---|---|---|---|---|"
)


def section(cell: Cell, figures: Sequence[Figures]) -> str:
    """One cell in Markdown."""
    hosts = "1 host" if cell.count == 1 else f"{cell.count} hosts"
    title = f"\n### {cell}: {MEANING[cell.workload]}; {hosts}, round trip {cell.rtt:g} ms\n"
    floor = next((one.wall for one in figures if one.tool == "ssh"), None)
    rows = [_row(one, floor) for one in figures]
    return "\n".join([title, _HEAD, *rows, *_verdict(cell, figures, floor)])


def _row(one: Figures, floor: float | None) -> str:
    ratio = f"{one.wall / floor:.2f}" if floor else "-"
    turns = f"{one.turns:g}" if one.turns is not None else "-"
    right = "yes" if one.right else "**no**"
    return (
        f"| {one.tool} | {one.runs} | {one.wall:.2f} | {ratio} | {one.cpu:.2f} "
        f"| {one.memory:.0f} | {turns} | {right} |"
    )


def _verdict(cell: Cell, figures: Sequence[Figures], floor: float | None) -> Iterable[str]:
    ours = next((one for one in figures if one.tool == "deploy"), None)
    if ours is None or not ours.right or str(cell) not in TARGETS:
        return
    ratio, turns, memory = TARGETS[str(cell)]
    said = []
    if ratio is not None and floor:
        said.append(_against("x ssh", ours.wall / floor, ratio))
    if turns is not None and ours.turns is not None:
        said.append(_against("turns", ours.turns, turns))
    if memory is not None:
        said.append(_against("MB", ours.memory, memory))
    yield "\nTarget: " + ", ".join(said) + "."


def _against(what: str, is_: float, most: float) -> str:
    return f"{what} ≤ {most:g}: {is_:.2f} {'reached' if is_ <= most else '**missed**'}"
