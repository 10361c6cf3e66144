"""What docker's messages mean, and how answers are read (texts recorded on Docker 26.1)."""

import pytest

from deployer.docker import cli
from deployer.docker.troubles import Trouble, classify
from deployer.sdk import ArgumentError, ProbeError, Reply

INACTIVE = (
    'Error response from daemon: This node is not a swarm manager. Use "docker swarm init" or '
    '"docker swarm join" to connect this node to swarm and try again.'
)
WORKER = (
    "Error response from daemon: This node is not a swarm manager. Worker nodes can't be used to "
    "view or modify cluster state. Please run this command on a manager node or promote the "
    "current node to a manager."
)


@pytest.mark.parametrize(
    ("text", "code", "trouble"),
    [
        ("sh: 1: docker: not found", 127, Trouble.NOT_INSTALLED),
        ("", 124, Trouble.TIMEOUT),
        (
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. "
            "Is the docker daemon running?",
            1,
            Trouble.DAEMON_DOWN,
        ),
        (
            "failed to connect to the docker API at unix:///var/run/docker.sock; check if the "
            "path is correct and if the daemon is running: dial unix /var/run/docker.sock: "
            "connect: no such file or directory",
            1,
            Trouble.DAEMON_DOWN,
        ),
        (
            "permission denied while trying to connect to the Docker daemon socket at "
            "unix:///var/run/docker.sock: Get "
            '"http://%2Fvar%2Frun%2Fdocker.sock/v1.45/info": dial unix /var/run/docker.sock: '
            "connect: permission denied",
            1,
            Trouble.PERMISSION,
        ),
        (INACTIVE, 1, Trouble.NOT_IN_SWARM),
        (WORKER, 1, Trouble.NOT_MANAGER),
        ("[]\nError response from daemon: network nope not found", 1, Trouble.NOT_FOUND),
        ("Error: no such object: x", 1, Trouble.NOT_FOUND),
        ("Error response from daemon: something new", 1, Trouble.OTHER),
    ],
)
def test_messages_have_a_meaning(text, code, trouble):
    assert classify(text, code).trouble is trouble


def test_a_problem_reads_as_one_line_with_a_fix():
    problem = classify("[]\nStatus: " + INACTIVE + ", Code: 1", 1)
    assert str(problem).startswith("this host is not part of a swarm (")
    assert "\n" not in str(problem)
    down = classify("Cannot connect to the Docker daemon at unix:///x. Is it running?", 1)
    assert str(down).startswith("dockerd does not answer: Cannot connect")


def test_an_answer_is_records_or_a_problem():
    assert cli.read_block('WARNING: odd\n{"ID":"a"}\n{"ID":"b"}\n').records[1] == {"ID": "b"}
    refused = cli.read_block("!1 " + WORKER + "\n")
    assert refused.records == ()
    assert refused.problem is not None
    assert refused.problem.trouble is Trouble.NOT_MANAGER


def test_blocks_are_told_apart():
    found = cli.read_blocks('@a\n{"x":1}\n@b\n!127 sh: docker: not found\n@c\nplain\n')
    assert found["a"].records == ({"x": 1},)
    assert found["b"].problem is not None
    assert found["b"].problem.trouble is Trouble.NOT_INSTALLED
    assert found["c"].lines == ("plain",)


def test_a_probe_that_ran_out_of_time_is_a_value_and_a_broken_one_is_an_error():
    answer = cli.read_answer(Reply(124))
    assert answer.problem is not None
    assert answer.problem.trouble is Trouble.TIMEOUT
    with pytest.raises(ProbeError):
        cli.read_answer(Reply(2, b"", b"syntax error"))


def test_what_cannot_be_passed_on_is_refused():
    assert cli.DockerArgs(docker_host="unix:///x", api_version="1.44").env == {
        "DOCKER_HOST": "unix:///x",
        "DOCKER_API_VERSION": "1.44",
    }
    with pytest.raises(ArgumentError, match="`client_key` is not supported yet"):
        cli.DockerArgs(client_key="/k")


def test_a_failed_change_says_why_once():
    outcome = cli.docker_failure(Reply(127, b"", b"sh: 1: docker: not found"), "create network x")
    assert outcome.failed
    assert outcome.msg.startswith("create network x: docker is not installed on this host (")
