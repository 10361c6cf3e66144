"""Speaking to dockerd by the CLI's own connection to it, in both shells.

dockerd is here a server with the habits that matter: it gives up a request whose sender hangs up
before the answer, and sends long answers in chunks to who speaks HTTP/1.1. The real one answers in
`tests/e2e/swarm`, `tests/e2e/stacks` and `tests/security/test_check_08_no_secret_in_argv.py`.
"""

import re
import select
import socketserver
import sys
import threading

import pytest

from deployer.docker.engine import DIAL, ENGINE
from deployer.docker.registry import REGISTRY
from deployer.sdk import Secret, sh
from tests.support import dialling
from tests.support.shell import BUSYBOX, SHELLS, applets, run, shell_id

POST = sh('engine POST "$1"', uses=(ENGINE,))
ASK = sh('registry_digests "$@"', uses=(REGISTRY,))
WAIT = sh('dial "$1" printf "GET /never HTTP/1.0\\r\\n\\r\\n"', uses=(DIAL,))
TOKEN = "SWMTKN-1-a \"quoted\" 'one' and $more: \\n %s äöü"
DIGEST = "sha256:" + "ab" * 32


class Dockerd(socketserver.ThreadingUnixStreamServer):
    """Keeps what it was asked; answers with what `answers` has for the path, (status, body)."""

    daemon_threads = True

    def __init__(self, path):
        self.asked = []
        self.answers = {}
        super().__init__(path, Answer)


class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        while line := self.rfile.readline().decode():
            head = {}
            while (text := self.rfile.readline().decode().strip()) != "":
                key, _, value = text.partition(":")
                head[key.lower()] = value.strip()
            body = self.rfile.read(int(head.get("content-length", 0)))
            self.server.asked.append((line.strip(), body))
            _, path, version = line.split()
            self.say(path, version)
            if version == "HTTP/1.0" or head.get("connection") == "close":
                return

    def say(self, path, version):
        answer = self.server.answers.get(path)
        # Who hangs up gives up: buffered questions apart, that is what can be read now.
        given_up = not self.rfile.peek(1) if self.gone(answer is None) else False
        status, body = answer or ("500 Internal Server Error", '{"message":"context canceled"}')
        if given_up:
            status, body = "500 Internal Server Error", '{"message":"context canceled"}'
        self.wfile.write(f"{version} {status}\r\nContent-Type: application/json\r\n".encode())
        if version == "HTTP/1.0":
            self.wfile.write(b"\r\n" + body.encode())
            return
        parts = [body[at : at + 100].encode() for at in range(0, len(body), 100)]
        self.wfile.write(b"Transfer-Encoding: chunked\r\n\r\n")
        for part in parts:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def gone(self, waits):
        """Whether the sender hung up (or sent more); what is never answered waits for it."""
        patience = 20 if waits else 0.2
        return bool(select.select([self.connection], [], [], patience)[0])


@pytest.fixture
def dockerd(tmp_path):
    server = Dockerd(str(tmp_path / "docker.sock"))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=SHELLS, ids=shell_id)
def ask(request, tmp_path, dockerd):
    """Runs a script on a host whose `docker` knows its `system dial-stdio`."""
    program = tmp_path / "docker"
    program.write_text(
        f'#!/bin/sh\n[ "$*" = "system dial-stdio" ] || exit 1\n'
        f"exec '{sys.executable}' -S '{dialling.__file__}' '{dockerd.server_address}'\n"
    )
    program.chmod(0o755)
    tools = applets() if request.param == BUSYBOX else "/usr/bin:/bin"
    return lambda script: run(script, request.param, {"PATH": f"{tmp_path}:{tools}"})


def test_the_body_arrives_as_it_is(dockerd, ask):
    dockerd.answers["/swarm/join"] = ("200 OK", '{"ok":true}')
    reply = ask(POST("/swarm/join", stdin=Secret(TOKEN)))
    assert (reply.code, reply.out, reply.err) == (0, "", "")
    assert dockerd.asked == [("POST /swarm/join HTTP/1.0", TOKEN.encode())]


def test_a_refusal_is_told_in_dockerds_words(dockerd, ask):
    dockerd.answers["/x"] = ("400 Bad Request", '{"message":"invalid join token"}\n')
    reply = ask(POST("/x", stdin=b"{}"))
    assert (reply.code, reply.out, reply.err) == (1, "", "invalid join token\n")


def test_an_answer_without_a_body_is_fine(dockerd, ask):
    dockerd.answers["/x"] = ("204 No Content", "")
    assert ask(POST("/x", stdin=b"{}")).code == 0


def test_a_daemon_that_does_not_answer_is_given_up_in_time(ask):
    reply = ask(WAIT("1"))
    assert "context canceled" in reply.out


def test_a_socket_that_nobody_serves_is_an_error(dockerd, ask):
    dockerd.shutdown()
    dockerd.server_close()
    reply = ask(POST("/x", stdin=b"{}"))
    assert reply.code == 1
    assert reply.err.startswith("failed to open the raw stream connection")


def test_images_are_asked_for_over_one_connection(dockerd, ask):
    long = f'{{"Descriptor":{{"digest":"{DIGEST}"}},"Platforms":"{"x" * 5000}"}}\n'
    refused = '{"message":"errors: denied: requested access to the resource is denied"}\n'
    dockerd.answers = {
        "/distribution/one:1/json": ("200 OK", long),
        "/distribution/two/json": ("404 Not Found", '{"message":"manifest unknown"}\n'),
        "/distribution/reg:5000/three:v1/json": ("403 Forbidden", refused),
        "/distribution/four/json": ("200 OK", long),
    }
    reply = ask(ASK("one:1", "two", "reg:5000/three:v1", "four"))
    assert reply.out.split("\n") == [
        *("@digest one:1", DIGEST, "@digest two", "none"),
        *("@digest reg:5000/three:v1", "denied", "@digest four", DIGEST, ""),
    ]
    assert [re.sub(" HTTP.*", "", line) for line, _ in dockerd.asked] == [
        f"GET {path}" for path in dockerd.answers
    ]


def test_an_image_that_cannot_be_asked_for_says_so(dockerd, ask):
    dockerd.shutdown()
    dockerd.server_close()
    assert ask(ASK("one", "two")).out == "@digest one\nunasked\n@digest two\nunasked\n"
