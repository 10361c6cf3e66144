"""Becoming another user: sudo, su and doas, with and without passwords (security check 28)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deployer.model.errors import BecomeError
from deployer.model.script import Batch, sh
from deployer.model.secret import Secret
from deployer.transport.local import LocalConnector
from deployer.transport.session import Become, Hearing, Target
from deployer.transport.ssh import SshConnector
from tests.contract.conftest import ssh_target
from tests.contract.sshd import Sshd
from tests.contract.users import PASSWORD, busybox_su, many_users

pytestmark = pytest.mark.lab

WHO = sh('printf "%s %s" "$(id -un)" "$HOME"')
CAT = sh("cat")
BOTH = sh("printf out; printf err >&2; exit 3")
FIRST = Batch(probes=(WHO(),))
SECRET = Secret(PASSWORD)


@pytest.fixture(scope="module")
def server() -> Iterator[Sshd]:
    # Not pytest's folder, which only root may enter: the users' keys are read as the users.
    with TemporaryDirectory(prefix="deploy-users-") as folder, many_users(Path(folder)) as made:
        yield made


@pytest.fixture(scope="module")
def connector() -> Iterator[SshConnector]:
    made = SshConnector()
    yield made
    made.close()


@pytest.fixture(params=["/bin/dash", "/bin/bash", "busybox"])
def as_user(request: pytest.FixtureRequest, server: Sshd) -> Target:
    """A login whose user and become a test fills in, with each shell as the loop's."""
    shell = request.param
    if shell == "busybox":
        link = server.folder / "sh"
        link.unlink(missing_ok=True)
        link.symlink_to("/usr/bin/busybox")
        shell = str(link)
    return replace(ssh_target(server), executable=shell, timeout=10.0)


@pytest.fixture
def asks(server: Sshd) -> Target:
    return replace(ssh_target(server), user="deploy-asks", timeout=10.0)


def works_as(connector: SshConnector, target: Target, user: str) -> None:
    """The whole of a session: first batch, payloads, statuses, secrets, a second exchange."""
    opened = connector.open(target, FIRST)
    assert opened.replies.probes[0].out.split()[0] == user
    binary = bytes(range(256)) * 400
    batch = Batch(
        apply=CAT(stdin=binary),
        probes=(BOTH(), CAT(stdin=Secret("s3cret")), CAT(stdin=b"a\r\n\4b")),
    )
    replies = opened.session.exchange(batch)
    assert replies.apply is not None
    assert replies.apply.stdout == binary
    both, secret, small = replies.probes
    assert (both.code, both.stdout + both.stderr) == (3, b"outerr")
    assert secret.out == "s3cret"
    assert small.stdout == b"a\r\n\4b"
    opened.session.close()


@pytest.mark.parametrize("user", ["root", "deploy-app"])
def test_sudo_without_a_password(connector: SshConnector, as_user: Target, user: str) -> None:
    works_as(connector, replace(as_user, user="deploy-free", become=Become(user)), user)


# Nobody can `su` to an account that has no password.
@pytest.mark.parametrize(
    ("method", "user"),
    [
        ("sudo", "root"),
        ("sudo", "deploy-app"),
        ("su", "root"),
        ("su", "deploy-free"),
        ("doas", "root"),
        ("doas", "deploy-app"),
    ],
)
def test_with_a_password(connector: SshConnector, as_user: Target, method: str, user: str) -> None:
    become = Become(user, method, SECRET)
    works_as(connector, replace(as_user, user="deploy-asks", become=become), user)


def test_sudo_with_a_password_that_is_not_asked_for(
    connector: SshConnector, as_user: Target
) -> None:
    become = Become("root", "sudo", SECRET)
    works_as(connector, replace(as_user, user="deploy-free", become=become), "root")


def test_busybox_su(connector: SshConnector, asks: Target, server: Sshd) -> None:
    become = Become("root", "su", SECRET, executable=busybox_su(server))
    works_as(connector, replace(asks, become=become), "root")


