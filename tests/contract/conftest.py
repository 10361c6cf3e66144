"""Places to run on: every contract test runs locally and over a real sshd on loopback."""

from __future__ import annotations

import getpass
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from deployer.model.script import Batch, Replies, Reply, Script
from deployer.transport.connectors import Connectors
from deployer.transport.session import Connector, Hearing, Opened, Session, Target
from deployer.transport.ssh import SshConnector
from tests.contract.sshd import Sshd, running

NOTHING = Batch()


@dataclass
class Place:
    """A way to reach this machine; closes what a test has opened."""

    target: Target
    connector: Connector
    opened: list[Session] = field(default_factory=list)

    def open(self, first: Batch = NOTHING, on_output: Any = None, **changes: Any) -> Opened:
        opened = self.connector.open(replace(self.target, **changes), first, Hearing(on_output))
        self.opened.append(opened.session)
        return opened

    def session(self, **changes: Any) -> Session:
        return self.open(**changes).session

    def probe(self, script: Script) -> Reply:
        """The reply to one probe, on a session that the test's other probes share."""
        if not self.opened:
            self.session()
        return self.opened[0].exchange(Batch(probes=(script,))).probes[0]

    def exchange(self, batch: Batch) -> Replies:
        if not self.opened:
            self.session()
        return self.opened[0].exchange(batch)

    def close(self) -> None:
        for session in self.opened:
            session.close()


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running(tmp_path_factory.mktemp("sshd")) as server:
        yield server


def ssh_target(server: Sshd) -> Target:
    """How to reach a test server: its key, its known_hosts, nothing of the user's own."""
    return Target(
        "here",
        "127.0.0.1",
        port=server.port,
        user=getpass.getuser(),
        identities=(str(server.identity),),
        options=(
            ("UserKnownHostsFile", str(server.known_hosts)),
            ("GlobalKnownHostsFile", "/dev/null"),
            ("IdentitiesOnly", "yes"),
        ),
    )


@pytest.fixture(scope="session")
def connectors() -> Iterator[Connectors]:
    """One for the whole run, so that most tests share one connection."""
    made = Connectors()
    yield made
    made.close()


@pytest.fixture(params=["local", "ssh"])
def place(request: pytest.FixtureRequest, connectors: Connectors) -> Iterator[Place]:
    target = Target("here", "localhost", connection="local")
    if request.param == "ssh":
        target = ssh_target(request.getfixturevalue("sshd"))
    made = Place(target, connectors)
    yield made
    made.close()


@pytest.fixture(params=["dash", "bash", "busybox"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The path of a shell as `sh`; bash called so is in its POSIX mode."""
    found = shutil.which(request.param)
    assert found, f"{request.param} is not installed"
    link = tmp_path / "sh"
    link.symlink_to(found)
    return str(link)


@pytest.fixture
def target(sshd: Sshd) -> Target:
    return replace(ssh_target(sshd), attempts=1, timeout=5.0)


@pytest.fixture
def connector() -> Iterator[SshConnector]:
    made = SshConnector()
    yield made
    made.close()
