"""A Paramiko channel as a pipe: one reader drains both streams, and silence has a limit."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from paramiko.channel import Channel
from paramiko.common import cMSG_CHANNEL_REQUEST, cMSG_GLOBAL_REQUEST
from paramiko.message import Message
from paramiko.ssh_exception import SSHException
from paramiko.transport import Transport

from deployer.model.errors import ConnectionLost
from deployer.transport.connect import WatchedSocket
from deployer.transport.pipe import Arrival, End
from deployer.transport.replies import STDERR, STDOUT

#: Bytes per read: what Paramiko buffers at most for a channel.
READ = 1 << 21
#: How often the other side is asked for a sign of life within the time it has to give one.
ASKED = 3


class Bell:
    """Rings when Paramiko has something for us. Stands in for the events of its buffers.

    `clear` does nothing: one bell hangs at both streams, and one must not mute the other.
    """

    def __init__(self) -> None:
        self._rung = False
        self._condition = threading.Condition()

    def set(self) -> None:
        with self._condition:
            self._rung = True
            self._condition.notify()

    def clear(self) -> None:
        """Only `wait` takes a ring back."""

    def wait(self, timeout: float) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self._rung, timeout)
            self._rung = False


class Pulse:
    """Whether the other side of a transport lives.

    Paramiko's keepalive never looks for an answer. Ours asks for one (OpenSSH's
    keepalive@openssh.com) and takes every byte from the host as a sign of life.
    """

    def __init__(self, transport: Transport, sock: WatchedSocket, dead_after: float) -> None:
        self._transport = transport
        self._sock = sock
        self._dead_after = dead_after
        self._asked = 0.0
        self._asking: threading.Thread | None = None
        self.dead = False

    def patience(self, since: float) -> float:
        """Seconds until the next look is due."""
        left = max(self._sock.heard, since) + self._dead_after - time.monotonic()
        return max(0.01, min(left, self._dead_after / ASKED))

    def check(self, since: float) -> None:
        """Ask if it is quiet; raise ConnectionLost if it was for too long.

        `since` is when waiting began (monotonic): silence before nobody has noticed.
        """
        now = time.monotonic()
        heard = max(self._sock.heard, since)
        if now - heard >= self._dead_after:
            self.dead = True
            raise ConnectionLost(f"the host has been silent for {self._dead_after:g} seconds")
        if now - max(heard, self._asked) >= self._dead_after / ASKED * 0.9:
            self._asked = now
            self._ask()

    def _ask(self) -> None:
        """From a thread of its own: where a full socket blocks it, silence goes on counting."""
        if self._asking is None or not self._asking.is_alive():
            self._asking = beside(self._send, "keepalive")

    def _send(self) -> None:
        message = Message()
        message.add_byte(cMSG_GLOBAL_REQUEST)
        message.add_string("keepalive@openssh.com")
        message.add_boolean(True)
        transport: Any = self._transport
        with contextlib.suppress(SSHException, OSError, EOFError):
            transport._send_user_message(message)


class ChannelPipe:
    """An exec request's channel. Implements `pipe.Pipe`."""

    def __init__(self, channel: Channel, pulse: Pulse) -> None:
        self._channel = channel
        self._pulse = pulse
        self._bell = Bell()
        self._since = time.monotonic()
        self._ended = False
        self._hanging_up: threading.Thread | None = None
        self._failure: BaseException | None = None
        buffers: tuple[Any, ...] = (channel.in_buffer, channel.in_stderr_buffer)
        for buffer in buffers:
            buffer.set_event(self._bell)

    def execute(self, command: bytes, *, terminal: bool = False, agent: bool = False) -> None:
        """Ask for a command without waiting for the answer: its output will tell."""
        self._since = time.monotonic()
        if agent:
            from paramiko.agent import AgentRequestHandler

            AgentRequestHandler(self._channel)
        if terminal:
            self._request("pty-req", RAW_TERMINAL)
        self._request("exec", _string(command), reply=True)

    def send(self, chunks: Iterator[bytes]) -> None:
        """Begin to write. What the window does not take at once, a thread writes."""
        self._since = time.monotonic()
        first = next(chunks, b"")
        if len(first) <= self._channel.out_window_size:
            self._write(iter([first]))
            first = next(chunks, b"")
        if first:
            rest = _chain(first, chunks)
            beside(lambda: self._write(rest), "writer")

    def receive(self, timeout: float) -> list[Arrival]:
        """Wait up to `timeout` seconds for output. Raises ConnectionLost after too much silence."""
        self._bell.wait(min(timeout, self._pulse.patience(self._since)))
        if self._failure is not None:
            raise self._failure
        arrivals = self._drain()
        if not arrivals:
            self._pulse.check(self._since)
        return arrivals

    @property
    def gone(self) -> bool:
        """Whether the host has closed the channel or the connection."""
        channel = self._channel
        return (
            bool(channel.eof_received) or channel.closed or not channel.get_transport().is_active()
        )

    def wake(self) -> None:
        """Let `receive` return at once."""
        self._bell.set()

    def end(self) -> End:
        """The exit status if the host told one."""
        self._channel.status_event.wait(1.0)
        status = self._channel.exit_status
        return End(status if status >= 0 else None)

    def hang_up(self) -> None:
        """Let sshd send SIGHUP to what runs (RFC 4254, 6.9); it refuses where root logged in."""
        if not self._ended:
            self._hanging_up = beside(self._hang_up)

    def _hang_up(self) -> None:
        if not self._channel.closed:
            self._request("signal", _string(b"HUP"))

    def close(self) -> None:
        """Close the channel; where the host is dead, its transport."""
        if self._pulse.dead:
            self._channel.get_transport().close()
        else:
            beside(self._close)

    def _close(self) -> None:
        if self._hanging_up is not None:
            # sshd ends the whole connection over a request for a channel that is gone.
            self._hanging_up.join()
        self._channel.close()

    def _drain(self) -> list[Arrival]:
        """Both streams in turn: a full window of one would stop the other."""
        arrivals: list[Arrival] = []
        channel = self._channel
        over = channel.eof_received or channel.closed
        while channel.recv_ready():
            arrivals.append((STDOUT, channel.recv(READ)))
        while channel.recv_stderr_ready():
            arrivals.append((STDERR, channel.recv_stderr(READ)))
        if over and not self._ended:
            self._ended = True
            arrivals += [(STDOUT, b""), (STDERR, b"")]
        return arrivals

    def _write(self, chunks: Iterator[bytes]) -> None:
        try:
            for chunk in chunks:
                self._channel.sendall(chunk)
        except (OSError, SSHException, EOFError):
            pass  # the end of the output tells, with what was said
        except BaseException as error:
            self._failure = error
            self._bell.set()

    def _request(self, kind: str, details: bytes, *, reply: bool = False) -> None:
        message = Message()
        message.add_byte(cMSG_CHANNEL_REQUEST)
        message.add_int(self._channel.remote_chanid)
        message.add_string(kind)
        message.add_boolean(reply)
        message.add_bytes(details)
        transport: Any = self._channel.get_transport()
        transport._send_user_message(message)


def beside(act: Callable[[], object], name: str = "closer") -> threading.Thread:
    """Do it in a thread: a writer that is stuck holds the lock that every message needs."""

    def run() -> None:
        with contextlib.suppress(OSError, SSHException, EOFError):
            act()

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _string(text: bytes) -> bytes:
    return len(text).to_bytes(4, "big") + text


def _terminal() -> bytes:
    """A pty-req (RFC 4254, 6.2) for a terminal that changes no byte and echoes nothing."""
    off = (30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 50, 51, 53, 54, 55, 56, 59, 70, 71, 72)
    modes = b"".join(bytes([mode]) + bytes(4) for mode in off) + b"\0"
    size = b"".join(number.to_bytes(4, "big") for number in (80, 24, 0, 0))
    return _string(b"dumb") + size + _string(modes)


RAW_TERMINAL = _terminal()
