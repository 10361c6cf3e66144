"""`group` and `user`: what their probes see on this machine, and how the answers are read."""

from __future__ import annotations

import grp
import pwd

import pytest

from deployer.modules import load
from deployer.sdk import ProbeError, Refused, Reply, Resource
from deployer.sdk.accounts_state import Account, read_account
from tests.support.shell import SHELLS, Host, Shell, arguments, shell_id


@pytest.fixture(params=SHELLS, ids=shell_id)
def host(request: pytest.FixtureRequest) -> Host:
    shell: Shell = request.param
    return Host(shell)


def resource(name: str) -> Resource:
    module = load(name)
    assert isinstance(module, Resource)
    return module


def test_the_probe_of_user_sees_what_the_host_knows(host: Host):
    module = resource("user")
    account = module.parse(None, host.run(module.probe(arguments(module, name="root", local=True))))
    known = pwd.getpwnam("root")
    assert (account.uid, account.gid, account.home, account.shell) == (
        known.pw_uid, known.pw_gid, known.pw_dir, known.pw_shell,
    )  # fmt: skip
    assert account.primary == grp.getgrgid(known.pw_gid).gr_name
    assert account.home_exists


def test_a_user_that_is_not_there(host: Host):
    module = resource("user")
    args = arguments(module, name="no-such-user")
    assert module.parse(args, host.run(module.probe(args))) is None


def test_the_start_of_another_name_is_not_the_name(host: Host):
    module = resource("user")
    args = arguments(module, name="roo")
    assert module.parse(args, host.run(module.probe(args))) is None


def test_the_probe_of_group_sees_what_the_host_knows(host: Host):
    module = resource("group")
    for given, gid in ((grp.getgrgid(0).gr_name, 0), ("no-such-group", None)):
        args = arguments(module, name=given)
        assert module.parse(args, host.run(module.probe(args))) == gid


@pytest.mark.parametrize("module_name", ["user", "group"])
@pytest.mark.parametrize("name", ["-r", "", "a:b", "a b", "a\nb", "a/b", "a,b"])
def test_names_that_would_break_the_tables_are_refused(module_name: str, name: str):
    module = resource(module_name)
    with pytest.raises(Refused, match="cannot be the name"):
        module.probe(arguments(module, name=name))


def test_what_is_not_supported_is_refused():
    module = resource("user")
    with pytest.raises(Refused, match="`seuser` is not supported yet"):
        module.probe(arguments(module, name="app", seuser="user_u"))


def test_an_answer_that_cannot_be_read():
    with pytest.raises(ProbeError):
        read_account(Reply(0, b"passwd app:x:1\n"))
    with pytest.raises(ProbeError):
        read_account(Reply(1, b"", b"sh: broken"))


def test_groups_with_and_without_names():
    text = b"passwd a:x:7:7::/:/bin/sh\nid uid=7(a) gid=7 groups=7,27(sudo),domain\\x(no)\n"
    account = read_account(Reply(0, text))
    assert isinstance(account, Account)
    assert account.primary == "7"
    assert account.others == (("sudo", 27),)


def test_a_plain_password_is_warned_of():
    module = resource("user")
    warned = module.report(arguments(module, name="a", password="secret"), None)
    assert "password_hash" in warned.warnings[0]
    for hashed in ("$6$a$b", "!", "*", "!$6$a$b"):
        assert not module.report(arguments(module, name="a", password=hashed), None).warnings
