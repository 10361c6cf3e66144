"""A TCP proxy on loopback that can stall (as a firewall that drops), crawl, or cut."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time

from tests.contract.sshd import free_port


class Tunnel:
    """Forwards a port of its own to `target`; connections move in one thread each."""

    def __init__(self, target: int, *, start: bool = True) -> None:
        self.port = free_port()
        self.slow = False
        self.connections = 0
        self._target = target
        self._stalled = threading.Event()
        self._closing = threading.Event()
        self._server: socket.socket | None = None
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        if start:
            self.start()

    def start(self) -> None:
        self._server = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self) -> None:
        """From now on no byte moves, and nobody is told."""
        self._stalled.set()

    def cut(self) -> None:
        """Close every connection; new ones are taken."""
        for pair in self._pairs:
            for sock in pair:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._closing.set()
        if self._server is not None:
            self._server.close()
        self.cut()

    def _accept(self) -> None:
        assert self._server is not None
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                self.connections += 1
                host = socket.create_connection(("127.0.0.1", self._target))
                self._pairs.append((client, host))
                threading.Thread(target=self._move, args=(client, host), daemon=True).start()

    def _move(self, client: socket.socket, host: socket.socket) -> None:
        other = {client: host, host: client}
        with client, host, contextlib.suppress(OSError):
            while not self._closing.is_set():
                if self._stalled.is_set():
                    time.sleep(0.05)
                    continue
                for sock in select.select([client, host], [], [], 0.05)[0]:
                    data = sock.recv(65536)
                    if not data:
                        return
                    other[sock].sendall(data)
                    if self.slow:
                        time.sleep(0.005)
