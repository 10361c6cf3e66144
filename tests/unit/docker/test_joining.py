"""Joining where managers get in each other's way, in both shells."""

import json

import pytest

from deployer.docker.joining import INIT, Addresses, join_script, node_id, read_keys
from deployer.docker.settling import DEMOTE, UPDATE, WAIT
from deployer.sdk import ProbeError, Reply, Secret, reveal

TOKEN = Secret("SWMTKN-1-the-token")
RAFT = "rpc error: code = Unknown desc = raft: busy"


def join(**more):
    return join_script(TOKEN, ["10.0.0.1:2377"], Addresses("eth1", "", "eth2"), **more)


def answer(status, message=""):
    """What `docker system dial-stdio` prints."""
    body = f'{{"message":"{message}"}}' if message else ""
    return f"printf 'HTTP/1.0 {status}\\r\\n\\r\\n%s' '{body}'"


def test_a_refusal_by_raft_is_tried_again(docker):
    docker.says(f"""
    'system dial-stdio')
        if [ "$nth" -gt 1 ]; then {answer("200 OK")}; else {answer("500 Error", RAFT)}; fi
        ;;
    info*) echo 'active id-of-node ' ;;
    """)
    reply = docker.run(join())
    assert (reply.code, node_id(reply)) == (0, "id-of-node")
    assert docker.asked[:2] == ["system dial-stdio"] * 2


@pytest.mark.parametrize(
    "message",
    [
        "invalid join token",
        "remote CA does not match fingerprint. Expected: a",
        "could not choose an IP address to advertise",
        "rpc error: code = InvalidArgument desc = A valid join token is necessary",
    ],
)
def test_what_will_not_get_better_is_tried_once(docker, message):
    docker.says(f"'system dial-stdio') {answer('400 Bad Request', message)} ;;")
    reply = docker.run(join())
    assert (reply.code, reply.err) == (1, message + "\n")
    assert len(docker.asked) == 1


def test_trying_ends_at_the_deadline(docker):
    docker.says(f"'system dial-stdio') {answer('500 Internal Server Error', RAFT)} ;;")
    reply = docker.run(join(seconds=1))
    assert (reply.code, reply.err) == (1, RAFT + "\n")


def test_a_docker_that_cannot_carry_it_is_told(docker):
    docker.says("*) echo \"docker: 'system dial-stdio' is not a docker command\" >&2; exit 1 ;;")
    reply = docker.run(join())
    assert reply.code == 1
    assert "dial-stdio' is not a docker command" in reply.err


def test_a_join_that_goes_on_in_the_background_is_waited_for(docker):
    docker.says(f"""
    'system dial-stdio')
        {answer("503 Service Unavailable", "Timeout was reached before node joined. It goes on")}
        ;;
    info*) if [ "$nth" -gt 1 ]; then echo 'active id '; else echo 'pending  '; fi ;;
    """)
    reply = docker.run(join())
    assert (reply.code, node_id(reply)) == (0, "id")


def test_a_node_that_never_becomes_active_is_told(docker):
    docker.says(f"""
    'system dial-stdio') {answer("200 OK")} ;;
    info*) echo 'pending  certificate trouble' ;;
    """)
    reply = docker.run(join(seconds=0))
    assert reply.code == 1
    assert reply.err == "the node did not become active: pending  certificate trouble\n"


def test_the_token_travels_on_standard_input():
    script = join(availability="drain")
    (call,) = script.calls
    assert script.sensitive
    assert not any(reveal(TOKEN) in word for word in call.args)
    assert json.loads(reveal(call.stdin)) == {
        "ListenAddr": "0.0.0.0:2377",
        "AdvertiseAddr": "eth1",
        "DataPathAddr": "eth2",
        "RemoteAddrs": ["10.0.0.1:2377"],
        "JoinToken": "SWMTKN-1-the-token",
        "Availability": "drain",
    }


def test_a_new_swarm_tells_its_keys_and_nothing_else(docker):
    docker.says("""
    'swarm init'*) echo 'To add a worker: docker swarm join --token SWMTKN-leak' ;;
    'node inspect'*) printf 'node the-id\\naddress 0.0.0.0:2377\\nip 10.0.0.7\\n' ;;
    *worker) echo SWMTKN-worker ;;
    *manager) echo SWMTKN-manager ;;
    """)
    reply = docker.run(INIT("--advertise-addr", "eth1"))
    assert "leak" not in reply.out
    keys = read_keys(reply)
    assert (keys.node_id, keys.address) == ("the-id", "10.0.0.7:2377")
    assert reveal(keys.token("manager")) == "SWMTKN-manager"
    assert reveal(keys.token("worker")) == "SWMTKN-worker"
    assert "SWMTKN" not in str(keys)


def test_a_failure_among_the_keys_repeats_no_token(docker):
    docker.says("""
    'node inspect'*) printf 'node the-id\\naddress a\\nip b\\n' ;;
    *worker) echo SWMTKN-worker ;;
    *manager) echo no >&2; exit 1 ;;
    """)
    reply = docker.run(INIT())
    assert reply.code == 1
    assert "SWMTKN" not in reply.out + reply.err


def test_keys_that_are_not_whole_are_an_error():
    with pytest.raises(ProbeError, match="did not tell its worker, manager"):
        read_keys(Reply(0, b"node x\naddress y\n"))


def test_an_update_that_another_one_overtook_is_repeated(docker):
    docker.says("""
    *) if [ "$nth" -gt 2 ]; then echo the-id; else echo 'update out of sequence' >&2; exit 1; fi ;;
    """)
    assert docker.run(UPDATE("the-id", "--role", "manager")).code == 0
    assert docker.asked == ["node update --role manager the-id"] * 3


def test_an_update_that_is_refused_is_told(docker):
    docker.says("*) echo 'attempting to demote the last manager' >&2; exit 1 ;;")
    reply = docker.run(DEMOTE("the-id", "5"))
    assert (reply.code, reply.err) == (1, "attempting to demote the last manager\n")
    assert len(docker.asked) == 1


def test_waiting_ends_when_every_node_is_settled(docker):
    docker.says("""
    *)
        echo 'm1 Ready Leader one'
        if [ "$nth" -gt 2 ]; then echo 'm2 Ready Reachable two'; else echo 'm2 Ready  two'; fi
        if [ "$nth" -gt 1 ]; then echo 'w1 Ready  three'; else echo 'w1 Down  three'; fi
        ;;
    """)
    assert docker.run(WAIT("20", "manager:m1", "manager:m2", "worker:w1")).code == 0
    assert len(docker.asked) == 3


def test_waiting_ends_at_its_deadline_with_the_list(docker):
    docker.says("*) echo 'w1 Down  three' ;;")
    reply = docker.run(WAIT("0", "worker:w1"))
    assert reply.code == 1
    assert reply.err == "the nodes did not settle in 0 seconds:\nw1 Down  three\n"
