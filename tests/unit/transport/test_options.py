"""What the user says about connections: ssh arguments, ssh_config, and the routes they make."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deployer.model.errors import ConnectError
from deployer.transport.names import check_host, check_user
from deployer.transport.options import parse_ssh_args
from deployer.transport.route import Route, Routes
from deployer.transport.session import Target


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", ()),
        ("-o Port=2222", (("Port", "2222"),)),
        ("-oPort=2222", (("Port", "2222"),)),
        ("-o 'Port 2222'", (("Port", "2222"),)),
        ('-o "Port = 2222"', (("Port", "2222"),)),
        ("-p 2222 -l ops", (("Port", "2222"), ("User", "ops"))),
        ("-p2222", (("Port", "2222"),)),
        ("-i ~/.ssh/a -J one,two -F none",
         (("IdentityFile", "~/.ssh/a"), ("ProxyJump", "one,two"), ("ConfigFile", "none"))),
        ("-A", (("ForwardAgent", "yes"),)),
        ("-o ControlMaster=auto -o ControlPersist=60s -C -q -o Compression=yes", ()),
        ("-o ProxyCommand=\"ssh -W %h:%p -q gw\"", (("ProxyCommand", "ssh -W %h:%p -q gw"),)),
        ("-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no",
         (("UserKnownHostsFile", "/dev/null"), ("StrictHostKeyChecking", "no"))),
    ],
)  # fmt: skip
def test_ssh_arguments(text: str, options: tuple[tuple[str, str], ...]) -> None:
    assert parse_ssh_args(text) == options


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("host", "host"),
        ("-R 80:x:80", "-R"),
        ("-o", "-o"),
        ("-o Port", "Port"),
        ("-o Prot=22", "Prot"),
        ("-o Ciphers=3des-cbc", "Ciphers"),
        ("-o 'unfinished", "quotation"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(ConnectError, match=named):
        parse_ssh_args(text)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    return tmp_path


def route(home: Path, config: str, address: str = "web", **target: object) -> Route:
    (home / ".ssh" / "config").write_text(config)
    return Routes().resolve(Target(address, address, **target))  # type: ignore[arg-type]


def test_ssh_config_fills_what_the_target_leaves_open(home: Path) -> None:
    config = "Host web\n HostName 10.0.0.5\n Port 2200\n User ops\n IdentityFile ~/k\n"
    found = route(home, config)
    assert (found.host, found.port, found.user) == ("10.0.0.5", 2200, "ops")
    assert found.credentials.identities == (f"{home}/k",)
    given = route(home, config, port=22, user="root", identities=("/own",))
    assert (given.host, given.port, given.user) == ("10.0.0.5", 22, "root")
    assert given.credentials.identities == ("/own", f"{home}/k")


def test_options_come_before_ssh_config(home: Path) -> None:
    options = (("Port", "7"), ("User", "opt"))
    assert route(home, "Host *\n Port 8\n User cfg\n", options=options).port == 7
    assert route(home, "Host *\n Port 8\n", options=options, port=9).port == 9


@pytest.mark.parametrize(
    ("config", "port"),
    [
        ("Include sub\nHost *\n Port 9\n", 7),
        ("Host web\n Include sub\nHost *\n Port 9\n", 7),
        ("Host db\n Include sub\nHost *\n Port 9\n", 9),
        ("Host web\n Include none*\n Port 5\nHost *\n Port 9\n", 5),
        ("Host db\n Include sub\n Port 5\nHost *\n Port 9\n", 9),
        ("Match user nobody\n Include sub\nMatch all\n Port 9\n", 9),
        ("Match originalhost we*\n Include sub\nMatch all\n Port 9\n", 7),
    ],
)
def test_includes_obey_the_block_they_stand_in(home: Path, config: str, port: int) -> None:
    (home / ".ssh" / "sub").write_text("Host web !x\n Port 7\n")
    assert route(home, config).port == port


def test_an_include_that_includes_itself_is_refused(home: Path) -> None:
    with pytest.raises(ConnectError, match="deep"):
        route(home, "Include config\n")


def test_a_named_config_file_is_the_only_one(home: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.write_text("Host *\n User named\n")
    config = "Host *\n Port 9\n User cfg\n"
    found = route(home, config, options=(("ConfigFile", str(own)),))
    assert (found.user, found.port) == ("named", 22)
    assert route(home, config, options=(("ConfigFile", "none"),)).port == 22
    with pytest.raises(ConnectError, match="cannot read"):
        route(home, config, options=(("ConfigFile", "/nowhere"),))


def test_jumps_are_a_chain_whose_first_hop_comes_first(home: Path) -> None:
    found = route(home, "Host web\n ProxyJump a@one:1,two\nHost two\n Port 2\n")
    two = found.jump
    assert two is not None
    one = two.jump
    assert one is not None
    assert (two.host, two.port, one.host, one.port, one.user) == ("two", 2, "one", 1, "a")
    assert one.jump is None


def test_a_wildcard_jump_does_not_go_through_itself(home: Path) -> None:
    found = route(home, "Host *\n ProxyJump gate\n")
    assert found.jump is not None
    assert found.jump.jump is None
    assert route(home, "Host *\n ProxyJump gate\n", "gate").jump is None


def test_jumps_that_never_end_are_refused(home: Path) -> None:
    with pytest.raises(ConnectError, match="hops"):
        route(home, "Host web\n ProxyJump a\nHost a\n ProxyJump b\nHost b\n ProxyJump a\n")


def test_tokens_of_a_proxy_command(home: Path) -> None:
    config = "Host web\n HostName 10.0.0.5\n ProxyCommand nc %h %p %r %n %%\n"
    assert route(home, config, port=77, user="me").command == "nc 10.0.0.5 77 me web %"
    assert not route(home, "Host web\n ProxyCommand none\n").command


def test_host_key_policy(home: Path) -> None:
    strict = route(home, "").policy
    assert not strict.accept_new
    assert strict.user_files[0] == f"{home}/.ssh/known_hosts"
    for value in ("accept-new", "no", "off"):
        assert route(home, f"Host *\n StrictHostKeyChecking {value}\n").policy.accept_new
    assert route(home, "", accept_new_host_keys=True).policy.accept_new
    files = route(home, "Host *\n UserKnownHostsFile ~/a ~/b\n GlobalKnownHostsFile none\n").policy
    assert files.user_files == (f"{home}/a", f"{home}/b")
    assert files.global_files == ()


def test_deadlines_and_switches(home: Path) -> None:
    config = "Host *\n ServerAliveInterval 5\n ServerAliveCountMax 2\n ConnectTimeout 3\n"
    found = route(home, config + " ForwardAgent yes\n PasswordAuthentication no\n")
    assert (found.dead_after, found.timeout, found.forward_agent) == (10.0, 3.0, True)
    assert "password" not in found.credentials.methods
    plain = route(home, "")
    assert (plain.dead_after, plain.timeout, plain.forward_agent) == (30.0, 10.0, False)
    preferred = route(home, "Host *\n PreferredAuthentications password,publickey\n")
    assert preferred.credentials.methods == ("password", "publickey")
    with pytest.raises(ConnectError, match="connecttimeout"):
        route(home, "Host *\n ConnectTimeout soon\n")


def test_a_config_that_cannot_be_read_is_no_traceback(home: Path) -> None:
    with pytest.raises(ConnectError, match="ssh_config"):
        route(home, "Match\n Port 1\nMatch all host x\n")


@pytest.mark.parametrize("host", ["web", "10.0.0.1", "fe80::1%eth0", "a_b.c-d", "büro.example"])
def test_hosts(host: str) -> None:
    assert check_host(host) == host


@pytest.mark.parametrize("host", ["", "-x", "a b", "a;b", "$(x)", "`x`", "a\nb", "a|b", "u@h"])
def test_what_is_no_host(host: str) -> None:
    with pytest.raises(ConnectError):
        check_host(host)


@pytest.mark.parametrize("user", ["-x", "a;b", "$(x)", "a`b", "a'b", "x\\"])
def test_what_is_no_user(user: str) -> None:
    with pytest.raises(ConnectError):
        check_user(user)


def test_the_seam_imports_nothing_heavy() -> None:
    code = (
        "import sys, deployer.transport.session, deployer.transport.connectors, "
        "deployer.transport.local, deployer.transport.options; "
        "print([name for name in ('paramiko','fabric','invoke','tenacity') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
