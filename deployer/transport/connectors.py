"""One connector for every kind of connection; each is imported when it is first needed."""

from __future__ import annotations

import contextlib
import importlib
import threading

from deployer.model.errors import ConnectError
from deployer.model.script import Batch
from deployer.transport.session import UNHEARD, Connector, Hearing, Opened, Target


def open_connector(kind: str) -> Connector:
    """The connector of a kind of connection: `ssh` (also `paramiko`, `smart`) or `local`.

    Raises ConnectError for a kind that does not exist.
    """
    if kind == "local":
        from deployer.transport.local import LocalConnector

        return LocalConnector()
    if kind in ("ssh", "smart", "paramiko", "paramiko_ssh"):
        from deployer.transport.ssh import SshConnector

        return SshConnector()
    raise ConnectError(f"connection `{kind}` does not exist: use `ssh` or `local`")


def preload() -> None:
    """Import what `ssh` needs in a thread of its own: for a moment in which nothing else runs."""
    module = "deployer.transport.ssh"
    load = threading.Thread(target=importlib.import_module, args=(module,), daemon=True)
    load.start()


class Connectors:
    """Dispatches on `Target.connection`. Implements `session.Connector`; thread-safe."""

    def __init__(self) -> None:
        self._made: dict[str, Connector] = {}
        self._lock = threading.Lock()

    def open(self, target: Target, first: Batch, hearing: Hearing = UNHEARD) -> Opened:
        """As the connector of the target's kind."""
        return self._connector(target).open(target, first, hearing)

    def expect(self, target: Target) -> None:
        """As the connector of the target's kind; one that does not exist is `open`'s to name."""
        with contextlib.suppress(ConnectError):
            self._connector(target).expect(target)

    def _connector(self, target: Target) -> Connector:
        with self._lock:
            if target.connection not in self._made:
                self._made[target.connection] = open_connector(target.connection)
            return self._made[target.connection]

    def halt(self) -> None:
        """As every connector that was made."""
        with self._lock:
            made = list(self._made.values())
        for connector in made:
            connector.halt()

    def notes(self) -> list[str]:
        """What every kind has to say."""
        with self._lock:
            made = list(self._made.values())
        return [note for connector in made for note in connector.notes()]

    def close(self) -> None:
        """Close every connection of every kind; what is being opened gives up."""
        with self._lock:
            made = list(self._made.values())
        for connector in made:
            connector.close()
