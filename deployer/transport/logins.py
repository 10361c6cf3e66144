"""Logins: dial, check the host, show our keys; what may pass is tried again."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import field
from typing import Any

from paramiko.client import MissingHostKeyPolicy
from paramiko.ssh_exception import AuthenticationException, IncompatiblePeer, SSHException

from deployer.model.errors import AuthenticationError, ConnectError, DeployError, Interrupted
from deployer.model.values import dataclass
from deployer.transport.algorithms import StrongTransport
from deployer.transport.auth import KeyFiles, Login
from deployer.transport.channel import Pulse
from deployer.transport.connect import Proxy, Refused, WatchedSocket, dial
from deployer.transport.hostkeys import Known
from deployer.transport.route import Route
from deployer.transport.trust import HostKeys, Policy, Shown, check

#: Longest time in seconds that a host may take to judge one key or password (PAM may wait).
AUTH_TIMEOUT = 30.0

#: Seconds for which a gateway's failure counts for all hosts behind it: they would queue for it.
SHARED_FAILURE = 3.0
#: What is said of a server from before December 2023.
NOT_STRICT = "its SSH server knows no strict key exchange (CVE-2023-48795): update it"

# Errors are raised to us as well; on standard error Paramiko's log would tear the output apart,
# and at the level DEBUG it tells more than it should (security check 7).
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False


@dataclass(slots=True)
class Line:
    """An open login: its transport, its pulse, and what carries it."""

    transport: StrongTransport
    pulse: Pulse
    route: Route
    undo: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def alive(self) -> bool:
        return self.transport.is_active() and not self.pulse.dead

    def close(self) -> None:
        """Close the transport and what was opened for it. Idempotent; never waits."""
        self.undo.close()


@dataclass(slots=True)
class _Gateway:
    """The one login on a gateway, or why there was none a moment ago."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    line: Line | None = None
    error: ConnectError | None = None
    failed_at: float = 0.0


class _HostKeyCheck(MissingHostKeyPolicy):
    """Called by Paramiko for every host, since its own lists of keys stay empty."""

    def __init__(self, keys: HostKeys, policy: Policy, known: Known) -> None:
        self._keys = keys
        self._policy = policy
        self._known = known

    def missing_host_key(self, _client: Any, _hostname: str, key: Any) -> None:
        certificate = key.public_blob.key_blob if key.public_blob else b""
        shown = Shown(key.get_name(), key.asbytes(), certificate)
        check(self._keys, self._policy, self._known, shown)