def test_doas_without_a_password(connector: SshConnector, as_user: Target) -> None:
    works_as(connector, replace(as_user, user="deploy-free", become=Become("root", "doas")), "root")


def test_root_becomes_somebody_without_a_password(connector: SshConnector, as_user: Target) -> None:
    for method in ("sudo", "su"):
        works_as(connector, replace(as_user, become=Become("deploy-app", method)), "deploy-app")


def test_who_is_logged_in_already_becomes_nobody_else(
    connector: SshConnector, as_user: Target
) -> None:
    become = Become("root", executable="/nowhere/sudo")
    works_as(connector, replace(as_user, become=become), "root")


@pytest.mark.parametrize("method", ["sudo", "su", "doas"])
def test_a_wrong_password_fails_at_once(connector: SshConnector, asks: Target, method: str) -> None:
    become = Become("root", method, Secret("wr0ng-password"))
    started = time.monotonic()
    with pytest.raises(BecomeError, match="wrong password") as caught:
        connector.open(replace(asks, become=become), FIRST)
    assert time.monotonic() - started < 6
    assert "wr0ng-password" not in str(caught.value)


@pytest.mark.parametrize("method", ["sudo", "su", "doas"])
def test_a_password_that_is_missing_fails_at_once(
    connector: SshConnector, asks: Target, method: str
) -> None:
    started = time.monotonic()
    with pytest.raises(BecomeError, match="--become-password-file"):
        connector.open(replace(asks, become=Become("root", method)), FIRST)
    assert time.monotonic() - started < 6


@pytest.mark.parametrize("method", ["sudo", "doas"])
def test_who_may_not_is_told_so(connector: SshConnector, asks: Target, method: str) -> None:
    barred = replace(asks, user="deploy-barred", become=Become("root", method, SECRET))
    with pytest.raises(BecomeError, match=method):
        connector.open(barred, FIRST)


@pytest.mark.parametrize("method", ["sudo", "su", "doas"])
def test_a_tool_that_is_missing_is_named(
    connector: SshConnector, asks: Target, method: str
) -> None:
    become = Become("root", method, SECRET, executable="/nowhere/" + method)
    with pytest.raises(BecomeError, match="/nowhere/"):
        connector.open(replace(asks, become=become), FIRST)


def test_a_user_who_does_not_exist_is_named(connector: SshConnector, asks: Target) -> None:
    with pytest.raises(BecomeError, match="deploy-ghost"):
        connector.open(replace(asks, become=Become("deploy-ghost", "sudo", SECRET)), FIRST)


@pytest.mark.parametrize("user", ["-x", "a;b", "$(id)"])
def test_a_name_that_is_none_is_refused(connector: SshConnector, asks: Target, user: str) -> None:
    if user == "$(id)":
        with pytest.raises(BecomeError):
            connector.open(replace(asks, become=Become(user)), FIRST)
        return
    with pytest.raises(BecomeError, match="not a user name"):
        connector.open(replace(asks, become=Become(user)), FIRST)


def test_the_password_is_never_echoed(connector: SshConnector, asks: Target) -> None:
    seen: list[str] = []
    spy = sh("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'")
    for method in ("sudo", "su", "doas"):
        become = Become("root", method, SECRET)
        target = replace(asks, become=become)
        batch = Batch(apply=spy())
        opened = connector.open(target, batch, Hearing(lambda _stream, text: seen.append(text)))
        assert opened.replies.apply is not None
        assert PASSWORD not in opened.replies.apply.out
        assert PASSWORD not in "".join(seen)


def test_local_sessions_become_too() -> None:
    for method in ("sudo", "su"):
        target = Target("here", "localhost", connection="local", become=Become("nobody", method))
        opened = LocalConnector().open(target, FIRST)
        assert opened.replies.probes[0].out.split()[0] == "nobody"
        opened.session.close()
