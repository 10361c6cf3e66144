"""Hosts that allow few sessions on a connection (MaxSessions): further identities log in anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deployer.model.errors import ConnectError
from deployer.model.script import Batch, sh
from deployer.transport.session import Target
from deployer.transport.ssh import SshConnector
from tests.contract.conftest import ssh_target
from tests.contract.sshd import running

BATCH = Batch(probes=(sh("""printf "%s" "$SSH_CONNECTION" """)(),))
SHELLS = ("/bin/sh", "/bin/dash", "/bin/bash")


@pytest.fixture
def allows(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    """An sshd with so many sessions a connection."""
    with running(tmp_path, f"Match all\n  MaxSessions {request.param}") as server:
        yield replace(ssh_target(server), attempts=1, timeout=5.0)


@pytest.mark.parametrize(("allows", "logins"), [(1, 3), (2, 2), (3, 1)], indirect=["allows"])
def test_every_identity_has_its_session(
    connector: SshConnector, allows: Target, logins: int
) -> None:
    opened = [connector.open(replace(allows, executable=shell), BATCH) for shell in SHELLS]
    assert len({each.replies.probes[0].out for each in opened}) == logins
    again = [each.session.exchange(BATCH).probes[0].out for each in opened]
    assert again == [each.replies.probes[0].out for each in opened]


@pytest.mark.parametrize("allows", [0], indirect=True)
def test_a_host_that_allows_none_says_so(connector: SshConnector, allows: Target) -> None:
    with pytest.raises(ConnectError, match=r"refuses another session .* MaxSessions"):
        connector.open(allows, BATCH)
