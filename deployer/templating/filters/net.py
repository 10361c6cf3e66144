"""Addresses and networks, with Python's `ipaddress`; and URLs.

The queries of `ipaddr` are those that ansible.utils documents; a query that does not hold gives
false, and in a list drops the item.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from deployer.templating.registry import text

Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface


def interface(value: Any) -> Interface | None:
    """An address with its network, or None where the value is neither.

    >>> interface("10.0.0.1/8"), interface("localhost"), interface(True)
    (IPv4Interface('10.0.0.1/8'), None, None)
    """
    if isinstance(value, bool) or value in ("", None):
        return None
    try:
        return ipaddress.ip_interface(value)
    except ValueError:
        return None


def _has_prefix(value: Any) -> bool:
    return "/" in str(value)


def _network_only(at: Interface, value: Any) -> bool:
    return _has_prefix(value) and at.ip == at.network.network_address and _size(at) > 1


def _size(at: Interface) -> int:
    return at.network.num_addresses


def _usable(at: Interface) -> tuple[Any, Any]:
    """The first and last address of a network that hosts may have."""
    low, high = at.network.network_address, at.network.broadcast_address
    return (low + 1, high - 1) if _size(at) > 2 else (low, high)


def _address(at: Interface, value: Any) -> Any:
    return False if _network_only(at, value) else str(at.ip)


def _gateway(at: Interface, value: Any) -> Any:
    return _host_prefix(at, value)


def _host_prefix(at: Interface, value: Any) -> Any:
    return False if _network_only(at, value) or not _has_prefix(value) else str(at)


def _net(at: Interface, value: Any) -> Any:
    holds = _has_prefix(value) and at.ip == at.network.network_address
    return str(at.network) if holds and _size(at) > 1 else False


def _when(test: Callable[[Interface], bool]) -> Callable[[Interface, Any], Any]:
    return lambda at, value: value if test(at) else False


def _neighbour(step: int) -> Callable[[Interface, Any], Any]:
    def query(at: Interface, _value: Any) -> Any:
        if step > 0:
            return f"{at.network.broadcast_address + 1}/{at.network.prefixlen}"
        return f"{at.network.network_address - _size(at)}/{at.network.prefixlen}"

    return query


def _range_usable(at: Interface, _value: Any) -> Any:
    low, high = _usable(at)
    return f"{low}-{high}" if _size(at) > 1 else False


def _peer(at: Interface, _value: Any) -> Any:
    if at.network.prefixlen != at.network.max_prefixlen - (1 if _size(at) == 2 else 2):
        raise ValueError("a peer needs a network of two hosts")
    others = list(at.network) if _size(at) == 2 else list(at.network.hosts())
    return str(next(other for other in others if other != at.ip))


def _wrapped(at: Interface, value: Any) -> str:
    """IPv6 addresses stand in brackets, before the prefix."""
    if at.version == 4:
        return str(value)
    address, slash, prefix = str(value).partition("/")
    return f"[{address}]{slash}{prefix}"


_QUERIES: dict[str, Callable[[Interface, Any], Any]] = {
    "": lambda _at, value: value,
    "bool": lambda _at, _value: True,
    "address": _address,
    "ip": _address,
    "broadcast": lambda at, _v: str(at.network.broadcast_address) if _size(at) > 2 else False,
    "cidr": lambda at, _v: str(at),
    "cidr_lookup": lambda at, _v: str(at),
    "first_usable": lambda at, _v: str(_usable(at)[0]) if _size(at) > 1 else False,
    "last_usable": lambda at, _v: str(_usable(at)[1]) if _size(at) > 1 else False,
    "range_usable": _range_usable,
    "size_usable": lambda at, _v: _size(at) - 2 if _size(at) > 2 else _size(at),
    "gateway": _gateway,
    "gw": _gateway,
    "host": _host_prefix,
    "host/prefix": _host_prefix,
    "hostnet": _host_prefix,
    "router": _gateway,
    "hostmask": lambda at, _v: str(at.hostmask),
    "wildcard": lambda at, _v: str(at.hostmask),
    "int": lambda at, v: f"{int(at.ip)}/{at.network.prefixlen}" if _has_prefix(v) else int(at.ip),
    "ip/prefix": _host_prefix,
    "ip_netmask": lambda at, v: f"{at.ip} {at.netmask}" if _has_prefix(v) else False,
    "ipv4": lambda at, v: v if at.version == 4 else False,
    "ipv6": lambda at, v: v if at.version == 6 else False,
    "v4": lambda at, v: v if at.version == 4 else False,
    "v6": lambda at, v: v if at.version == 6 else False,
    "link-local": _when(lambda at: at.ip.is_link_local),
    "lladdr": _when(lambda at: at.ip.is_link_local),
    "loopback": _when(lambda at: at.ip.is_loopback),
    "lo": _when(lambda at: at.ip.is_loopback),
    "multicast": _when(lambda at: at.ip.is_multicast),
    "unicast": _when(lambda at: not at.ip.is_multicast),
    "private": _when(lambda at: at.ip.is_private),
    "public": _when(lambda at: at.ip.is_global),
    "net": _net,
    "netmask": lambda at, _v: str(at.netmask),
    "network": lambda at, _v: str(at.network.network_address),
    "network_id": lambda at, _v: str(at.network.network_address),
    "network/prefix": lambda at, _v: str(at.network),
    "network_netmask": lambda at, _v: f"{at.network.network_address} {at.netmask}",
    "network_wildcard": lambda at, _v: f"{at.network.network_address} {at.hostmask}",
    "next_usable": lambda at, _v: str(at.ip + 1) if at.ip < _usable(at)[1] else False,
    "previous_usable": lambda at, _v: str(at.ip - 1) if at.ip > _usable(at)[0] else False,
    "subnet": lambda at, _v: str(at.network),
    "next_network": _neighbour(1),
    "previous_network": _neighbour(-1),
    "peer": _peer,
    "prefix": lambda at, _v: at.network.prefixlen,
    "revdns": lambda at, _v: at.ip.reverse_pointer + ".",
    "size": lambda at, _v: _size(at),
    "type": lambda at, v: "network" if _network_only(at, v) else "address",
    "version": lambda at, _v: at.version,
    "wrap": _wrapped,
}


def _ask(value: Any, query: str, version: int = 0) -> Any:
    if isinstance(value, list):
        found = [_ask(item, query, version) for item in value]
        return [item for item in found if item not in (False, None)]
    at = interface(value)
    if at is None or (version and at.version != version):
        return False
    if query in _QUERIES:
        return _QUERIES[query](at, value)
    if query.lstrip("-").isdigit():
        return _nth(at, int(query))
    within = interface(query)
    if within is None:
        raise ValueError(f"`{query}` is no query")
    inside = at.version == within.version and at.network.subnet_of(within.network)  # type: ignore[arg-type]
    return value if inside else False


def _nth(at: Interface, index: int) -> str:
    return f"{at.network[index]}/{at.network.prefixlen}"


@text()
def ipaddr(value: Any, query: Any = "") -> Any:
    """The value where it is an address or network, or what a query says of it; else false.

    >>> ipaddr("192.168.1.5/24", "network"), ipaddr("localhost"), ipaddr("10.0.0.0/8", "1")
    ('192.168.1.0', False, '10.0.0.1/8')
    >>> ipaddr(["10.1.2.3", "8.8.8.8"], "10.0.0.0/8")
    ['10.1.2.3']
    """
    return _ask(value, str(query))


@text()
def ipv4(value: Any, query: Any = "") -> Any:
    """As `ipaddr`, for IPv4 only.

    >>> ipv4(["::1", "10.0.0.1"])
    ['10.0.0.1']
    """
    return _ask(value, str(query), 4)


@text()
def ipv6(value: Any, query: Any = "") -> Any:
    """As `ipaddr`, for IPv6 only.

    >>> ipv6(["::1", "10.0.0.1"])
    ['::1']
    """
    return _ask(value, str(query), 6)


@text()
def ipwrap(value: Any, query: Any = "") -> Any:
    """IPv6 addresses in brackets, everything else (names too) as it is.

    >>> ipwrap(["::1", "10.0.0.1", "db.example.org"])
    ['[::1]', '10.0.0.1', 'db.example.org']
    """
    if isinstance(value, list):
        return [ipwrap(item, query) for item in value]
    found = _ask(value, str(query))
    at = interface(found)
    return _wrapped(at, found) if at is not None else value


@text()
def ipsubnet(value: Any, query: Any = "", index: Any = None) -> Any:
    """A network; how many networks of another size fit in it; or the one at an index.

    >>> ipsubnet("192.168.0.0/16", 20), ipsubnet("192.168.0.0/16", 20, 1)
    (16, '192.168.16.0/20')
    """
    at = interface(value)
    if at is None:
        return False
    if query == "":
        return str(at.network)
    size = int(query)
    if size < at.network.prefixlen:
        return str(at.network.supernet(new_prefix=size))
    count = 2 ** (size - at.network.prefixlen)
    if index is None:
        return count
    place = int(index) % count
    step = 2 ** (at.network.max_prefixlen - size)
    return f"{at.network.network_address + place * step}/{size}"


@text()
def ipmath(value: Any, amount: int) -> str:
    """The address so many further on.

    >>> ipmath("192.168.1.5", 5), ipmath("10.0.0.1/8", -1)
    ('192.168.1.10', '10.0.0.0')
    """
    at = interface(value)
    if at is None:
        raise ValueError(f"`{value}` is no address")
    return str(at.ip + int(amount))


@text()
def nthhost(value: Any, query: int) -> Any:
    """The address at an index of a network.

    >>> nthhost("10.0.0.0/8", 305)
    '10.0.1.49'
    """
    at = interface(value)
    return False if at is None else str(at.network[int(query)])


_URL_PARTS = "scheme netloc path query fragment username password hostname port"


@text("urlsplit")
def urlsplit_(value: str, query: str = "") -> Any:
    """The parts of a URL, or one of them.

    >>> urlsplit_("https://u@h:8080/p?q=1", "port"), urlsplit_("https://h/p")["path"]
    (8080, '/p')
    """
    parts = urlsplit(value)
    made = {name: getattr(parts, name) for name in _URL_PARTS.split()}
    if query and query not in made:
        raise ValueError(f"a URL has no `{query}`")
    return made[query] if query else made


@text()
def urldecode(value: str) -> str:
    """Text of a URL read.

    >>> urldecode("a%20b+c")
    'a b c'
    """
    return unquote_plus(value)
