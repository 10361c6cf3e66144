"""`uri` in a run: what the answer says counts, and nothing goes on behind a bad one."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployer.cli.exits import Exit
from tests.support.inprocess import play

PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - file: {path: "{{ playbook_dir }}/made", state: directory}
    - uri: {url: "http://127.0.0.1:%d/", method: POST}
    - command: touch {{ playbook_dir }}/made/behind
"""


class Refusing(http.server.BaseHTTPRequestHandler):
    """A server with an error of its own."""

    def do_POST(self) -> None:
        self.send_response(500)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Not on the terminal of the tests."""


@pytest.fixture
def port() -> Iterator[int]:
    with http.server.HTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("lookahead", ["64", "1"])
def test_nothing_runs_behind_an_answer_that_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int, lookahead: str
):
    monkeypatch.chdir(tmp_path)
    flags = ["--lookahead", lookahead]
    seen = play(tmp_path, {"name": "uri", "play": PLAY % port, "flags": flags})
    assert seen.code == Exit.TASK_FAILED
    assert "Status code was 500" in seen.failures["a"][0]
    assert list((tmp_path / "made").iterdir()) == []
