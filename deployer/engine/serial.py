"""`serial`: how the hosts of a play are cut into batches."""

from __future__ import annotations

from collections.abc import Sequence

from deployer.model.diagnostic import Diagnostic
from deployer.model.errors import LoadError


def batches(hosts: Sequence[str], serial: Sequence[int | str]) -> list[list[str]]:
    """The batches in order. Sizes are numbers or percentages of all hosts; the last one repeats.

    Without `serial` there is one batch. A percentage of less than a host is one host. Raises
    LoadError for what is neither.
    """
    if not serial:
        return [list(hosts)]
    sizes = [size_of(item, len(hosts)) for item in serial]
    made: list[list[str]] = []
    start = 0
    while start < len(hosts):
        size = sizes[min(len(made), len(sizes) - 1)]
        made.append(list(hosts[start : start + size]))
        start += size
    return made


def size_of(item: int | str, hosts: int) -> int:
    """One entry of `serial` as a number of hosts."""
    text = str(item).strip()
    try:
        if text.endswith("%"):
            return max(1, int(float(text[:-1]) * hosts / 100))
        size = int(text)
    except ValueError:
        raise LoadError(
            [Diagnostic(f"`serial: {text}` is neither a number nor a percentage")]
        ) from None
    return size if size > 0 else max(1, hosts)
