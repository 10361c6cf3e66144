"""How a host is reached: variables over keywords over the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployer.model.errors import LoadError
from deployer.model.secret import Secret
from deployer.transport.session import Become, Target
from deployer.variables.connection import ConnectionKeywords, ConnectionOptions, target_for


def target(
    variables: dict[str, object] | None = None,
    keywords: ConnectionKeywords | None = None,
    options: ConnectionOptions | None = None,
) -> Target:
    look = (variables or {}).get
    return target_for(
        "web1", look, keywords or ConnectionKeywords(), options or ConnectionOptions()
    )


def test_nothing_said_leaves_it_to_ssh_config() -> None:
    assert target() == Target("web1", "web1")


@pytest.mark.parametrize(
    ("variables", "field", "value"),
    [
        ({"ansible_host": "10.0.0.9"}, "address", "10.0.0.9"),
        ({"ansible_host": "[2001:db8::1]"}, "address", "2001:db8::1"),
        ({"ansible_ssh_host": "a", "ansible_host": "b"}, "address", "a"),
        ({"ansible_port": "2222"}, "port", 2222),
        ({"ansible_ssh_port": 2200, "ansible_port": 22}, "port", 2200),
        ({"ansible_user": "ops"}, "user", "ops"),
        ({"ansible_user": Secret("operator")}, "user", "operator"),
        ({"ansible_ssh_user": "a", "ansible_user": "b"}, "user", "a"),
        ({"ansible_password": "hunter22"}, "password", Secret("hunter22")),
        ({"ansible_ssh_pass": 12345}, "password", Secret("12345")),
        ({"ansible_ssh_private_key_file": "/k"}, "identities", ("/k",)),
        ({"ansible_private_key_file": "~/k"}, "identities", (str(Path("~/k").expanduser()),)),
        ({"ansible_connection": "smart"}, "connection", "ssh"),
        ({"ansible_connection": "local"}, "connection", "local"),
        ({"ansible_shell_executable": "/bin/ash"}, "executable", "/bin/ash"),
        ({"ansible_timeout": "30"}, "timeout", 30.0),
        ({"ansible_ssh_timeout": 5, "ansible_timeout": 30}, "timeout", 5.0),
        ({"ansible_ssh_retries": 2}, "attempts", 3),
        ({"ansible_host_key_checking": False}, "accept_new_host_keys", True),
        ({"ansible_ssh_host_key_checking": "yes"}, "accept_new_host_keys", False),
        (
            {
                "ansible_ssh_common_args": "-o ProxyJump=gate -o 'StrictHostKeyChecking yes'",
                "ansible_ssh_args": "-o ConnectTimeout=5",
                "ansible_ssh_extra_args": "-o ProxyJump=other",
            },
            "options",
            (
                ("ConnectTimeout", "5"),
                ("ProxyJump", "gate"),
                ("StrictHostKeyChecking", "yes"),
                ("ProxyJump", "other"),
            ),
        ),
    ],
)
def test_variables(variables: dict[str, object], field: str, value: object) -> None:
    assert getattr(target(variables), field) == value


def test_variables_beat_keywords_beat_the_command_line() -> None:
    options = ConnectionOptions(user="cli", private_key="/cli", timeout=3, connection="ssh")
    assert target(options=options).user == "cli"
    assert target(options=options).identities == ("/cli",)
    assert target(options=options).timeout == 3
    keywords = ConnectionKeywords(remote_user="play", port=2022)
    assert target(None, keywords, options).user == "play"
    assert target(None, keywords, options).port == 2022
    said = target({"ansible_user": "inventory", "ansible_port": 22}, keywords, options)
    assert (said.user, said.port) == ("inventory", 22)
    local = ConnectionKeywords(connection="local")
    assert target(None, local, options).connection == "local"
    assert target({"ansible_connection": "ssh"}, local).connection == "ssh"


def test_the_command_line_gives_what_variables_do_not() -> None:
    options = ConnectionOptions(
        password=Secret("from-k"), ssh_common_args="-J gate", accept_new_host_keys=True
    )
    made = target(None, None, options)
    assert (made.password, made.options, made.accept_new_host_keys) == (
        Secret("from-k"),
        (("ProxyJump", "gate"),),
        True,
    )
    variables = {"ansible_ssh_common_args": "-J own", "ansible_password": "mine-own"}
    made = target(variables, None, options)
    assert (made.password, made.options) == (Secret("mine-own"), (("ProxyJump", "own"),))


@pytest.mark.parametrize(
    ("variables", "keywords", "options", "become"),
    [
        ({}, {}, {}, None),
        ({}, {"become": True}, {}, Become()),
        ({}, {}, {"become": True}, Become()),
        ({}, {"become": False}, {"become": True}, None),
        ({"ansible_become": "no"}, {"become": True}, {}, None),
        ({"ansible_become": "yes"}, {}, {}, Become()),
        ({}, {"become": True, "become_user": "app"}, {"become_user": "cli"}, Become("app")),
        ({}, {"become": True}, {"become_user": "cli"}, Become("cli")),
        ({"ansible_become_user": "v"}, {"become": True, "become_user": "app"}, {}, Become("v")),
        (
            {"ansible_sudo_user": "s", "ansible_become_user": "v"},
            {"become": True},
            {},
            Become("s"),
        ),
        ({"ansible_become_method": "su"}, {"become": True}, {}, Become(method="su")),
        (
            {},
            {"become": True, "become_method": "community.general.doas"},
            {},
            Become(method="doas"),
        ),
        ({}, {"become": True}, {"become_method": "su"}, Become(method="su")),
        (
            {"ansible_become_password": "from-var"},
            {"become": True},
            {"become_password": Secret("from-K")},
            Become(password=Secret("from-var")),
        ),
        (
            {"ansible_become_pass": "pass-var"},
            {"become": 1},
            {},
            Become(password=Secret("pass-var")),
        ),
        ({"ansible_sudo_pass": "sudo-var"}, {"become": 1}, {}, Become(password=Secret("sudo-var"))),
        ({"ansible_su_pass": "su-only"}, {"become": True}, {}, Become()),
        (
            {},
            {"become": True},
            {"become_password": Secret("from-K")},
            Become(password=Secret("from-K")),
        ),
        (
            {"ansible_become_flags": "-H -E", "ansible_become_exe": "/opt/sudo"},
            {"become": True, "become_flags": "-x", "become_exe": "no"},
            {},
            Become(flags=("-H", "-E"), executable="/opt/sudo"),
        ),
        ({}, {"become": True, "become_flags": "-i 'a b'"}, {}, Become(flags=("-i", "a b"))),
    ],
)
def test_become(variables, keywords, options, become) -> None:
    made = target(variables, ConnectionKeywords(**keywords), ConnectionOptions(**options))
    assert made.become == become


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"ansible_host": "-oProxyCommand=id"}, "begins with `-`"),
        ({"ansible_host": "a;id"}, "address `a;id` contains characters"),
        ({"ansible_user": "a b"}, "user name `a b` contains characters"),
        ({"ansible_user": "-l"}, "begins with `-`"),
        ({"ansible_become": True, "ansible_become_user": "$(id)"}, "user name"),
        ({"ansible_port": 70000}, "`70000` is not a port"),
        ({"ansible_port": "ssh"}, "`ansible_port`"),
        ({"ansible_connection": "docker"}, "connection `docker` is not supported yet"),
        ({"ansible_become": True, "ansible_become_method": "runas"}, "become method `runas`"),
        ({"ansible_become": "perhaps"}, "`ansible_become`"),
        ({"ansible_become": True, "ansible_become_flags": "'x"}, "cannot be split"),
        ({"ansible_host": ["a"], "ansible_user": {}}, "address"),
    ],
)
def test_check_22_what_cannot_be_is_refused_with_the_host(variables, said) -> None:
    with pytest.raises(LoadError) as caught:
        target(variables)
    assert str(caught.value).startswith("web1: ")
    assert said in str(caught.value)


def test_a_local_host_needs_no_address_or_login() -> None:
    made = target({"ansible_connection": "local", "ansible_host": "-x", "ansible_become": True})
    assert (made.address, made.user, made.become) == ("localhost", "", Become())
