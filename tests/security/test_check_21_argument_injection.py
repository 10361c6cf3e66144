"""Check 21: a name that begins with `-` is no option of anything."""

from __future__ import annotations

import pytest

from deployer.model.errors import BecomeError, ConnectError, TransportError
from deployer.model.script import Batch, sh
from deployer.transport.become import become
from deployer.transport.loop import Start
from deployer.transport.route import Routes
from deployer.transport.session import Become, Target
from deployer.transport.ssh import SshConnector

START = Start("mark", (b"/bin/sh", b"-c", b"loop"))
FIRST = Batch(probes=(sh("echo in")(),))


@pytest.mark.parametrize("name", ["-oProxyCommand=touch x", "--help", "-"])
def test_hosts_and_logins(name: str) -> None:
    for target in (Target("x", name), Target("x", "127.0.0.1", user=name)):
        with pytest.raises(TransportError):
            SshConnector().open(target, FIRST)


@pytest.mark.parametrize("method", ["sudo", "su", "doas"])
@pytest.mark.parametrize("name", ["-s", "--shell=/bin/x", "-"])
def test_users_to_become(method: str, name: str) -> None:
    with pytest.raises(BecomeError, match="not a user name"):
        become(START, Become(name, method), "login")


@pytest.mark.parametrize("method", ["sudo", "doas"])
def test_the_command_stands_behind_the_end_of_options(method: str) -> None:
    words = become(START, Become("app", method), "login")[0].words
    assert words[words.index(b"--") :] == (b"--", *START.words)
    assert words[words.index(b"-u") + 1] == b"app"


@pytest.mark.parametrize("jump", ["-oProxyCommand=x", "user@-x", "a;b"])
def test_hops(jump: str) -> None:
    with pytest.raises(ConnectError):
        Routes().resolve(Target("x", "web", options=(("ProxyJump", jump),)))
