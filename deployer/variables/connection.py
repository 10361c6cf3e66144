"""How a host is reached: variables, keywords and the command line become a `Target`.

Ansible's order, from strong to weak: variables (`ansible_user`; extra variables are the strongest
of them), keywords of the task and play (`remote_user`), options of the command line (`-u`), the
default. Of two names for one thing the more specific wins (`ansible_ssh_user`,
`ansible_sudo_pass`). ("Controlling how Ansible behaves: precedence rules", and the documentation
of the ssh, sudo, su and doas plugins.)
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

from deployer.inventory.names import address_problem, user_problem
from deployer.model.diagnostic import Diagnostic, did_you_mean
from deployer.model.errors import LoadError
from deployer.model.secret import Secret, reveal
from deployer.model.source import Value
from deployer.model.values import dataclass
from deployer.sdk.coercion import to_bool, to_float, to_int, to_str
from deployer.transport.session import Become, Target

#: The rendered value of a variable of the host, None where it is not defined.
Look = Callable[[str], Value]

CONNECTIONS = {
    "ssh": "ssh",
    "smart": "ssh",
    "paramiko": "ssh",
    "paramiko_ssh": "ssh",
    "ansible.builtin.ssh": "ssh",
    "ansible.builtin.paramiko_ssh": "ssh",
    "local": "local",
    "ansible.builtin.local": "local",
}
METHODS = {
    "sudo": "sudo",
    "su": "su",
    "doas": "doas",
    "ansible.builtin.sudo": "sudo",
    "ansible.builtin.su": "su",
    "community.general.doas": "doas",
}


@dataclass(frozen=True, slots=True)
class ConnectionKeywords:
    """The rendered keywords of a task; None: not said."""

    connection: Value = None
    remote_user: Value = None
    port: Value = None
    become: Value = None
    become_user: Value = None
    become_method: Value = None
    become_exe: Value = None
    become_flags: Value = None


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """What the command line says: `-c -u --private-key -T -k -b -K …`; None: not said.

    `ssh_args` are words for ssh (`--ssh-common-args` and `--ssh-extra-args`).
    """

    connection: str | None = None
    user: str | None = None
    private_key: str | None = None
    timeout: float | None = None
    password: Secret | None = None
    become: bool = False
    become_user: str | None = None
    become_method: str | None = None
    become_password: Secret | None = None
    ssh_common_args: str = ""
    ssh_extra_args: str = ""
    accept_new_host_keys: bool = False


NO_KEYWORDS = ConnectionKeywords()
NO_OPTIONS = ConnectionOptions()


def target_for(
    host: str,
    look: Look,
    keywords: ConnectionKeywords = NO_KEYWORDS,
    options: ConnectionOptions = NO_OPTIONS,
) -> Target:
    """The target for a task on `host`, whose variables `look` reads.

    Raises LoadError for an address, login or value that cannot be; errors of `look` pass through.
    """
    return _Reader(host, look, keywords, options).target()


class _Reader:
    def __init__(
        self, host: str, look: Look, keywords: ConnectionKeywords, options: ConnectionOptions
    ) -> None:
        self.host = host
        self.look = look
        self.keywords = keywords
        self.options = options

    def target(self) -> Target:
        connection = self._connection()
        become = self._become()
        executable = self._text("ansible_shell_executable") or "/bin/sh"
        timeout = self._number(to_float, self.options.timeout, *_named("timeout"))
        timeout = 10.0 if timeout is None else timeout
        if connection == "local":
            return Target(
                self.host, "localhost", "local", become=become, executable=executable,
                timeout=timeout,
            )  # fmt: skip
        keywords, options = self.keywords, self.options
        return Target(
            self.host,
            self._address(),
            port=self._port(),
            user=self._user("user", keywords.remote_user or options.user, *_named("user")),
            password=self._secret(options.password, *_PASSWORDS),
            identities=self._identities(),
            options=self._options(),
            become=become,
            executable=executable,
            accept_new_host_keys=self._accepts_new_host_keys(),
            timeout=timeout,
            attempts=self._attempts(),
        )

    def _connection(self) -> str:
        said = self._text("ansible_connection", self.keywords.connection or self.options.connection)
        kind = CONNECTIONS.get(said or "ssh")
        if kind is None:
            near = did_you_mean(said, CONNECTIONS)
            raise self._fault(
                f"connection `{said}` is not supported yet", near or "ssh and local are"
            )
        return kind

    def _address(self) -> str:
        address = self._first("ansible_ssh_host", "ansible_host")
        plain = self.host if address is None else self._as_text("ansible_host", address)
        problem = address_problem(plain)
        if problem:
            raise self._fault(problem)
        return plain.strip("[]")

    def _port(self) -> int:
        port = self._number(to_int, self.keywords.port, "ansible_ssh_port", "ansible_port")
        if port is None:
            return 0
        if not 0 < port < 65_536:
            raise self._fault(f"`{port}` is not a port")
        return int(port)

    def _user(self, what: str, default: Value, *names: str) -> str:
        found = self._first(*names)
        value = default if found is None else found
        if value is None:
            return ""
        user = self._as_text(what, value)
        problem = user_problem(user) if user else ""
        if problem:
            raise self._fault(problem)
        return user

    def _identities(self) -> tuple[str, ...]:
        names = ("ansible_ssh_private_key_file", "ansible_private_key_file")
        path = self._text(names[0], self._text(names[1], self.options.private_key))
        return (str(Path(path).expanduser()),) if path else ()

    def _options(self) -> tuple[tuple[str, str], ...]:
        """OpenSSH options; ssh takes the first value of each, so what is stronger comes first."""
        texts = (
            self._text("ansible_ssh_args"),
            self._text("ansible_ssh_common_args", self.options.ssh_common_args),
            self._text("ansible_ssh_extra_args", self.options.ssh_extra_args),
        )
        if not any(texts):
            return ()
        from deployer.transport.options import parse_ssh_args

        return tuple(pair for text in texts if text for pair in parse_ssh_args(text))

    def _accepts_new_host_keys(self) -> bool:
        """`ansible_host_key_checking: false` accepts unknown keys; changed ones stay refused."""
        names = ("ansible_ssh_host_key_checking", "ansible_host_key_checking")
        checking = self._flag(None, *names)
        return self.options.accept_new_host_keys or checking is False

    def _attempts(self) -> int:
        retries = self._number(to_int, None, "ansible_ssh_retries")
        return Target(self.host, self.host).attempts if retries is None else int(retries) + 1

    def _become(self) -> Become | None:
        wanted = self._flag(self.keywords.become, "ansible_become")
        if not (self.options.become if wanted is None else wanted):
            return None
        method = self._method()
        keywords, options = self.keywords, self.options
        user = keywords.become_user or options.become_user or "root"
        flags = self._text(f"ansible_{method}_flags", self._text("ansible_become_flags"))
        path = self._text(f"ansible_{method}_exe", self._text("ansible_become_exe"))
        return Become(
            self._user("become_user", user, f"ansible_{method}_user", "ansible_become_user"),
            method,
            self._become_password(method),
            self._words("become_flags", flags or self._as_text("", keywords.become_flags)),
            path or self._as_text("become_exe", keywords.become_exe),
        )

    def _method(self) -> str:
        default = self.keywords.become_method or self.options.become_method
        said = self._text("ansible_become_method", default) or "sudo"
        method = METHODS.get(said)
        if method is None:
            near = did_you_mean(said, METHODS)
            hint = near or "sudo, su and doas are"
            raise self._fault(f"become method `{said}` is not supported", hint)
        return method

    def _become_password(self, method: str) -> Secret | None:
        names = (f"ansible_{method}_pass", "ansible_become_pass", "ansible_become_password")
        return self._secret(self.options.become_password, *names)

    def _first(self, *names: str) -> Value:
        """The first of several variables that is defined and not null."""
        for name in names:
            value = self.look(name)
            if value is not None:
                return value
        return None

    def _text(self, name: str, default: Value = None) -> str:
        value = self.look(name)
        return self._as_text(name, default if value is None else value)

    def _as_text(self, name: str, value: Value) -> str:
        if value is None:
            return ""
        try:
            return reveal(to_str(value))
        except ValueError as error:
            raise self._fault(f"`{name}`: {error}") from error

    def _secret(self, default: Secret | None, *names: str) -> Secret | None:
        value = self._first(*names)
        return default if value is None else Secret(self._as_text(names[0], value))

    def _number(
        self, convert: Callable[[Value], float], default: Value, *names: str
    ) -> float | None:
        value = self._first(*names)
        value = default if value is None else value
        if value is None or value == "":
            return None
        try:
            return convert(value)
        except ValueError as error:
            raise self._fault(f"`{names[-1]}`: {error}") from error

    def _flag(self, default: Value, *names: str) -> bool | None:
        value = self._first(*names)
        value = default if value is None else value
        if value is None or value == "":
            return None
        try:
            return to_bool(value)
        except ValueError as error:
            raise self._fault(f"`{names[-1]}`: {error}") from error

    def _words(self, name: str, text: str) -> tuple[str, ...]:
        try:
            return tuple(shlex.split(text))
        except ValueError as error:
            raise self._fault(f"`{name}` cannot be split into words: {error}") from error

    def _fault(self, summary: str, hint: str = "") -> LoadError:
        return LoadError([Diagnostic(f"{self.host}: {summary}", None, hint)])


def _named(what: str) -> tuple[str, str]:
    """The names of one setting, the stronger first."""
    return (f"ansible_ssh_{what}", f"ansible_{what}")


_PASSWORDS = ("ansible_ssh_password", "ansible_ssh_pass", "ansible_password")