class Logins:
    """Makes lines. Thread-safe; keeps one line per gateway for all that goes through it."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._host_keys = HostKeys(warn)
        self._key_files = KeyFiles()
        self._cancelled = threading.Event()
        self._opening: set[StrongTransport] = set()
        self._gateways: dict[Route, _Gateway] = {}
        self._lock = threading.Lock()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Logins that are being made raise Interrupted at once; gateways are closed."""
        self._cancelled.set()
        with self._lock:
            opening, gateways = list(self._opening), list(self._gateways.values())
        for transport in opening:
            transport.close()
        for gateway in gateways:
            if gateway.line is not None:
                gateway.line.close()

    def open(self, route: Route) -> Line:
        """A line along a route, tried `route.attempts` times with growing, random pauses.

        Raises ConnectError, AuthenticationError, HostKeyError, Interrupted.
        """
        try:
            return self._once(route)
        except Refused:
            if route.attempts < 2:
                raise
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt
        from tenacity.wait import wait_random_exponential

        again = Retrying(
            stop=stop_after_attempt(route.attempts - 1),
            wait=wait_random_exponential(multiplier=0.5, max=8),
            retry=retry_if_exception_type(Refused),
            sleep=self._pause,
            reraise=True,
        )
        self._pause(0.2)
        return again(self._once, route)

    def _pause(self, seconds: float) -> None:
        if self._cancelled.wait(seconds):
            raise Interrupted()

    def _once(self, route: Route) -> Line:
        with contextlib.ExitStack() as undo:
            sock = self._stream(route, undo)
            known = self._host_keys.known(route.policy, route.host, route.port, route.alias)
            transport = self._login(route, sock, known)
            undo.callback(transport.close)
            if not getattr(transport, "agreed_on_strict_kex", False):
                self._warn(f"{route.host}: {NOT_STRICT}")
            pulse = Pulse(transport, sock, route.dead_after)
            return Line(transport, pulse, route, undo.pop_all())

    def _stream(self, route: Route, undo: contextlib.ExitStack) -> WatchedSocket:
        """What carries the login: TCP, a ProxyCommand, or a channel through the hop before."""
        if route.jump is not None:
            return WatchedSocket(self._tunnel(self._gateway(route.jump), route))
        if route.command:
            proxy = Proxy(route.command)
            undo.callback(proxy.close)
            return WatchedSocket(proxy.sock, proxy.said)
        sock = dial(route.host, route.port, route.timeout, self._cancelled.is_set)
        undo.callback(sock.close)
        return WatchedSocket(sock, hurried=True)

    def _gateway(self, route: Route) -> Line:
        """The line to a hop, shared by all hosts behind it: a login each would hit MaxStartups."""
        with self._lock:
            gateway = self._gateways.setdefault(route, _Gateway())
        with gateway.lock:
            if gateway.line is None or not gateway.line.alive:
                gateway.line = self._passed(route, gateway)
            return gateway.line

    def _passed(self, route: Route, gateway: _Gateway) -> Line:
        """A login on a gateway; those who waited while one failed get its error at once."""
        if gateway.error is not None and time.monotonic() - gateway.failed_at < SHARED_FAILURE:
            raise type(gateway.error)(str(gateway.error)) from gateway.error
        try:
            return self._once(route)
        except ConnectError as error:
            gateway.error, gateway.failed_at = error, time.monotonic()
            raise

    def _tunnel(self, line: Line, route: Route) -> Any:
        try:
            return line.transport.open_channel(
                "direct-tcpip", (route.host, route.port), ("127.0.0.1", 0), timeout=route.timeout
            )
        except (SSHException, EOFError, OSError) as error:
            raise Refused(
                f"{line.route.host} cannot connect to {route.host} port {route.port}: {error}"
            ) from error

    def _login(self, route: Route, sock: WatchedSocket, known: Known) -> StrongTransport:
        """Fabric connects: over our stream, with our transport, host key check and order of keys.

        From then on the Paramiko transport is ours.
        """
        connection = route.connection
        connection.connect_kwargs = {
            "sock": sock,
            "transport_factory": lambda given, **rest: self._made(given, known, rest),
            "auth_strategy": Login(route.user, route.credentials, self._key_files),
            "banner_timeout": route.timeout,
            "auth_timeout": AUTH_TIMEOUT,
        }
        connection.connect_timeout = route.timeout
        policy = _HostKeyCheck(self._host_keys, route.policy, known)
        connection.client.set_missing_host_key_policy(policy)
        started = time.monotonic()
        try:
            connection.open()
        except BaseException as error:
            connection.client.close()
            if self.cancelled:
                raise Interrupted() from error
            if isinstance(error, DeployError) or not isinstance(error, Exception):
                raise
            raise _explained(route, error, sock, time.monotonic() - started) from error
        finally:
            with self._lock:
                self._opening.discard(connection.client.get_transport())
        transport: StrongTransport = connection.transport
        return transport

    def _made(self, sock: Any, known: Known, rest: dict[str, Any]) -> StrongTransport:
        transport = StrongTransport(sock, known, **rest)
        with self._lock:
            self._opening.add(transport)
        if self.cancelled:
            raise Interrupted()
        return transport


def _explained(route: Route, error: Exception, sock: WatchedSocket, seconds: float) -> DeployError:
    """Paramiko's error as ours: may it pass, and what can be done."""
    where = f"{route.host} port {route.port}"
    said = sock.said()
    tail = f": {said}" if said else ""
    if isinstance(error, AuthenticationException):
        return AuthenticationError(f"{where}: {error}")
    if isinstance(error, IncompatiblePeer):
        return ConnectError(f"{where}: no algorithm in common, weak ones are off: {error}")
    if seconds >= 0.9 * route.timeout:
        return ConnectError(f"{where}: no SSH answer within {route.timeout:g} seconds{tail}")
    if "banner" in str(error).lower() or b"SSH-" not in sock.opening:
        refusal = " ".join(sock.opening.decode("utf-8", "replace").split())
        tail = f": it said `{refusal}`" if refusal else tail
        return Refused(f"{where}: closed before the SSH banner{tail}")
    why = f" ({error})" if str(error) else ""
    return Refused(f"{where}: the connection broke during the login{why}{tail}")
