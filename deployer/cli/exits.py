"""The exit codes, in one place: documented, tested, printed by `deploy doc exit-codes`."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What the process says of the run."""

    DONE = 0
    TASK_FAILED = 2
    UNREACHABLE = 4
    USAGE = 64
    BAD_INPUT = 65
    BUG = 70
    OUTPUT_LOST = 74
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        return _MEANINGS[self]


_MEANINGS = {
    Exit.DONE: "Everything is as described.",
    Exit.TASK_FAILED: "A task failed on a host.",
    Exit.UNREACHABLE: "Hosts could not be reached, and nothing else failed.",
    Exit.USAGE: "The command line is wrong.",
    Exit.BAD_INPUT: "A playbook, an inventory or a file of variables is wrong.",
    Exit.BUG: "A bug of ours; the message says how to report it.",
    Exit.OUTPUT_LOST: "All else is well, but the output could not be written.",
    Exit.INTERRUPTED: "Interrupted (Ctrl-C, SIGTERM, SIGHUP).",
}
