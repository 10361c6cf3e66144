"""Check 7: what libraries log, at their most talkative, tells no secret."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import paramiko
import pytest

from deployer.model.errors import AuthenticationError, TransportError
from deployer.model.script import Batch, sh
from deployer.model.secret import Secret
from deployer.transport.session import Target
from deployer.transport.ssh import SshConnector
from tests.contract.conftest import ssh_target
from tests.contract.sshd import Sshd
from tests.security.servers import Server, serving

PLANTED = "Pl4nted-p4ssword"
CAT = sh("cat")


@pytest.fixture
def records(caplog: pytest.LogCaptureFixture) -> Iterator[logging.Logger]:
    """Everything that Paramiko says at its lowest level, caught at its own logger."""
    logger = logging.getLogger("paramiko")
    level = logger.level
    logger.setLevel(1)
    logger.addHandler(caplog.handler)
    caplog.set_level(1)
    yield logger
    logger.removeHandler(caplog.handler)
    logger.setLevel(level)


@pytest.mark.parametrize("password", [PLANTED, "another-" + PLANTED])
def test_a_login_by_password_logs_no_password(
    records: logging.Logger, caplog: pytest.LogCaptureFixture, tmp_path: Path, password: str
) -> None:
    with serving(Server(paramiko.ECDSAKey.generate(), PLANTED)) as server:
        known = tmp_path / "known"
        known.write_text(server.known)
        target = Target(
            "here",
            "127.0.0.1",
            port=server.port,
            user="somebody",
            password=Secret(password),
            options=(("UserKnownHostsFile", str(known)), ("IdentityAgent", "none")),
            attempts=1,
            timeout=3.0,
        )
        with pytest.raises(TransportError) as caught:
            SshConnector().open(target, Batch())
        assert isinstance(caught.value, AuthenticationError) == (password != PLANTED)
    assert password in server.passwords, "the password was never sent"
    assert len(caplog.records) > 5, "nothing was logged"
    assert password not in caplog.text
    assert password not in str(caught.value)


def test_what_a_session_carries_is_not_logged(
    records: logging.Logger, caplog: pytest.LogCaptureFixture, sshd: Sshd
) -> None:
    connector = SshConnector()
    opened = connector.open(replace(ssh_target(sshd), name="logged"), Batch())
    replies = opened.session.exchange(Batch(apply=CAT(stdin=Secret(PLANTED))))
    connector.close()
    assert replies.apply is not None
    assert replies.apply.out == PLANTED
    assert len(caplog.records) > 5
    assert PLANTED not in caplog.text


def test_libraries_never_speak_on_the_terminal(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even an error stays silent, whoever listens at the root: it is raised as well."""
    import deployer.transport.logins

    assert deployer.transport.logins.AUTH_TIMEOUT > 0
    ear = logging.StreamHandler()
    monkeypatch.setattr(logging.getLogger(), "handlers", [ear])
    logging.getLogger("any").error("heard")
    assert capfd.readouterr().err == "heard\n"
    logging.getLogger("paramiko.transport").error("torn output with %s", PLANTED)
    assert capfd.readouterr() == ("", "")
