"""Runs one command and says what it cost."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: Seconds after which a run is ended.
CAP = float(os.environ.get("DEPLOY_BENCH_CAP", "300"))
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / (1 << 20)


@dataclass(frozen=True)
class Spent:
    """What a run cost. `cpu`: seconds of all its processes; `memory`: their peak, MB of RSS."""

    wall: float
    cpu: float
    memory: float
    code: int
    output: str
    turns: float | None = None
    right: bool = True


def spend(command: Sequence[str], environment: Mapping[str, str], scratch: Path) -> Spent:
    """Run a command with nothing on standard input, and wait until it has ended.

    The environment is given whole but for a plain PATH; whatever it leaves running is ended.
    """
    full = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(scratch),
        "LC_ALL": "C.UTF-8",
        **environment,
    }
    with (scratch / "output").open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            env=full,
            cwd=scratch,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        with _memory(process.pid) as peak:
            timer = threading.Timer(CAP, _end_family, [process.pid])
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - started
            timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    _end_leftovers(scratch)
    text = (scratch / "output").read_text(errors="replace")
    memory = max(peak[0], usage.ru_maxrss / 1024)
    cpu = usage.ru_utime + usage.ru_stime
    return Spent(wall, cpu, memory, process.returncode, text)


@contextlib.contextmanager
def _memory(root: int) -> Iterator[list[float]]:
    """Sample the memory of a process and of all below it while the block runs."""
    peak = [0.0]
    over = threading.Event()

    def sample() -> None:
        while not over.wait(0.2):
            peak[0] = max(peak[0], sum(_resident(pid) for pid in _family(root)))

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    try:
        yield peak
    finally:
        over.set()
        sampler.join()


def _family(root: int) -> list[int]:
    """A process and all that descend from it."""
    found = [root]
    for pid in found:
        with contextlib.suppress(OSError):
            for thread in Path(f"/proc/{pid}/task").iterdir():
                found += [int(word) for word in (thread / "children").read_text().split()]
    return found


def _resident(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MB
    except OSError:
        return 0.0


def _end_family(root: int) -> None:
    for pid in reversed(_family(root)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _end_leftovers(scratch: Path) -> None:
    """End what a run left behind on purpose (OpenSSH's shared connections): none stays warm."""
    here = str(scratch).encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if here in (entry / "cmdline").read_bytes():
                os.kill(int(entry.name), signal.SIGTERM)
