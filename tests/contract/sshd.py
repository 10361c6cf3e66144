"""A real sshd on loopback, with keys and configuration of its own, for one test session."""

from __future__ import annotations

import contextlib
import getpass
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_ed25519
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
UsePAM no
UseDNS no
PrintMotd no
PrintLastLog no
MaxStartups 1000:30:2000
MaxSessions 1000
LogLevel VERBOSE
{extra}
"""


@dataclass(frozen=True)
class Sshd:
    """Where the server listens and what a client needs to get in."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def identity(self) -> Path:
        return self.folder / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    @property
    def host_key(self) -> str:
        """Type and base64 of the server's key, as known_hosts has them."""
        words = (self.folder / "host_ed25519.pub").read_text().split()
        return " ".join(words[:2])

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    words = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "test", "-f", str(path)]
    subprocess.run(words, check=True)
    return path


@contextlib.contextmanager
def running(folder: Path, extra: str = "", before: Sequence[str] = ()) -> Iterator[Sshd]:
    """Start sshd (behind the words `before`) and wait until it listens; stop it by its pid."""
    folder.chmod(0o755)
    make_key(folder / "host_ed25519")
    make_key(folder / "id_ed25519")
    (folder / "authorized_keys").write_text((folder / "id_ed25519.pub").read_text())
    if getpass.getuser() == "root":
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    port = free_port()
    (folder / "sshd_config").write_text(CONFIG.format(port=port, folder=folder, extra=extra))
    with (folder / "log").open("wb") as log:
        words = [*before, "/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config")]
        process = subprocess.Popen(words, stderr=log, stdin=subprocess.DEVNULL)
    server = Sshd(folder, port, process)
    server.known_hosts.write_text(f"[127.0.0.1]:{port} {server.host_key}\n")
    try:
        _until_listening(server)
        yield server
    finally:
        process.terminate()
        process.wait(10)


def _until_listening(server: Sshd) -> None:
    deadline = time.monotonic() + 10
    while server.process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", server.port), 1).close()
            return
        time.sleep(0.02)
    raise AssertionError(f"sshd did not start: {server.log}")
