"""What only SSH has: host keys, gateways, authentication, dead peers, retries."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from deployer.model.errors import (
    AuthenticationError,
    ConnectError,
    ConnectionLost,
    HostKeyError,
    Interrupted,
)
from deployer.model.script import Batch, sh
from deployer.model.secret import Secret
from deployer.transport.session import Opened, Target
from deployer.transport.ssh import SshConnector
from tests.contract.sshd import Sshd, free_port, make_key
from tests.contract.tunnel import Tunnel

ECHO = sh("""printf '%s' "$1" """)
SLEEP = sh('sleep "$1"')
FIRST = Batch(probes=(ECHO("in"),))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory of the test's own, without an agent."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (tmp_path / ".ssh").mkdir(mode=0o700)
    return tmp_path


def with_options(target: Target, **options: str) -> Target:
    kept = [pair for pair in target.options if pair[0] not in options]
    return replace(target, options=(*kept, *options.items()))


def said(opened: Opened) -> str:
    return opened.replies.probes[0].out


# Host keys


def test_an_unknown_host_is_refused_with_the_fix(
    connector: SshConnector, target: Target, tmp_path: Path
) -> None:
    empty = tmp_path / "known_hosts"
    with pytest.raises(HostKeyError, match="--accept-new-host-keys"):
        connector.open(with_options(target, UserKnownHostsFile=str(empty)), FIRST)
    assert not empty.exists()


@pytest.mark.parametrize("how", ["flag", "option", "no"])
def test_a_new_host_is_accepted_and_kept(
    connector: SshConnector, target: Target, sshd: Sshd, tmp_path: Path, how: str
) -> None:
    file = tmp_path / "ssh" / "known_hosts"
    asked = with_options(target, UserKnownHostsFile=str(file), HashKnownHosts="no")
    if how == "flag":
        asked = replace(asked, accept_new_host_keys=True)
    else:
        value = "accept-new" if how == "option" else "no"
        asked = with_options(asked, StrictHostKeyChecking=value)
    assert said(connector.open(asked, FIRST)) == "in"
    assert file.read_text() == f"[127.0.0.1]:{sshd.port} {sshd.host_key}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    strict = with_options(target, UserKnownHostsFile=str(file))
    assert said(connector.open(strict, FIRST)) == "in"


def test_a_new_host_is_kept_hashed_if_that_is_wanted(
    connector: SshConnector, target: Target, sshd: Sshd, tmp_path: Path
) -> None:
    file = tmp_path / "known_hosts"
    options = {"UserKnownHostsFile": str(file), "HashKnownHosts": "yes"}
    asked = replace(with_options(target, **options), accept_new_host_keys=True)
    connector.open(asked, FIRST)
    assert file.read_text().startswith("|1|")
    found = subprocess.run(
        ["ssh-keygen", "-f", str(file), "-F", f"[127.0.0.1]:{sshd.port}"],
        capture_output=True,
        check=False,
    )
    assert found.returncode == 0
    with contextlib.closing(SshConnector()) as fresh:
        strict = with_options(target, UserKnownHostsFile=str(file))
        assert said(fresh.open(strict, FIRST)) == "in"


def test_a_changed_key_is_refused_whatever_is_accepted(
    connector: SshConnector, target: Target, sshd: Sshd, tmp_path: Path
) -> None:
    other = make_key(tmp_path / "other")
    file = tmp_path / "known_hosts"
    key = " ".join(Path(f"{other}.pub").read_text().split()[:2])
    file.write_text(f"# one\n[127.0.0.1]:{sshd.port} {key}\n")
    asked = with_options(target, UserKnownHostsFile=str(file), StrictHostKeyChecking="no")
    with pytest.raises(HostKeyError, match="CHANGED") as caught:
        connector.open(replace(asked, accept_new_host_keys=True), FIRST)
    assert f"{file}:2" in str(caught.value)
    assert "ssh-keygen" in str(caught.value)


def test_a_host_key_of_another_type_is_a_change(
    connector: SshConnector, target: Target, sshd: Sshd, tmp_path: Path
) -> None:
    other = make_key(tmp_path / "other", "ecdsa")
    file = tmp_path / "known_hosts"
    key = " ".join(Path(f"{other}.pub").read_text().split()[:2])
    file.write_text(f"[127.0.0.1]:{sshd.port} {key}\n")
    with pytest.raises(HostKeyError, match="CHANGED"):
        connector.open(
            replace(with_options(target, UserKnownHostsFile=str(file)), accept_new_host_keys=True),
            FIRST,
        )


def test_a_revoked_key_is_refused(
    connector: SshConnector, target: Target, sshd: Sshd, tmp_path: Path
) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(sshd.known_hosts.read_text() + f"@revoked * {sshd.host_key}\n")
    with pytest.raises(HostKeyError, match="revoked"):
        connector.open(with_options(target, UserKnownHostsFile=str(file)), FIRST)


def test_good_lines_survive_bad_ones(
    connector: SshConnector, target: Target, sshd: Sshd, tmp_path: Path
) -> None:
    """Security check 24."""
    file = tmp_path / "known_hosts"
    bad = f"garbage\n@cert-authority *.example.com {sshd.host_key}\n@what x y z\n"
    file.write_text(bad + sshd.known_hosts.read_text())
    opened = connector.open(with_options(target, UserKnownHostsFile=str(file)), FIRST)
    assert said(opened) == "in"
    assert connector.notes() == [
        f"{file}:1: not a known_hosts line, ignored",
        f"{file}:3: not a known_hosts line, ignored",
    ]
    assert connector.notes() == []


def test_a_host_key_alias_is_looked_up_instead(
    connector: SshConnector, target: Target, sshd: Sshd, tmp_path: Path
) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(f"the-alias {sshd.host_key}\n")
    asked = with_options(target, UserKnownHostsFile=str(file), HostKeyAlias="the-alias")
    assert said(connector.open(asked, FIRST)) == "in"


# Authentication


def test_a_wrong_key_says_what_was_tried(
    connector: SshConnector, target: Target, tmp_path: Path
) -> None:
    stranger = str(make_key(tmp_path / "stranger"))
    started = time.monotonic()
    with pytest.raises(AuthenticationError) as caught:
        connector.open(replace(target, identities=(stranger,), attempts=4), FIRST)
    assert stranger in str(caught.value)
    assert f"user {getpass.getuser()}" in str(caught.value)
    assert time.monotonic() - started < 5


def test_an_encrypted_key_says_so(connector: SshConnector, target: Target, tmp_path: Path) -> None:
    locked = str(make_key(tmp_path / "locked", passphrase="sesame"))
    with pytest.raises(AuthenticationError, match="encrypted: add it to the agent"):
        connector.open(replace(target, identities=(locked,)), FIRST)


def test_a_key_that_is_missing_says_so(connector: SshConnector, target: Target) -> None:
    with pytest.raises(AuthenticationError, match="/nowhere/id does not exist"):
        connector.open(replace(target, identities=("/nowhere/id",)), FIRST)


def test_a_second_key_is_tried_and_rsa_works(
    connector: SshConnector, target: Target, sshd: Sshd, tmp_path: Path
) -> None:
    rsa = make_key(tmp_path / "rsa", "rsa")
    allowed = sshd.folder / "authorized_keys"
    before = allowed.read_text()
    allowed.write_text(before + Path(f"{rsa}.pub").read_text())
    stranger = str(make_key(tmp_path / "stranger"))
    try:
        opened = connector.open(replace(target, identities=(stranger, str(rsa))), FIRST)
    finally:
        allowed.write_text(before)
    assert said(opened) == "in"


def test_the_agent_holds_a_key_whose_file_is_locked(
    connector: SshConnector,
    target: Target,
    sshd: Sshd,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(home / "agent"))
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(home / "agent")])
    try:
        assert within(5, (home / "agent").exists)
        subprocess.run(["ssh-add", "-q", str(sshd.identity)], check=True)
        opened = connector.open(
            with_options(replace(target, identities=()), IdentitiesOnly="no"), FIRST
        )
        assert said(opened) == "in"
        # The file alone says which key of the agent it is; `ssh` needs no `.pub` beside it either.
        locked = Path(shutil.copy(sshd.identity, home / "locked"))
        change = ["ssh-keygen", "-q", "-p", "-P", "", "-N", "sesame", "-f", str(locked)]
        subprocess.run(change, check=True)
        named = with_options(replace(target, identities=(str(locked),)), IdentitiesOnly="yes")
        assert said(connector.open(named, FIRST)) == "in"
    finally:
        agent.terminate()
        agent.wait()


def test_a_password_that_the_host_does_not_take_is_refused(
    connector: SshConnector, target: Target
) -> None:
    with pytest.raises(AuthenticationError):
        connector.open(replace(target, identities=("/nowhere",), password=Secret("wrong!")), FIRST)


# ssh_config


def config_for(sshd: Sshd, host: str) -> str:
    return (
        f"Host {host}\n  HostName 127.0.0.1\n  Port {sshd.port}\n"
        f"  User {getpass.getuser()}\n  IdentityFile {sshd.identity}\n"
        f"  UserKnownHostsFile {sshd.known_hosts}\n  GlobalKnownHostsFile /dev/null\n"
    )


def test_ssh_config_and_its_includes_say_where_a_host_is(
    connector: SshConnector, sshd: Sshd, home: Path
) -> None:
    (home / ".ssh" / "config.d").mkdir()
    (home / ".ssh" / "config.d" / "one.conf").write_text(config_for(sshd, "web"))
    (home / ".ssh" / "config").write_text("Include config.d/*.conf\n\nHost *\n  User nobody\n")
    assert said(connector.open(Target("web", "web"), FIRST)) == "in"


def test_proxy_jump_goes_through_its_hops(connector: SshConnector, sshd: Sshd, home: Path) -> None:
    jumps = "Host end\n  ProxyJump one,two\n"
    (home / ".ssh" / "config").write_text(
        jumps + "".join(config_for(sshd, host) for host in ("one", "two", "end"))
    )
    where = Batch(probes=(sh("echo $SSH_CONNECTION")(),))
    opened = connector.open(Target("end", "end"), where)
    assert said(opened).startswith("127.0.0.1 ")
    assert connector.open(Target("end", "end"), FIRST).session


def test_proxy_command_carries_the_connection(
    connector: SshConnector, sshd: Sshd, home: Path
) -> None:
    config = config_for(sshd, "one") + config_for(sshd, "end")
    (home / ".ssh" / "config").write_text(config)
    ssh = f"ssh -F {home}/.ssh/config -W %h:%p one"
    target = Target("end", "end", options=(("ProxyCommand", ssh),))
    assert said(connector.open(target, FIRST)) == "in"


def test_a_proxy_command_that_fails_says_why(connector: SshConnector, target: Target) -> None:
    broken = with_options(target, ProxyCommand="echo no way through >&2; exit 1")
    with pytest.raises(ConnectError, match="no way through"):
        connector.open(broken, FIRST)
    silent = with_options(target, ProxyCommand="sh -c 'exit 3'")
    with pytest.raises(ConnectError, match="SSH banner: the ProxyCommand ended with status 3"):
        connector.open(silent, FIRST)


def test_a_host_that_refuses_before_the_banner_is_quoted(
    connector: SshConnector, target: Target
) -> None:
    command = "sh -c 'echo Not allowed at this time; read -r banner'"
    refuses = with_options(target, ProxyCommand=command)
    with pytest.raises(ConnectError, match="banner: it said `Not allowed at this time`"):
        connector.open(refuses, FIRST)


@pytest.mark.parametrize("name", ["-oProxyCommand=x", "a;touch /tmp/x", "$(id)", "a b", ""])
def test_names_that_are_commands_are_refused(
    connector: SshConnector, target: Target, name: str
) -> None:
    """Security check 22."""
    with pytest.raises(ConnectError):
        connector.open(replace(with_options(target, ProxyCommand="x %h"), address=name), FIRST)
    if name:
        with pytest.raises(ConnectError):
            connector.open(replace(target, user=name.replace(" ", ";")), FIRST)


# Trouble


def test_a_closed_port_is_tried_again(connector: SshConnector, target: Target) -> None:
    closed = replace(target, port=free_port(), attempts=3)
    started = time.monotonic()
    with pytest.raises(ConnectError, match="refused"):
        connector.open(closed, FIRST)
    assert 0.2 < time.monotonic() - started < 8


def test_a_host_that_comes_up_late_is_reached(
    connector: SshConnector, target: Target, sshd: Sshd
) -> None:
    late = Tunnel(sshd.port, start=False)
    threading.Timer(0.4, late.start).start()
    with contextlib.closing(late):
        patient = replace(target, port=late.port, attempts=8)
        file = sshd.folder / "late"
        file.write_text(f"[127.0.0.1]:{late.port} {sshd.host_key}\n")
        opened = connector.open(with_options(patient, UserKnownHostsFile=str(file)), FIRST)
        assert said(opened) == "in"


def test_a_name_that_does_not_exist_is_not_tried_again(
    connector: SshConnector, target: Target
) -> None:
    started = time.monotonic()
    with pytest.raises(ConnectError, match="resolve"):
        connector.open(replace(target, address="no.such.host.invalid", attempts=9), FIRST)
    assert time.monotonic() - started < 6


def test_a_host_that_hangs_before_the_banner_is_given_up(
    connector: SshConnector, target: Target
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        silent = replace(target, port=mute.getsockname()[1], timeout=0.7)
        started = time.monotonic()
        with pytest.raises(ConnectError, match=r"no SSH answer within 0\.7 seconds"):
            connector.open(replace(silent, attempts=4), FIRST)
        assert time.monotonic() - started < 3


def test_connecting_is_given_up_at_once(connector: SshConnector, target: Target) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        threading.Timer(0.2, connector.close).start()
        started = time.monotonic()
        with pytest.raises(Interrupted):
            silent = replace(target, port=mute.getsockname()[1], timeout=30.0)
            connector.open(silent, FIRST)
        assert time.monotonic() - started < 2


def test_a_gateway_that_is_dead_is_waited_for_once(connector: SshConnector) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        jump = (("ConfigFile", "none"), ("ProxyJump", f"127.0.0.1:{mute.getsockname()[1]}"))
        started = time.monotonic()

        def work(number: int) -> str:
            behind = Target("x", f"10.0.0.{number}", options=jump, timeout=1.0, attempts=1)
            with pytest.raises(ConnectError) as caught:
                connector.open(behind, FIRST)
            return str(caught.value)

        with ThreadPoolExecutor(6) as pool:
            said = list(pool.map(work, range(6)))
    assert time.monotonic() - started < 3
    assert len(set(said)) == 1
    assert "no SSH answer within 1 seconds" in said[0]


def test_an_agent_that_hangs_is_passed_over(
    connector: SshConnector, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deployer.transport.auth.AGENT_TIMEOUT", 0.5)
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind(str(tmp_path / "agent"))
        agent.listen()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
        assert said(connector.open(target, FIRST)) == "in"
        nobody = replace(target, identities=("/nowhere",))
        with pytest.raises(AuthenticationError, match=r"the agent .* does not answer"):
            connector.open(nobody, FIRST)


def test_many_threads_open_at_once(connector: SshConnector, target: Target) -> None:
    results: list[str] = []

    def work() -> None:
        opened = connector.open(target, FIRST)
        results.append(said(opened))
        opened.session.close()

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert results == ["in"] * 10


def test_nothing_grows_over_many_failures_and_sessions(
    connector: SshConnector, target: Target, tmp_path: Path
) -> None:
    """Security check 36, in small."""
    stranger = replace(target, identities=(str(make_key(tmp_path / "stranger")),))

    def round_trip() -> None:
        with pytest.raises(AuthenticationError):
            connector.open(stranger, FIRST)
        connector.open(target, FIRST).session.close()

    round_trip()
    within(3, lambda: threading.active_count() < 6)
    before = (open_files(), threading.active_count())
    for _ in range(20):
        round_trip()
    assert within(
        5,
        lambda: open_files() <= before[0] + 1 and threading.active_count() <= before[1] + 1,
    )


def test_weak_algorithms_are_neither_offered_nor_taken(sshd: Sshd) -> None:
    """Security check 25."""
    from deployer.transport.algorithms import StrongTransport
    from deployer.transport.hostkeys import Known

    with socket.create_connection(("127.0.0.1", sshd.port)) as sock:
        transport = StrongTransport(sock, Known("x"))
        try:
            transport.start_client(timeout=5)
            assert transport.remote_cipher == "aes128-gcm@openssh.com"
            assert transport.agreed_on_strict_kex
            offered = (
                *transport.preferred_ciphers,
                *transport.preferred_macs,
                *transport.preferred_kex,
                *transport.preferred_keys,
            )
            weak = ("cbc", "md5", "-96", "-sha1", "ssh-rsa", "arcfour", "ssh-dss")
            assert [name for name in offered if any(bad in name for bad in weak)] == ["hmac-sha1"]
        finally:
            transport.close()


def test_the_server_dying_is_a_lost_connection(connector: SshConnector, target: Target) -> None:
    opened = connector.open(target, Batch(probes=(sh("echo $PPID")(),)))
    os.kill(int(said(opened)), signal.SIGKILL)
    with pytest.raises(ConnectionLost):
        opened.session.exchange(Batch(probes=(SLEEP("5"),)))


def within(seconds: float, fact: object) -> bool:
    assert callable(fact)
    deadline = time.monotonic() + seconds
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(fact())


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
