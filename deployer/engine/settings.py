"""What the command line decides about a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from deployer.engine.tags import TagFilter
from deployer.model.source import Value
from deployer.model.values import dataclass

#: Steps of one window; more would render far ahead for nothing.
WINDOW = 64
#: Probes of one window (the items of a loop count one by one).
PROBES = 512
#: Seconds after which a snapshot is void: the world does not wait.
FRESH = 60.0
#: Seconds after which a command that only reads has given the world time to change.
SLOW = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """`lookahead` is the number of steps asked about at once; 1 is plain sequential execution.

    `check` changes nothing, `diff` wants before and after. `facts` in seconds bounds gathering.
    """

    check: bool = False
    diff: bool = False
    forks: int = 50
    lookahead: int = WINDOW
    tags: TagFilter = field(default_factory=TagFilter)
    limit: str = ""
    start_at: str = ""
    strict: bool = False
    verbosity: int = 0
    force_handlers: bool = False
    extra_vars: Mapping[str, Value] = field(default_factory=dict)
