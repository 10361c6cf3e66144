"""A step made ready for one host: rendered, and not yet looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from deployer.model.result import Result, Status
from deployer.model.source import Value
from deployer.model.values import dataclass
from deployer.sdk.kinds import Module
from deployer.transport.session import Target


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a loop, or the only one of a step without a loop.

    `result` stands already where there is nothing to run: skipped, or wrong arguments. `overlay`
    are the loop's variables. `target` is the identity to act as; `delegate` the host if it is
    another than the play's. `args` is the module's dataclass. `late`: it needs what the items
    before it define, and is made ready at its turn.
    """

    index: int = 0
    value: Value = None
    label: str = ""
    overlay: Mapping[str, Value] = field(default_factory=dict)
    result: Result | None = None
    module: Module | None = None
    args: Any = None
    target: Target | None = None
    delegate: str = ""
    env: tuple[tuple[str, str], ...] = ()
    check: bool = False
    diff: bool = False
    timeout: float | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """All items of a step. `loop`: whether there is a loop (its result has `results`).

    `generation`: that of the variables it was made with. `read`: where files of the controller were
    read for it, the number of changes that the run had made by then, and the moment.
    """

    items: tuple[Item, ...]
    loop: bool = False
    hidden: bool = False
    loop_var: str = "item"
    generation: int = 0
    read: tuple[int, float] | None = None

    @property
    def is_skipped(self) -> bool:
        """Whether conditions (or an empty loop) leave nothing to run."""
        results = (item.result for item in self.items)
        return all(made is not None and made.status is Status.SKIPPED for made in results)
