"""`wait_for` against real sockets on loopback and real files."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployer.modules import load
from deployer.sdk import Refused, Resource
from deployer.sdk.patterns import extended
from tests.support.shell import BUSYBOX, DASH, Host, arguments

#: The tools a host may have for trying a port, beside its shell's own.
TOOLS = ("timeout", "sleep", "date", "grep", "awk", "cat", "sh", "kill", "printf")


def only(folder: Path, *tools: str) -> Host:
    """A host with dash and just these tools."""
    for tool in (*TOOLS, *tools):
        found = shutil.which(tool)
        if found and not (folder / tool).exists():
            (folder / tool).symlink_to(found)
    return Host(DASH, {"PATH": str(folder)})


@pytest.fixture(params=["bash", "busybox", "curl", "nothing"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    if request.param == "busybox":
        return Host(BUSYBOX)
    (tmp_path / "bin").mkdir()
    return only(tmp_path / "bin", *([] if request.param == "nothing" else [request.param]))


class Server:
    """A listener on loopback that says something to everybody."""

    def __init__(self, banner: bytes = b"", port: int = 0) -> None:
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port: int = self.socket.getsockname()[1]
        self.banner = banner
        self.peers: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self.socket.accept()
                peer.sendall(self.banner)
            except OSError:
                return
            self.peers.append(peer)

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for peer in self.peers:
            peer.close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(b"hello\nready on 8080\n")
    yield made
    made.close()


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def module() -> Resource:
    found = load("wait_for")
    assert isinstance(found, Resource)
    return found


def lines(where: Host, /, **given: object) -> list[str]:
    """The plan's lines."""
    return [str(change) for change in where.plan(module(), arguments(module(), **given))]


def wait(where: Host, /, **given: object):
    return where.apply(module(), arguments(module(), **given))[1]


def test_an_open_port(host: Host, server: Server):
    assert lines(host, port=server.port, connect_timeout=1) == []


def test_a_port_that_is_still_open(server: Server):
    subject = f"port 127.0.0.1:{server.port}"
    assert lines(Host(), port=server.port, state="stopped", connect_timeout=1) == [
        f"wait for {subject}: still open"
    ]


def test_a_closed_port(host: Host, free_port: int):
    assert lines(host, port=free_port) == [f"wait for port 127.0.0.1:{free_port}: closed"]
    assert lines(host, port=free_port, state="absent") == []


@pytest.mark.parametrize("shell", [DASH, BUSYBOX], ids=["dash", "busybox"])
def test_it_waits_until_a_port_opens(shell: tuple[str, ...], free_port: int):
    opened: list[Server] = []
    timer = threading.Timer(0.3, lambda: opened.append(Server(port=free_port)))
    timer.start()
    outcome = wait(Host(shell), port=free_port, timeout=20)
    timer.join()
    opened[0].close()
    assert not outcome.failed, outcome.msg
    assert outcome.values["elapsed"] <= 2
    assert outcome.values["port"] == free_port


def test_time_runs_out(free_port: int):
    shell = BUSYBOX
    outcome = wait(Host(shell), port=free_port, timeout=1, sleep=0.2)
    assert outcome.failed
    assert outcome.msg == f"Timeout when waiting for port 127.0.0.1:{free_port}"
    assert wait(Host(shell), port=free_port, timeout=0, msg="No app").msg == "No app"


@pytest.mark.parametrize("shell", [DASH, BUSYBOX], ids=["dash", "busybox"])
def test_what_a_port_says(shell: tuple[str, ...], server: Server):
    given = {
        "port": server.port,
        "search_regex": r"^ready on (?P<port>\d+?)$",
        "connect_timeout": 2,
    }
    args = arguments(module(), **given)
    look = module().parse(args, Host(shell).run(module().probe(args)))
    assert module().diff(args, look) == []
    values = module().report(args, look).values
    assert values["match_groups"] == ["8080"]
    assert values["match_groupdict"] == {"port": "8080"}


