"""Hosts for one benchmark: an sshd each on loopback, in a mount namespace over this machine's root.

Host i listens on 127.0.1.i port 2422 (2423 through the proxy). /etc, /opt, /var, /tmp and /root of
a host are its own; processes, network and clock are shared. Needs root.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

PORT, DELAYED = 2422, 2423
PER_NET = 250

_SSHD = """Port {port}
ListenAddress {address}
HostKey /bench/host_key
AuthorizedKeysFile /bench/authorized_keys
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
LogLevel ERROR
Subsystem sftp /usr/lib/openssh/sftp-server
"""

_ENTER = """
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
for folder in proc sys dev; do mount --rbind "/$folder" "$1/root/$folder"; done
exec chroot "$1/root" /usr/sbin/sshd -D -e -f /bench/sshd_config
"""

#: What the workloads make, and what they edit.
_CLEAN = """
rm -rf /opt/* /tmp/* /etc/myapp /etc/cron.d/myapp /var/lib/myapp /var/log/myapp /root/.ansible
for file in passwd group shadow gshadow sysctl.conf environment profile; do
    if [ -e "/bench/$file" ]; then cp -p "/bench/$file" "/etc/$file"; fi
done
"""
_EDITED = ("passwd", "group", "shadow", "gshadow", "sysctl.conf", "environment", "profile")


def address(number: int) -> str:
    """The loopback address of host `number`, counted from 1."""
    net, host = divmod(number - 1, PER_NET)
    return f"127.0.{1 + net}.{1 + host}"


class Hosts:
    """`count` hosts below `folder`, from `start` to `stop`."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        self.count = count
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def key(self) -> Path:
        return self.folder / "id"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def start(self) -> None:
        """Start every host and wait until each accepts connections."""
        self.folder.mkdir(parents=True)
        _run("mount", "-t", "tmpfs", "-o", "size=50%,mode=755", "deploy-bench", str(self.folder))
        _run("mount", "--make-private", str(self.folder))
        _keygen(self.key)
        known = []
        for number in range(1, self.count + 1):
            home = self.folder / f"h{number:03d}"
            self._prepare(home, number)
            public = " ".join((home / "upper/bench/host_key.pub").read_text().split()[:2])
            known += [f"[{address(number)}]:{port} {public}\n" for port in (PORT, DELAYED)]
            command = ["unshare", "--mount", "sh", "-ec", _ENTER, "sh", str(home)]
            log = (home / "log").open("wb")
            self._running.append(
                subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            )
        self.known_hosts.write_text("".join(known))
        for number, host in enumerate(self._running, 1):
            _wait(address(number), host)

    def _prepare(self, home: Path, number: int) -> None:
        upper = home / "upper"
        own = upper / "bench"
        for folder in (own, home / "work", home / "root", upper / "run/sshd"):
            folder.mkdir(parents=True)
        for name, mode in (("tmp", 0o1777), ("root", 0o700), ("opt", 0o755)):
            (upper / name).mkdir()
            (upper / name).chmod(mode)
            os.setxattr(upper / name, "trusted.overlay.opaque", b"y")
        upper.chmod(0o755)
        for name in _EDITED:
            if (Path("/etc") / name).exists():
                shutil.copy2(Path("/etc") / name, own / name)
        _keygen(own / "host_key")
        shutil.copy(self.key.with_suffix(".pub"), own / "authorized_keys")
        (own / "sshd_config").write_text(_SSHD.format(port=PORT, address=address(number)))

    def reset(self, count: int) -> None:
        """Make the first `count` hosts as they were at the start."""
        cleaning = [
            subprocess.Popen(["nsenter", "-t", str(host.pid), "-m", "-r", "-w", "sh", "-c", _CLEAN])
            for host in self._running[:count]
        ]
        for process in cleaning:
            process.wait()

    def stop(self) -> None:
        """End every host with what still runs on it. Idempotent."""
        for host in self._running:
            for pid in _children(host.pid):
                _end(pid)
            host.terminate()
        for host in self._running:
            host.wait()
        self._running.clear()
        subprocess.run(["umount", "-l", str(self.folder)], check=False, stderr=subprocess.DEVNULL)


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [int(word) for word in path.read_text().split()]
    except OSError:
        return []


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def _keygen(path: Path) -> None:
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bench", "-f", str(path))


def _wait(host: str, server: subprocess.Popen[bytes]) -> None:
    """Until a host accepts connections. Raises OSError, RuntimeError if its server has ended."""
    deadline = time.monotonic() + 20
    while True:
        if server.poll() is not None:
            raise RuntimeError(f"{host}: sshd did not start (is port {PORT} in use?)")
        try:
            socket.create_connection((host, PORT), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
