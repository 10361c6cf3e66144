"""A stream to a host: TCP with a deadline, or a ProxyCommand; both can be given up at once."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

from deployer.model.errors import ConnectError, Interrupted

#: Longest wait in seconds between two looks at whether somebody has cancelled.
GLANCE = 0.1
#: Linux's switch against delayed acknowledgements; it has to be set again for every read.
QUICKACK: int = getattr(socket, "TCP_QUICKACK", 0)
#: How much is kept, in bytes, of what a host says first: a word of refusal is no longer.
OPENING = 200


class Refused(ConnectError):
    """A connection that may succeed when it is tried again."""


class WatchedSocket:
    """A socket that remembers when the other side was heard last (monotonic seconds).

    `said` tells what the program that carries it has written to standard error, `opening` is what
    the other side wrote first. `hurried` has every packet acknowledged at once: sshd waits for
    that (Nagle's algorithm) before it goes on, which costs a login 40 ms.
    """

    def __init__(self, sock: Any, said: Callable[[], str] = str, *, hurried: bool = False) -> None:
        self._sock = sock
        self.said = said
        self.hurried = hurried and QUICKACK > 0
        self.heard = time.monotonic()
        self.opening = b""
        self._closed = False

    def recv(self, size: int) -> bytes:
        if self.hurried:
            self._sock.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)
        data: bytes = self._sock.recv(size)
        self.heard = time.monotonic()
        if len(self.opening) < OPENING:
            self.opening += data
        return data

    def close(self) -> None:
        self._closed = True
        self._sock.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def dial(host: str, port: int, timeout: float, cancelled: Callable[[], bool]) -> socket.socket:
    """A TCP connection without Nagle's delay.

    Tries every address of the host, within `timeout` seconds in all. Raises Refused where trying
    again may help, ConnectError where the name does not exist, Interrupted.
    """
    deadline = time.monotonic() + timeout
    addresses = _resolve(host, port, deadline, cancelled)
    problem = "no address"
    for index, (family, address) in enumerate(addresses):
        left = deadline - time.monotonic()
        share = left / (len(addresses) - index)
        try:
            return _connect(family, address, time.monotonic() + share, cancelled)
        except OSError as error:
            problem = error.strerror or str(error)
    raise Refused(f"cannot connect to {host} port {port}: {problem}")


def _connect(
    family: int, address: Any, deadline: float, cancelled: Callable[[], bool]
) -> socket.socket:
    with contextlib.ExitStack() as undo:
        sock = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            sock.connect(address)
        poll = select.poll()
        poll.register(sock, select.POLLOUT)
        while not poll.poll(GLANCE * 1000):
            _look(cancelled)
            if time.monotonic() > deadline:
                raise TimeoutError(0, "timed out")
        if code := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(code, os.strerror(code))
        sock.setblocking(True)
        undo.pop_all()
        return sock


def _look(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Interrupted()


def _resolve(
    host: str, port: int, deadline: float, cancelled: Callable[[], bool]
) -> list[tuple[int, Any]]:
    """Addresses of a name; the resolver knows no deadline, so it runs beside us."""
    with contextlib.suppress(socket.gaierror):
        return _lookup(host, port, socket.AI_NUMERICHOST)
    found: list[list[tuple[int, Any]] | socket.gaierror] = []

    def run() -> None:
        try:
            found.append(_lookup(host, port, 0))
        except socket.gaierror as error:
            found.append(error)

    worker = threading.Thread(target=run, name="resolver", daemon=True)
    worker.start()
    while worker.is_alive():
        worker.join(GLANCE)
        _look(cancelled)
        if time.monotonic() > deadline and worker.is_alive():
            raise Refused(f"cannot resolve {host}: timed out")
    if isinstance(found[0], socket.gaierror):
        kind = Refused if found[0].errno == socket.EAI_AGAIN else ConnectError
        raise kind(f"cannot resolve {host}: {found[0].strerror}")
    return found[0]


def _lookup(host: str, port: int, flags: int) -> list[tuple[int, Any]]:
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return [(info[0], info[4]) for info in infos]


class Proxy:
    """A ProxyCommand whose standard input and output are one end of a socket pair."""

    def __init__(self, command: str) -> None:
        self.sock, theirs = socket.socketpair()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        with theirs:
            # The user's own words, which ssh_config(5) gives to a shell.
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", "exec " + command],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=self._said.fileno(),
                start_new_session=True,
            )

    def said(self) -> str:
        """The last of what the command wrote to standard error, else how it ended."""
        self._said.seek(0)
        text = " ".join(self._said.read().decode("utf-8", "replace").split())[-400:]
        if text:
            return text
        try:
            return f"the ProxyCommand ended with status {self._process.wait(GLANCE)}"
        except subprocess.TimeoutExpired:
            return ""

    def close(self) -> None:
        """End the command."""
        self.sock.close()
        if self._process.poll() is None:
            self._process.terminate()
            threading.Thread(target=self._process.wait, name="reaper", daemon=True).start()
        self._said.close()
