"""Where a login goes: what target, options and ssh_config say together, resolved by Fabric."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from fabric.config import Config
from fabric.connection import Connection
from paramiko.config import SSHConfig
from paramiko.ssh_exception import ConfigParseError

from deployer.model.errors import ConnectError
from deployer.model.secret import Secret
from deployer.model.values import dataclass
from deployer.transport import sshconfig
from deployer.transport.names import check_host, check_user
from deployer.transport.options import Options, check_option
from deployer.transport.session import Target
from deployer.transport.trust import Policy

#: More hops than anybody has; a ProxyJump that leads to itself ends here.
MOST_HOPS = 8
DEFAULT_KNOWN = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
DEFAULT_GLOBAL = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
#: OpenSSH's order of trying the user's own keys.
DEFAULT_IDENTITIES = ("~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ed25519")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login may show. `explicit` says that the files were named, not only usual."""

    identities: tuple[str, ...] = ()
    explicit: bool = False
    identities_only: bool = False
    agent: bool = True
    password: Secret | None = field(default=None, repr=False)
    methods: tuple[str, ...] = ("publickey", "keyboard-interactive", "password")


@dataclass(frozen=True, slots=True)
class Route:
    """One login: where to, as whom, through what. Times in seconds.

    `jump` is the login that carries this one, `command` a ProxyCommand with its tokens replaced.
    """

    host: str
    port: int
    user: str
    alias: str
    credentials: Credentials
    policy: Policy
    timeout: float
    dead_after: float
    attempts: int
    jump: Route | None = None
    command: str = ""
    forward_agent: bool = False
    connection: Any = field(default=None, repr=False, compare=False)


class Routes:
    """Resolves targets; parses each set of options and files once. Not thread-safe."""

    def __init__(self) -> None:
        self._configs: dict[Options, Any] = {}

    def resolve(self, target: Target) -> Route:
        """The route to a target. Raises ConnectError for what cannot be understood."""
        for name, value in target.options:
            check_option(name, value)
        return self._resolve(target, 0)

    def _resolve(self, target: Target, depth: int) -> Route:
        if depth > MOST_HOPS:
            raise ConnectError(f"{target.address}: ProxyJump has more than {MOST_HOPS} hops")
        check_host(target.address)
        check_user(target.user)
        # Fabric takes "host:port" apart; an address with a port of its own is none.
        if target.address.count(":") == 1:
            raise ConnectError(f"{target.address!r} is not a host name (a port goes elsewhere)")
        # In front, as on ssh's command line: %p and %r are then replaced with them.
        given = (("Port", str(target.port or "")), ("User", target.user))
        options = (*(pair for pair in given if pair[1]), *target.options)
        # What is given here Fabric does not parse (it knows only yes and no, and no decimals).
        fixed = {"gateway": False, "forward_agent": False, "connect_timeout": 1}
        connection: Any = Connection(  # type: ignore[no-untyped-call]
            target.address, config=self._config(options), **fixed
        )
        known = connection.ssh_config
        check_host(connection.host)
        check_user(connection.user)
        return Route(
            host=connection.host,
            port=int(connection.port),
            user=connection.user,
            alias=known.get("hostkeyalias", ""),
            credentials=_credentials(target, known),
            policy=_policy(target, known),
            timeout=_seconds(known, "connecttimeout", target.timeout),
            dead_after=_dead_after(known, target.dead_after),
            attempts=max(1, int(known.get("connectionattempts", target.attempts))),
            jump=self._jump(target, known, depth),
            command=_command(known, target.address),
            forward_agent=known.get("forwardagent", "no").lower() == "yes",
            connection=connection,
        )

    def _config(self, options: Options) -> Any:
        if options not in self._configs:
            try:
                parsed = SSHConfig.from_text(sshconfig.text_of(options))
            except (ConfigParseError, ValueError) as error:
                raise ConnectError(f"ssh_config: {error}") from error
            self._configs[options] = Config(  # type: ignore[no-untyped-call]
                ssh_config=parsed, overrides={"connect_kwargs": {}}
            )
        return self._configs[options]

    def _jump(self, target: Target, known: Mapping[str, Any], depth: int) -> Route | None:
        """The route to the last hop before the target; it carries the hops before itself."""
        hops = str(known.get("proxyjump") or "none")
        if hops.lower() == "none":
            return None
        *before, last = [hop.strip() for hop in hops.split(",")]
        user, address, port = _hop(last)
        if address == target.address and (not port or port == target.port):
            return None  # a wildcard block covers its own gateway
        # As `ssh -J`: of the options only -F and what the keys of hosts are checked with.
        shared = [pair for pair in target.options if pair[0].lower() in _FOR_HOPS]
        if before:
            shared.append(("ProxyJump", ",".join(before)))
        hop = Target(
            name=address,
            address=address,
            port=port,
            user=user,
            options=tuple(shared),
            accept_new_host_keys=target.accept_new_host_keys,
            timeout=target.timeout,
            dead_after=target.dead_after,
            attempts=1,
        )
        return self._resolve(hop, depth + 1)


