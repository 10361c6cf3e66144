"""A lab of these tests' own: three nodes and `busy`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.connections.deploying import Deploy
from tests.lab.labs import Lab, own_name

HOSTS = ("node1", "node2", "node3", "busy")


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    made = Lab(own_name("connections"))
    made.run("up", "3")
    yield made
    made.run("down")


@pytest.fixture(scope="session")
def facts(lab: Lab) -> dict[str, Any]:
    return lab.environment()


@pytest.fixture
def deploy(facts: dict[str, Any], tmp_path: Path) -> Deploy:
    """Runs on the lab's hosts, as root where a test does not say otherwise.

    HOME is the test's folder, so that nothing of the developer's own ssh_config is read.
    """
    known = f"-o UserKnownHostsFile={facts['known_hosts']} -o StrictHostKeyChecking=yes"
    inventory = {
        name: {
            "ansible_host": facts["nodes"][name]["address"],
            "ansible_user": "root",
            "ansible_ssh_private_key_file": facts["key"],
            "ansible_ssh_common_args": known,
        }
        for name in HOSTS
    }
    return Deploy(tmp_path, inventory, {"HOME": str(tmp_path), "SSH_AUTH_SOCK": ""})