@pytest.mark.parametrize("shell", [DASH, BUSYBOX], ids=["dash", "busybox"])
def test_files(shell: tuple[str, ...], tmp_path: Path):
    host, path = Host(shell), tmp_path / "a file"
    assert lines(host, path=str(path)) == [f"wait for {path}: absent"]
    assert lines(host, path=str(path), state="absent") == []
    path.write_text("one\nlistening on 80, really\n")
    assert lines(host, path=str(path)) == []
    assert lines(host, path=str(path), state="absent") == [f"wait for {path}: still there"]
    assert lines(host, path=str(path), search_regex=r"listening on \d+") == []
    assert lines(host, path=str(path), search_regex="never") == [
        f"wait for {path}: does not hold never"
    ]


@pytest.mark.parametrize("shell", [DASH, BUSYBOX], ids=["dash", "busybox"])
def test_a_file_that_comes(shell: tuple[str, ...], tmp_path: Path):
    path = tmp_path / "flag"
    timer = threading.Timer(0.2, path.touch)
    timer.start()
    outcome = wait(Host(shell), path=str(path), timeout=20)
    timer.join()
    assert not outcome.failed
    assert outcome.values["path"] == str(path)


@pytest.mark.parametrize("shell", [DASH, BUSYBOX], ids=["dash", "busybox"])
def test_drained(shell: tuple[str, ...], server: Server):
    host = Host(shell)
    for address in ("127.0.0.1", "0.0.0.0"):
        assert lines(host, port=server.port, host=address, state="drained") == []
    with socket.create_connection(("127.0.0.1", server.port)):
        for address in ("127.0.0.1", "0.0.0.0", "localhost"):
            (line,) = lines(host, port=server.port, host=address, state="drained")
            assert line.endswith("still in use")
        assert lines(host, port=server.port, host="127.0.0.9", state="drained") == []
        given = {"port": server.port, "state": "drained", "exclude_hosts": "127.0.0.1"}
        assert lines(host, **given) == []


def test_a_delay_makes_what_is_seen_now_worthless(server: Server):
    args = arguments(module(), port=server.port, delay=1)
    assert not module().probe(args)
    outcome = wait(Host(), port=server.port, delay=1)
    assert not outcome.failed
    assert outcome.values["elapsed"] >= 1


def test_it_never_counts_as_a_change(free_port: int):
    (change,) = Host().plan(module(), arguments(module(), port=free_port))
    assert not change.counts


def test_without_a_port_and_a_file_it_only_waits():
    assert lines(Host(), timeout=1) == ["wait 1 seconds"]
    assert wait(Host(), timeout=0).values["elapsed"] == 0


def test_a_host_of_another_machine_needs_a_tool(tmp_path: Path):
    with pytest.raises(Refused, match="neither bash, nc nor curl"):
        lines(only(tmp_path), host="192.0.2.1", port=80)


@pytest.mark.parametrize(
    "given",
    [
        {"port": 1, "path": "/a"},
        {"state": "drained"},
        {"port": 1, "state": "drained", "host": "db.example"},
        {"port": 1, "state": "drained", "active_connection_states": "OPEN"},
        {"port": 1, "search_regex": "("},
        {"port": 1, "host": "-v"},
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, object]):
    with pytest.raises(Refused):
        module().probe(arguments(module(), **given))


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        (r"a\d+?b", "a[0-9]+b"),
        (r"(?:x|y)\.z", r"(x|y)\.z"),
        (r"(?P<n>\w+)\s*$", "([[:alnum:]_]+)[[:space:]]*$"),
        (r"[\d.-]+", "[0-9.-]+"),
        (r"[^\]]", None),
        (r"[]a]", "[]a]"),
        (r"(?=x)", None),
        (r"(?i)x", None),
        (r"\bword", None),
        ("a\nb", None),
        (r"\$\{x\}", r"\$\{x\}"),
        ("plain", "plain"),
    ],
)
def test_patterns_for_grep(pattern: str, wanted: str | None):
    assert extended(pattern) == wanted
