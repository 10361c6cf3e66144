"""SSH servers in this process, which do what no sshd can be told to do."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import paramiko
from paramiko.transport import SecurityOptions


class _Anybody(paramiko.ServerInterface):
    """Lets one password in."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        self._server.passwords.append(password)
        right = password == self._server.password
        return paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED


@dataclass
class Server:
    """Listens on loopback; takes `password`, and offers only the algorithms that are named."""

    key: paramiko.PKey
    password: str = ""
    offered: dict[str, Sequence[str]] = field(default_factory=dict)
    strict: bool = True
    port: int = 0
    passwords: list[str] = field(default_factory=list)

    @property
    def known(self) -> str:
        """Its line of known_hosts."""
        return f"[127.0.0.1]:{self.port} {self.key.get_name()} {self.key.get_base64()}\n"

    def serve(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = listener.accept()
                with contextlib.suppress(paramiko.SSHException, EOFError):
                    transport = paramiko.Transport(sock, strict_kex=self.strict)
                    options: Any = SecurityOptions(transport)
                    for name, algorithms in self.offered.items():
                        setattr(options, name, algorithms)
                    transport.add_server_key(self.key)
                    transport.start_server(event=threading.Event(), server=_Anybody(self))


@contextlib.contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Let it listen while the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        threading.Thread(target=server.serve, args=(listener,), daemon=True).start()
        yield server
