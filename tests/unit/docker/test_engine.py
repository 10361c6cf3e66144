"""Speaking to dockerd's socket: by curl, by perl, and where there is neither."""

import shutil
import socketserver
import threading
from pathlib import Path

import pytest

from deployer.docker.engine import ENGINE, NO_WAY
from deployer.sdk import Secret, sh
from tests.support.shell import DASH, run

POST = sh('engine POST "$1"', uses=(ENGINE,))
TOKEN = "SWMTKN-1-a \"quoted\" 'one' and $more"


class Dockerd(socketserver.ThreadingUnixStreamServer):
    """Keeps what it was asked; answers `status` and `body`."""

    daemon_threads = True
    status = "200 OK"
    body = '{"ok":true}'

    def __init__(self, path):
        self.asked = []
        super().__init__(path, Answer)


class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.rfile.read(1)
        length = next(
            int(line.split(b":")[1])
            for line in head.splitlines()
            if line.lower().startswith(b"content-length")
        )
        self.server.asked.append((head.splitlines()[0], self.rfile.read(length)))
        body = self.server.body.encode()
        self.wfile.write(
            f"HTTP/1.1 {self.server.status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        )


@pytest.fixture
def dockerd(tmp_path):
    server = Dockerd(str(tmp_path / "docker.sock"))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=["curl", "perl"])
def tools(request, tmp_path):
    """A PATH on which there is one of the two."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in (request.param, "cat"):
        (folder / name).symlink_to(shutil.which(name))
    return folder


def post(dockerd, tools, body=TOKEN, path="/swarm/join"):
    env = {"DOCKER_HOST": f"unix://{dockerd.server_address}", "PATH": str(tools)}
    return run(POST(path, stdin=Secret(body), env=env), DASH)


def test_the_body_arrives_as_it_is(dockerd, tools):
    reply = post(dockerd, tools)
    assert (reply.code, reply.out) == (0, '{"ok":true}\n')
    line, body = dockerd.asked[0]
    assert line.startswith(b"POST /swarm/join HTTP/1.")
    assert body.decode() == TOKEN


def test_a_refusal_is_told_in_dockerds_words(dockerd, tools):
    dockerd.status, dockerd.body = "400 Bad Request", '{"message":"invalid join token"}'
    reply = post(dockerd, tools)
    assert (reply.code, reply.out, reply.err) == (1, "", "invalid join token\n")


def test_an_answer_without_a_body_is_fine(dockerd, tools):
    dockerd.status, dockerd.body = "204 No Content", ""
    assert post(dockerd, tools).code == 0


def test_a_socket_that_nobody_serves_is_an_error(dockerd, tools):
    dockerd.shutdown()
    dockerd.server_close()
    reply = post(dockerd, tools)
    assert reply.code == 1
    assert "connect" in reply.err.lower()


def test_without_a_client_there_is_no_way(dockerd, tmp_path):
    env = {"DOCKER_HOST": f"unix://{dockerd.server_address}", "PATH": str(tmp_path)}
    assert run(POST("/x", stdin=b"{}", env=env), DASH).code == NO_WAY
    busybox = (shutil.which("busybox") or "busybox", "sh")
    assert run(POST("/x", stdin=b"{}", env=env), busybox).code == NO_WAY


def test_another_machines_docker_is_left_to_the_cli(tools):
    env = {"DOCKER_HOST": "tcp://127.0.0.1:1", "PATH": str(tools)}
    assert run(POST("/x", stdin=b"{}", env=env), DASH).code == NO_WAY
    missing = {"DOCKER_HOST": f"unix://{Path('/nowhere/docker.sock')}", "PATH": str(tools)}
    assert run(POST("/x", stdin=b"{}", env=missing), DASH).code == NO_WAY
