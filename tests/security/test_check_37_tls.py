"""Check 37: certificates are verified unless the user says otherwise, and nothing says it silently.

Registries are Docker's to verify: no module of ours can turn that off. Digests are pinned where a
registry is asked (`resolve_image`), which tests/e2e/stacks shows.
"""

from __future__ import annotations

import datetime
import http.server
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deployer import modules
from deployer.cli.exits import Exit
from deployer.sdk.arguments import arguments_of
from tests.support.cli import LOCAL, Command


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that no authority has signed, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "server.pem", folder / "server.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return public, private


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    public, private = certificate(tmp_path)
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    made.socket = context.wrap_socket(made.socket, server_side=True)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{made.server_port}/"
    made.shutdown()
    thread.join(5)


def ask(deploy: Command, url: str, more: str = ""):
    deploy.write(
        "play.yml",
        "- hosts: all\n  gather_facts: false\n  tasks:\n"
        f"    - uri: {{url: '{url}', timeout: 10{more}}}\n",
    )
    return deploy("run", "play.yml", *LOCAL)


def test_check_37_a_certificate_that_nobody_knows_is_refused(deploy: Command, server: str):
    ran = ask(deploy, server)
    assert ran.code == Exit.TASK_FAILED, ran.both
    assert "certificate" in ran.both.lower()


def test_check_37_the_user_may_name_the_authority(deploy: Command, server: str):
    ran = ask(deploy, server, f", ca_path: '{deploy.folder}/server.pem'")
    assert ran.code == 0, ran.both


def test_check_37_only_the_users_own_word_turns_it_off(deploy: Command, server: str):
    assert ask(deploy, server, ", validate_certs: false").code == 0


def test_check_37_redirects_from_https_do_not_lose_it(deploy: Command, server: str):
    assert ask(deploy, server, ", follow_redirects: all").code == Exit.TASK_FAILED


@pytest.fixture(params=["GNU", "busybox"])
def wget(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """What a task says to find this wget and no curl."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in Path("/usr/bin").iterdir():
        if tool.name not in ("curl", "wget"):
            (folder / tool.name).symlink_to(tool)
    (folder / "wget").symlink_to("/usr/bin/wget" if request.param == "GNU" else "/usr/bin/busybox")
    return f"      environment: {{PATH: '{folder}'}}\n"


def test_check_37_wget_does_not_take_it_either(deploy: Command, server: str, wget: str):
    """busybox's checks no certificate at all: it is not asked."""
    deploy.write(
        "play.yml",
        "- hosts: all\n  gather_facts: false\n  tasks:\n"
        f"    - uri: {{url: '{server}', timeout: 10}}\n{wget}      ignore_errors: true\n"
        f"    - uri: {{url: '{server.replace('https', 'HTTPS')}', timeout: 10}}\n{wget}"
        "      ignore_errors: true\n"
        f"    - uri: {{url: '{server}', timeout: 10, validate_certs: false}}\n{wget}",
    )
    ran = deploy("run", "play.yml", *LOCAL)
    assert ran.code == 0, ran.both
    assert ran.out.count("certificate") >= 2, ran.both
    assert (
        "ok=3    changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=2"
        in (ran.out)
    )


@pytest.mark.parametrize("name", sorted(modules.names()))
def test_check_37_no_module_has_verification_off_by_default(name: str):
    module = modules.load(name)
    known = {argument.name: argument for argument in arguments_of(module.args)}
    if "validate_certs" in known and "docker_host" not in known:
        assert known["validate_certs"].default is True


def test_check_37_docker_modules_refuse_what_they_cannot_verify(deploy: Command):
    deploy.write(
        "play.yml",
        "- hosts: all\n  gather_facts: false\n  tasks:\n"
        "    - docker_network: {name: x, docker_host: 'tcp://127.0.0.1:1', tls: true}\n",
    )
    ran = deploy("run", "play.yml", *LOCAL)
    assert ran.code != 0
    assert "not supported yet" in ran.both
