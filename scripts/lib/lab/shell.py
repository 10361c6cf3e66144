"""Running programs, waiting with a deadline, and locks between processes."""

import fcntl
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from lab.errors import LabError

POLL_SECONDS = 0.02


def run(
    *argv: str | Path,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    allow: Sequence[int] = (0,),
) -> str:
    """Run a program and return what it printed; an error names the command and its output."""
    done = subprocess.run(
        [str(word) for word in argv],
        input=stdin,
        env=None if env is None else {**os.environ, **env},
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode not in allow:
        command = " ".join(str(word) for word in argv)
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise LabError(f"`{command}` ended with {done.returncode}:\n{tail}")
    return done.stdout


def wait_until(ready: Callable[[], bool], seconds: float, what: str) -> None:
    """Ask until `ready` says yes; after the deadline say what did not happen."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise LabError(f"{what}: not within {seconds:g} s")
        time.sleep(POLL_SECONDS)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on `path`; it ends with the process at the latest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def remove_tree(path: Path) -> None:
    """Remove a directory tree, without crossing into a mounted file system."""
    if path.exists():
        run("rm", "-rf", "--one-file-system", "--", path)
