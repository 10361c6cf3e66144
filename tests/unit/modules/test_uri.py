"""`uri` against a real HTTP server on loopback, by curl and by busybox's wget."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deployer.model.secret import Secret
from deployer.modules import load
from deployer.sdk import Command, LocalFile, Outcome, Refused
from deployer.sdk.http import body_of, quoted
from tests.support.shell import BUSYBOX, DASH, Host, arguments


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Site:
    url: str
    requests: list[Seen] = field(default_factory=list)

    @property
    def last(self) -> Seen:
        return self.requests[-1]


class Handler(BaseHTTPRequestHandler):
    site: Site

    def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {key.lower(): value for key, value in self.headers.items()}
        self.site.requests.append(Seen(self.command, self.path, headers, body))
        if self.path == "/moved":
            self._answer(302, {"Location": "/json"})
        elif self.path == "/json":
            self._answer(
                200, {"Content-Type": "application/json", "X-Two-Words": "a: b"}, b'{"a": [1]}'
            )
        elif self.path == "/locked" and "authorization" not in headers:
            self._answer(401, {"WWW-Authenticate": 'Basic realm="x"'}, b"who?")
        elif self.path == "/cookie":
            self._answer(200, {"Set-Cookie": "id=7; Path=/"}, b"")
        elif self.path == "/half":
            self._answer(200, {"Content-Length": "100"}, b"half of it")
        elif self.path == "/gone":
            self._answer(404, {"Content-Type": "text/plain"}, b"no such page\n")
        else:
            self._answer(200, {"Content-Type": "text/plain"}, b"one\ntwo \xc3\xa4\n")

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _handle

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def running() -> Iterator[Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.site = Site(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Handler.site
    server.shutdown()
    server.server_close()


@pytest.fixture
def site(running: Site) -> Site:
    running.requests.clear()
    return running


both = pytest.mark.parametrize("shell", [DASH, BUSYBOX], ids=["curl", "wget"])


def module() -> Command:
    found = load("uri")
    assert isinstance(found, Command)
    return found


def ask(url: str, shell: tuple[str, ...] = DASH, **given: object) -> Outcome:
    return Host(shell).command(module(), arguments(module(), url=url, **given))


@both
def test_a_page(site: Site, shell: tuple[str, ...]):
    outcome = ask(f"{site.url}/page", shell, return_content=True, headers={"X-Mine": "a b"})
    assert not outcome.failed, outcome.msg
    assert outcome.changed is False
    assert outcome.values["status"] == 200
    assert outcome.values["content"] == "one\ntwo ä\n"
    assert outcome.values["content_type"] == "text/plain"
    assert outcome.values["redirected"] is False
    assert site.last.headers["x-mine"] == "a b"
    assert outcome.msg == "OK (11 bytes)"


@both
def test_json_comes_back_as_a_value(site: Site, shell: tuple[str, ...]):
    outcome = ask(f"{site.url}/json", shell)
    assert outcome.values["json"] == {"a": [1]}
    assert outcome.values["x_two_words"] == "a: b"
    assert "content" not in outcome.values


@both
def test_a_status_that_is_not_good(site: Site, shell: tuple[str, ...]):
    outcome = ask(f"{site.url}/gone", shell)
    assert outcome.failed
    assert outcome.values["status"] == 404
    assert outcome.msg.startswith("Status code was 404 and not [200]")
    assert not ask(f"{site.url}/gone", shell, status_code=[200, 404]).failed


def test_the_content_of_an_error_is_shown(site: Site):
    assert ask(f"{site.url}/gone").values["content"] == "no such page\n"


@both
def test_nobody_listens(shell: tuple[str, ...]):
    outcome = ask("http://127.0.0.1:1/", shell)
    assert outcome.failed
    assert outcome.values["status"] == -1
    assert "Request failed" in outcome.msg


@both
def test_redirects_of_a_get_are_followed(site: Site, shell: tuple[str, ...]):
    outcome = ask(f"{site.url}/moved", shell)
    assert outcome.values["redirected"] is True
    assert outcome.values["json"] == {"a": [1]}


def test_redirects_are_not_followed_where_that_is_asked_for(site: Site):
    outcome = ask(f"{site.url}/moved", follow_redirects="none", status_code=302)
    assert outcome.values["location"] == "/json"
    assert [seen.path for seen in site.requests] == ["/moved"]
    assert ask(f"{site.url}/moved", method="POST", status_code=302).values["status"] == 302


@both
def test_a_body_in_json(site: Site, shell: tuple[str, ...]):
    body = {"name": 'quo"te\\', "list": [1, None], "text": "ä\n"}
    outcome = ask(f"{site.url}/", shell, method="POST", body=body, body_format="json")
    assert not outcome.failed, outcome.msg
    assert site.last.method == "POST"
    assert site.last.headers["content-type"] == "application/json"
    assert json.loads(site.last.body) == body


def test_other_methods(site: Site):
    ask(f"{site.url}/", method="PUT", body="raw @text\n", headers={"Content-Type": "text/plain"})
    assert (site.last.method, site.last.body) == ("PUT", b"raw @text\n")
    ask(f"{site.url}/", method="DELETE")
    assert site.last.method == "DELETE"
    assert ask(f"{site.url}/page", method="HEAD").values["content_length"] == "11"


def test_forms(site: Site):
    pairs = [["a", "1 2"], ["b", ["x", "ä"]]]
    ask(f"{site.url}/", method="POST", body=pairs, body_format="form-urlencoded")
    assert site.last.body == b"a=1+2&b=x&b=%C3%A4"
    fields = {
        "a": "1",
        "file": {"content": "text", "filename": "/x/y.txt", "mime_type": "text/csv"},
    }
    ask(f"{site.url}/", method="POST", body=fields, body_format="form-multipart")
    assert site.last.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"; filename="y.txt"\r\nContent-Type: text/csv\r\n\r\ntext' in site.last.body


def test_a_password_is_sent_when_the_server_asks(site: Site):
    outcome = ask(f"{site.url}/locked", user="me", password='p"a ss')
    assert not outcome.failed, outcome.msg
    token = base64.b64encode(b'me:p"a ss').decode()
    assert ["authorization" in seen.headers for seen in site.requests] == [False, True]
    assert site.last.headers["authorization"] == f"Basic {token}"
    site.requests.clear()
    ask(f"{site.url}/locked", user="me", password="x", force_basic_auth=True)
    assert len(site.requests) == 1


def test_a_file_as_body(site: Site, tmp_path: Path):
    path = tmp_path / "data"
    path.write_bytes(b"\0\1binary\n" * 1000)
    local = LocalFile(str(path), path.stat().st_size, "0" * 64)
    ask(f"{site.url}/", method="POST", src=local)
    assert site.last.body == path.read_bytes()
    ask(f"{site.url}/", method="POST", src=str(path), remote_src=True)
    assert site.last.body == path.read_bytes()


@both
def test_a_download(site: Site, tmp_path: Path, shell: tuple[str, ...]):
    first = ask(f"{site.url}/page.txt", shell, dest=str(tmp_path), mode="0640")
    assert first.changed is True
    assert first.values["path"] == str(tmp_path / "page.txt")
    assert (tmp_path / "page.txt").read_text() == "one\ntwo ä\n"
    assert (tmp_path / "page.txt").stat().st_mode & 0o777 == 0o640
    assert ask(f"{site.url}/page.txt", shell, dest=str(tmp_path), mode="0640").changed is False
    assert ask(f"{site.url}/page.txt", shell, dest=str(tmp_path), mode="0600").changed is True
    assert [entry.name for entry in tmp_path.iterdir()] == ["page.txt"]


def test_an_error_page_is_not_written(site: Site, tmp_path: Path):
    assert ask(f"{site.url}/gone", dest=str(tmp_path / "file")).failed
    assert not list(tmp_path.iterdir())


def test_cookies(site: Site):
    values = ask(f"{site.url}/cookie").values
    assert values["cookies"] == {"id": "7"}
    assert values["cookies_string"] == "id=7"


def test_creates_and_removes(site: Site, tmp_path: Path):
    outcome = ask(f"{site.url}/", creates=str(tmp_path))
    assert outcome.msg == f"skipped, since '{tmp_path}' exists"
    assert ask(f"{site.url}/", removes=str(tmp_path / "no")).changed is False
    assert not site.requests


def test_secrets_stand_on_standard_input_only():
    args = arguments(
        module(),
        url="http://h/",
        url_username="me",
        url_password=Secret("hunter22"),
        headers={"Authorization": "Bearer tok-123"},
        body={"key": "sekret-1"},
        body_format="json",
        method="POST",
    )
    (call,) = module().script(args).calls
    assert not [
        word for word in call.args for secret in ("hunter22", "tok-1", "sekret") if secret in word
    ]
    assert call.sensitive


@both
def test_half_of_a_file_is_none(site: Site, shell: tuple[str, ...], tmp_path: Path):
    outcome = ask(f"{site.url}/half", shell, dest=str(tmp_path / "made"))
    assert outcome.failed
    assert not (tmp_path / "made").exists()


def test_wget_is_not_asked_for_what_it_would_show_or_cannot_do():
    outcome = ask("http://127.0.0.1:1/", BUSYBOX, headers={"Authorization": "x"})
    assert outcome.failed
    assert "curl is not installed" in outcome.msg
    assert "curl is not installed" in ask("http://127.0.0.1:1/", BUSYBOX, method="PUT").msg


@pytest.mark.parametrize(
    ("given", "reads"),
    [({}, True), ({"method": "head"}, True), ({"method": "POST"}, False), ({"dest": "/a"}, False)],
)
def test_what_only_reads(given: dict[str, object], reads: bool):
    assert module().reads_only(arguments(module(), url="http://h/", **given)) is reads


@pytest.mark.parametrize(
    "given",
    [
        {"url": "file:///etc/passwd"},
        {"url": "h"},
        {"url": "http://h", "body_format": "xml"},
        {"url": "http://h", "follow_redirects": "perhaps"},
        {"url": "http://h", "method": "GET /"},
        {"url": "http://h", "headers": {"A": "b\r\nEvil: c"}},
        {"url": "http://h", "use_gssapi": True},
        {"url": "http://h", "body": 1, "body_format": "form-urlencoded"},
        {"url": "http://h", "body": {"f": {"filename": "x"}}, "body_format": "form-multipart"},
        {"url": "http://h", "src": "/a", "body": "b"},
    ],
)
def test_what_cannot_be_sent_is_refused(given: dict[str, object]):
    with pytest.raises(Refused):
        module().script(arguments(module(), **given))


def test_bodies_and_quoting():
    assert body_of(True, "raw").data == b"True"
    assert body_of({"a": 1}, "raw").data == b'{"a": 1}'
    assert body_of("as is", "json").data == b"as is"
    assert quoted('a"\\\n') == '"a\\"\\\\\\n"'
    with pytest.raises(Refused):
        quoted("a\0b")
