"""A network that was removed from the swarm, and whose tasks still end on the node."""

import pytest

from deployer.docker.network_scripts import LOOK

HERE, SWARM = "2026-11-27 04:29:12.6 +0000 UTC", "2026-11-27 04:29:12.3 +0000 UTC"
TASKS = '"Containers":{"c1":{"Name":"a.1"}},"Peers":[{"Name":"n"}]'


@pytest.mark.parametrize(
    ("scope", "more", "listed", "manager", "stays", "ghost"),
    [
        ("swarm", TASKS, HERE, True, True, True),
        ("swarm", TASKS, SWARM, True, True, False),
        ("swarm", TASKS, HERE, False, True, False),
        ("swarm", '"Containers":{"c1":{"Name":"a.1"}}', HERE, True, True, True),
        ("swarm", '"Containers":{}', HERE, True, False, True),
        ("swarm", '"Containers":{}', HERE, True, True, False),
        ("swarm", '"Containers":null', HERE, True, True, False),
        ("local", '"Containers":{"c1":{"Name":"a.1"}}', HERE, True, True, False),
    ],
)
def test_only_the_copy_of_a_removed_network_is_a_ghost(
    docker, scope, more, listed, manager, stays, ghost
):
    docker.says(f"""
    'network inspect --format'*)
        echo '{{"Name":"app","Id":"abc","Scope":"{scope}",{more}}}'
        echo '{HERE}'
        ;;
    'network inspect'*) {"exit 0" if stays else 'echo "not found" >&2; exit 1'} ;;
    'network ls'*) echo '{listed}' ;;
    'node inspect self'*) {"exit 0" if manager else "exit 1"} ;;
    """)
    reply = docker.run(LOOK("app"))
    assert reply.code == 0
    assert ("@ghost" in reply.out.splitlines()) is ghost