_FOR_HOPS = frozenset(
    ("configfile", "userknownhostsfile", "globalknownhostsfile", "stricthostkeychecking")
)
_HOP = re.compile(
    r"(?:ssh://)?(?:(?P<user>[^@]+)@)?(?P<host>\[[^\]]+\]|[^:\[\]@/]+)(?::(?P<port>\d+))?/?\Z"
)


def _hop(text: str) -> tuple[str, str, int]:
    match = _HOP.match(text)
    if not match:
        raise ConnectError(f"ProxyJump `{text}` is not understood (write user@host:port)")
    return match["user"] or "", match["host"].strip("[]"), int(match["port"] or 0)


def _credentials(target: Target, known: Mapping[str, Any]) -> Credentials:
    named = [*target.identities, *known.get("identityfile", [])]
    only = known.get("identitiesonly", "no").lower() == "yes"
    methods = known.get("preferredauthentications", "")
    allowed = [
        method
        for method in (methods.split(",") if methods else Credentials().methods)
        if known.get(_SWITCHES.get(method.strip(), ""), "yes").lower() != "no"
    ]
    files = named or [path for path in DEFAULT_IDENTITIES if Path(path).expanduser().exists()]
    return Credentials(
        identities=tuple(str(Path(path).expanduser()) for path in files if path.lower() != "none"),
        explicit=bool(named),
        identities_only=only,
        agent=known.get("identityagent", "").lower() != "none",
        password=target.password,
        methods=tuple(method.strip() for method in allowed),
    )


_SWITCHES = {
    "publickey": "pubkeyauthentication",
    "password": "passwordauthentication",
    "keyboard-interactive": "kbdinteractiveauthentication",
}


def _policy(target: Target, known: Mapping[str, Any]) -> Policy:
    strict = known.get("stricthostkeychecking", "ask").lower()
    return Policy(
        user_files=_paths(known.get("userknownhostsfile", ""), DEFAULT_KNOWN),
        global_files=_paths(known.get("globalknownhostsfile", ""), DEFAULT_GLOBAL),
        # `no` accepts new keys too; a changed one is refused here whatever it says.
        accept_new=target.accept_new_host_keys or strict in ("accept-new", "no", "off"),
        hashed=known.get("hashknownhosts", "no").lower() == "yes",
    )


def _paths(value: str, default: tuple[str, ...]) -> tuple[str, ...]:
    if value.strip().lower() == "none":
        return ()
    return tuple(str(Path(word).expanduser()) for word in (value.split() or default))


def _seconds(known: Mapping[str, Any], key: str, default: float) -> float:
    value = str(known.get(key, ""))
    if not value or value.lower() == "none":
        return default
    if not re.fullmatch(r"\d+(\.\d+)?", value):
        raise ConnectError(f"ssh option {key}: {value!r} is not a number of seconds")
    return float(value)


def _dead_after(known: Mapping[str, Any], default: float) -> float:
    """ServerAliveInterval times ServerAliveCountMax, as in OpenSSH; 0 leaves the default."""
    interval = _seconds(known, "serveraliveinterval", 0)
    return interval * _seconds(known, "serveralivecountmax", 3) or default


def _command(known: Mapping[str, Any], address: str) -> str:
    """The ProxyCommand; Paramiko has replaced %h, %p and %r already."""
    command = str(known.get("proxycommand") or "")
    if command.lower() == "none":
        return ""
    return command.replace("%n", address).replace("%%", "%")
