"""Giving up what runs on a host: another session of the same identity tells it to stop.

Closing a channel stops nothing on the other side, sshd delivers no signal where root has logged
in, and only the user that a command runs as may signal it. A connection that was lost stops
nothing on purpose: nobody has said that the change is not wanted.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from deployer.model.errors import DeployError
from deployer.model.script import Batch, Fragment, sh
from deployer.model.values import dataclass
from deployer.transport.exchange import LoopSession
from deployer.transport.session import Opened, Target

#: Seconds that closing waits for hosts to hear that they shall stop.
PATIENCE = 0.5

#: Runs in a loop of its own, whose function this is. $1: the process of the other loop.
STOP = sh('_deploy_stop_all "$1"')
#: Likewise; the other loop goes on until what it runs has ended.
HALT = sh('kill -s USR1 "$1"')


class Guard:
    """What runs in the sessions of one connector. Thread-safe.

    `connect` opens a session that nobody gives up, for telling the others.
    """

    def __init__(self, connect: Callable[[Target, Batch], Opened]) -> None:
        self._connect = connect
        self._beginning: set[LoopSession] = set()
        self._telling: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def of(self, target: Target) -> Watched:
        """What `opening` needs to take care of a session with this target."""
        return Watched(self, target)

    def tell(self, target: Target, what: Fragment, process: int) -> None:
        """Run STOP or HALT for the loop with this process id, without waiting for it."""
        thread = threading.Thread(target=self._tell, args=(target, what, process), daemon=True)
        with self._lock:
            self._telling.add(thread)
        thread.start()

    @contextlib.contextmanager
    def beginning(self, session: LoopSession) -> Iterator[None]:
        """While its first batch runs only the connector knows a session, and has to give it up."""
        with self._lock:
            self._beginning.add(session)
        try:
            yield
        finally:
            with self._lock:
                self._beginning.discard(session)

    def halt(self) -> None:
        """Let first batches begin nothing more of a chain."""
        with self._lock:
            beginning = list(self._beginning)
        for session in beginning:
            session.halt()

    def close(self) -> None:
        """Give up the first batches that run, and wait a moment until hosts have heard of it."""
        with self._lock:
            beginning = list(self._beginning)
        for session in beginning:
            session.cancel()
        deadline = time.monotonic() + PATIENCE
        with self._lock:
            telling = list(self._telling)
        for thread in telling:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _tell(self, target: Target, what: Fragment, process: int) -> None:
        try:
            with contextlib.suppress(DeployError, OSError):
                self._connect(target, Batch(probes=(what(str(process)),))).session.close()
        finally:
            with self._lock:
                self._telling.discard(threading.current_thread())


@dataclass(frozen=True, slots=True)
class Watched:
    """The sessions of one target under a guard. Implements `opening.Care`."""

    guard: Guard
    target: Target

    def stop(self, process: int) -> None:
        self.guard.tell(self.target, STOP, process)

    def halt(self, process: int) -> None:
        self.guard.tell(self.target, HALT, process)

    def beginning(self, session: LoopSession) -> contextlib.AbstractContextManager[None]:
        return self.guard.beginning(session)


class Nobody:
    """For sessions that only tell others to stop. Implements `opening.Care`."""

    def stop(self, process: int) -> None:
        """Nothing runs in them that is worth it."""

    def halt(self, process: int) -> None:
        """Nothing runs in them that has an end to wait for."""

    def beginning(self, session: LoopSession) -> contextlib.AbstractContextManager[None]:  # noqa: ARG002 - the seam's signature
        return contextlib.nullcontext()


NOBODY = Nobody()
