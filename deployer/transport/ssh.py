"""`connection: ssh`: one Paramiko transport per login, one channel per identity on it."""

from __future__ import annotations

import contextlib
import queue
import threading
from dataclasses import field, replace

from paramiko.channel import Channel
from paramiko.ssh_exception import ChannelException, SSHException

from deployer.model.errors import ConnectError, DeployError, Interrupted
from deployer.model.script import Batch
from deployer.model.values import dataclass
from deployer.transport import loop
from deployer.transport.become import become
from deployer.transport.channel import ChannelPipe
from deployer.transport.logins import Line, Logins
from deployer.transport.opening import Care, Opening
from deployer.transport.route import Routes
from deployer.transport.session import UNHEARD, Hearing, Opened, Target, Unsent
from deployer.transport.stopping import NOBODY, Guard
from deployer.transport.wire import Encoder


@dataclass(slots=True)
class _Place:
    """The login of all identities on a host, and the lock of those who want it.

    `full` are earlier logins, on which the host lets no further session begin.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    line: Line | None = None
    full: list[Line] = field(default_factory=list)
    tried: bool = False
    failure: DeployError | None = None


class _Full(ConnectError):
    """A login that carries as many sessions as the host allows (MaxSessions)."""


class SshConnector:
    """Opens sessions over SSH. Implements `session.Connector`; thread-safe."""

    def __init__(self) -> None:
        self._notes: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._logins = Logins(self._notes.put)
        self._guard = Guard(lambda target, batch: self._open(target, batch, NOBODY))
        self._routes = Routes()
        self._places: dict[Target, _Place] = {}
        self._lock = threading.Lock()

    def open(self, target: Target, first: Batch, hearing: Hearing = UNHEARD) -> Opened:
        """Log in unless that is done, become, and run the first batch along with the exec request.

        Raises ConnectError, AuthenticationError, HostKeyError, BecomeError, ConnectionLost,
        Interrupted.
        """
        return self._open(target, first, self._guard.of(target), hearing)

    def _open(
        self,
        target: Target,
        first: Batch,
        care: Care,
        hearing: Hearing = UNHEARD,
    ) -> Opened:
        mark = loop.new_mark()
        encoder = Encoder(mark)
        message = encoder.encode(first)
        start = loop.start(mark, target.executable, message)
        line, channel = self._channel(target)
        start, dialogue = become(start, target.become, line.route.user)
        pipe = ChannelPipe(channel, line.pulse)
        pipe.execute(
            loop.command_line(start.words), terminal=start.merged, agent=line.route.forward_agent
        )
        opening = Opening(pipe, start, dialogue)
        seconds = max(target.timeout, line.route.timeout)
        return opening.run(
            encoder,
            (first, message),
            seconds,
            lambda: self._logins.cancelled,
            care,
            hearing=hearing,
        )

    def expect(self, target: Target) -> None:
        """Log in; a failure is kept for the `open` that follows, so nothing is tried twice."""
        place = self._place(target)
        with place.lock:
            if place.tried:
                return
            try:
                self._login(place, target)
            except DeployError as error:
                place.failure = error

    def halt(self) -> None:
        """Let sessions that are being opened begin nothing more of a chain."""
        self._guard.halt()

    def notes(self) -> list[str]:
        """Lines of known_hosts that cannot be read, and servers that should be updated."""
        found: list[str] = []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self._notes.get_nowait())
        return found

    def close(self) -> None:
        """Close every login. What is being opened raises Interrupted, in whichever thread."""
        self._guard.close()
        self._logins.cancel()
        with self._lock:
            places = list(self._places.values())
        for place in places:
            for line in (*place.full, place.line):
                if line is not None:
                    line.close()

    def _line(self, target: Target) -> Line:
        """The login of a target, made by whoever comes first."""
        place = self._place(target)
        with place.lock:
            if place.failure is not None:
                failure, place.failure = place.failure, None
                raise failure
            return self._login(place, target)

    def _place(self, target: Target) -> _Place:
        login = replace(target, name="", become=None, executable="")
        with self._lock:
            return self._places.setdefault(login, _Place())

    def _login(self, place: _Place, target: Target) -> Line:
        """The line of a place, whose lock is held."""
        if self._logins.cancelled:
            raise Interrupted()
        place.tried = True
        if place.line is None or not place.line.alive:
            if place.line is not None:
                place.line.close()
            with self._lock:
                route = self._routes.resolve(target)
            place.line = self._logins.open(route)
        return place.line

    def _channel(self, target: Target) -> tuple[Line, Channel]:
        """A channel on the target's login; on a new one where that has broken unnoticed, or
        carries as many sessions as the host allows."""
        line = self._line(target)
        try:
            return line, _channel_on(line)
        except Unsent:
            line.close()
        except _Full:
            self._leave(target, line)
        line = self._line(target)
        try:
            return line, _channel_on(line)
        except _Full:
            line.close()
            raise

    def _leave(self, target: Target, line: Line) -> None:
        """Let the sessions on a line go on, and begin no more of them there."""
        place = self._place(target)
        with place.lock:
            if place.line is line:
                place.full.append(line)
                place.line = None


def _channel_on(line: Line) -> Channel:
    try:
        return line.transport.open_session(timeout=line.route.timeout)
    except ChannelException as error:
        raise _Full(
            f"{line.route.host}: the host refuses another session ({error.text}; see "
            "MaxSessions in its sshd_config)"
        ) from error
    except (SSHException, EOFError, OSError) as error:
        raise Unsent(f"{line.route.host}: no session: {error}") from error
