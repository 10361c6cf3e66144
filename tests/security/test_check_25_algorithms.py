"""Checks 25 and 26: weak algorithms are off, and servers that know only those are named."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest

from deployer.model.errors import ConnectError, TransportError
from deployer.model.script import Batch
from deployer.model.secret import Secret
from deployer.transport.algorithms import CERTIFICATE, StrongTransport
from deployer.transport.hostkeys import Known
from deployer.transport.options import parse_ssh_args
from deployer.transport.session import Target
from deployer.transport.ssh import SshConnector
from tests.security.servers import Server, serving

WEAK = ("cbc", "md5", "-96", "3des", "arcfour", "ssh-dss", "ssh-rsa", "group1-", "group14-sha1")


class _NoSocket:
    def settimeout(self, seconds: float) -> None: ...

    def close(self) -> None: ...


def test_nothing_weak_is_offered() -> None:
    transport = StrongTransport(_NoSocket(), Known("x"))
    options: Any = transport.get_security_options()
    offered = [
        *options.ciphers,
        *options.digests,
        *transport.preferred_kex,
        *transport.preferred_keys,
    ]
    assert len(offered) > 15
    plain = [name.removesuffix(CERTIFICATE) for name in offered]
    assert [name for name in plain if any(weak in name for weak in WEAK)] == []


def test_paramiko_is_new_enough() -> None:
    """From 5 on it cannot sign with SHA-1 any more (CVE-2026-44405)."""
    assert int(paramiko.__version__.split(".")[0]) >= 5


@pytest.fixture
def trouble(tmp_path: Path) -> Any:
    """Meets a server that offers only what is named; gives the connector and its error."""

    @contextlib.contextmanager
    def meet(**settings: Any) -> Iterator[tuple[SshConnector, TransportError]]:
        server = Server(paramiko.ECDSAKey.generate(), **settings)
        with serving(server):
            known = tmp_path / "known"
            known.write_text(server.known)
            connector = SshConnector()
            target = Target(
                "old",
                "127.0.0.1",
                port=server.port,
                user="me",
                password=Secret("no-password"),
                options=(("UserKnownHostsFile", str(known)), ("IdentityAgent", "none")),
                attempts=1,
                timeout=3.0,
            )
            with pytest.raises(TransportError) as caught:
                connector.open(target, Batch())
            yield connector, caught.value
            connector.close()

    return meet


@pytest.mark.parametrize(
    "offered",
    [
        {"ciphers": ["aes128-cbc", "3des-cbc"]},
        {"ciphers": ["aes128-ctr"], "digests": ["hmac-md5", "hmac-sha1-96"]},
    ],
    ids=",".join,
)
def test_a_server_that_knows_only_weak_ones_is_refused_by_name(
    trouble: Any, offered: dict[str, list[str]]
) -> None:
    with trouble(offered=offered) as (_, error):
        assert isinstance(error, ConnectError)
        assert "no algorithm in common, weak ones are off" in str(error)


def test_a_server_without_strict_key_exchange_is_named(trouble: Any) -> None:
    """Terrapin: what remains possible there is harmless, but the server should be updated."""
    with trouble(strict=False) as (connector, error):
        assert "permission denied" in str(error)
        assert connector.notes() == []
    with trouble(strict=False, password="no-password") as (connector, _):
        assert [note for note in connector.notes() if "CVE-2023-48795" in note]
    with trouble(password="no-password") as (connector, _):
        assert connector.notes() == []


@pytest.mark.parametrize(
    "option",
    ["Ciphers=aes128-cbc", "MACs=hmac-md5", "KexAlgorithms=+x", "HostKeyAlgorithms=+ssh-rsa"],
)
def test_weak_ones_cannot_be_asked_for_in_silence(option: str) -> None:
    with pytest.raises(ConnectError, match="weak algorithms are always off"):
        parse_ssh_args(f"-o {option}")
