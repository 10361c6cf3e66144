"""Interfaces and their addresses, the default routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv6Address, ip_interface
from typing import Final

from deployer.model.source import Value
from deployer.sdk.facts.said import Said, number

Facts = dict[str, Value]

#: ARPHRD_* of linux/if_arp.h.
_TYPES: Final = {
    "1": "ether", "32": "infiniband", "512": "ppp", "65534": "tunnel", "772": "loopback",
    "768": "tunnel", "769": "tunnel", "776": "tunnel", "778": "gre",
}  # fmt: skip
_PROMISCUOUS: Final = 0x100
#: Scopes of /proc/net/if_inet6.
_SCOPES: Final = {"00": "global", "10": "host", "20": "link", "40": "site"}
_IP: Final = re.compile(r"\d+:\s+(\S+)\s+inet\s+(\S+)(?:\s+peer\s+\S+)?(?:\s+brd\s+(\S+))?(.*)")
_IP6: Final = re.compile(r"\d+:\s+(\S+)\s+inet6\s+([^\s/]+)/(\d+)\s.*?scope\s+(\w+)")
_OLD_NAME: Final = re.compile(r"^(\S+?):?\s")
_OLD_IPV4: Final = re.compile(
    r"inet (?:addr:)?(\S+).*?(?:[Mm]ask:?\s?(\S+))(?:.*?broadcast (\S+))?"
)


def network(said: Said) -> Facts:
    """Everything of the `network` subset: one fact per interface, and those about all."""
    found = _interfaces(said)
    _add_ipv4(said, found)
    _add_ipv6(said, found)
    facts: Facts = {f"{_variable(name)}": values for name, values in found.items()}
    facts["interfaces"] = list(found)
    facts["all_ipv4_addresses"] = [
        entry["address"]
        for values in found.values()
        for entry in _ipv4_of(values)
        if not entry["address"].startswith("127.")
    ]
    facts["all_ipv6_addresses"] = [
        entry["address"]
        for values in found.values()
        for entry in values.get("ipv6", [])
        if entry["address"] != "::1"
    ]
    facts["default_ipv4"] = _default_ipv4(said, found)
    facts["default_ipv6"] = _default_ipv6(said, found)
    return facts


def _variable(name: str) -> str:
    """An interface's name as part of a variable's: `br-lan` is `ansible_br_lan`."""
    return re.sub(r"[-:.]", "_", name)


def _interfaces(said: Said) -> dict[str, Facts]:
    raw: dict[str, dict[str, str]] = {}
    for path, lines in said.below("/sys/class/net/"):
        name, _, rest = path.partition("/")
        raw.setdefault(name, {})[rest] = lines[0].strip()
    return {name: _interface(said, name, values) for name, values in raw.items()}


def _interface(said: Said, name: str, raw: dict[str, str]) -> Facts:
    facts: Facts = {
        "device": name,
        "active": raw.get("operstate") != "down",
        "promisc": bool(number(raw.get("flags", ""), base=16) & _PROMISCUOUS),
        "type": _TYPES.get(raw.get("type", ""), "unknown"),
    }
    if raw.get("mtu"):
        facts["mtu"] = number(raw["mtu"])
    if raw.get("address", "").strip("0:"):
        facts["macaddress"] = raw["address"]
    if raw.get("speed", "").lstrip("-").isdecimal():
        facts["speed"] = number(raw["speed"])
    if "bridge/bridge_id" in raw:
        prefix = f"/sys/class/net/{name}/brif/"
        members = [line.removeprefix(prefix) for line in said.lines("bridged")]
        facts["type"] = "bridge"
        facts["interfaces"] = [member for member in members if "/" not in member]
        facts["id"] = raw["bridge/bridge_id"]
        facts["stp"] = raw.get("bridge/stp_state") == "1"
    if "bonding/mode" in raw:
        facts["type"] = "bonding"
        facts["mode"] = raw["bonding/mode"].split()[0]
        facts["slaves"] = raw.get("bonding/slaves", "").split()
    return facts


def _add_ipv4(said: Said, found: dict[str, Facts]) -> None:
    for name, address, broadcast in _addresses(said):
        values = found.setdefault(name.split(":")[0], {"device": name.split(":")[0]})
        entry = _ipv4(address, broadcast)
        if "ipv4" not in values:
            values["ipv4"] = entry
        else:
            values.setdefault("ipv4_secondaries", []).append(entry)


def _addresses(said: Said) -> Iterator[tuple[str, IPv4Interface, str]]:
    """Interface, address and broadcast of every IPv4 address, as `ip` or `ifconfig` print them."""
    name = ""
    for line in said.sections.get("addresses", "").splitlines():
        modern = _IP.match(line)
        if modern:
            name = modern[1].split("@")[0]
            written, broadcast = modern[2], modern[3] or ""
        else:
            started = _OLD_NAME.match(line)
            name = started[1] if started else name
            old = _OLD_IPV4.search(line)
            if old is None:
                continue
            bcast = re.search(r"(?:Bcast:|broadcast )(\S+)", line)
            written, broadcast = f"{old[1]}/{old[2]}", bcast[1] if bcast else ""
        try:
            address = ip_interface(written)
        except ValueError:
            continue
        if isinstance(address, IPv4Interface):
            yield name, address, broadcast


def _ipv4(address: IPv4Interface, broadcast: str) -> Facts:
    return {
        "address": str(address.ip),
        "broadcast": broadcast,
        "netmask": str(address.netmask),
        "network": str(address.network.network_address),
        "prefix": str(address.network.prefixlen),
    }


def _ipv4_of(values: Facts) -> list[Facts]:
    return [values["ipv4"], *values.get("ipv4_secondaries", [])] if "ipv4" in values else []


def _add_ipv6(said: Said, found: dict[str, Facts]) -> None:
    printed = [_IP6.match(line) for line in said.lines("addresses")]
    for match in filter(None, printed):
        name = match[1].split("@")[0]
        entry = {"address": match[2], "prefix": match[3], "scope": match[4]}
        found.setdefault(name, {"device": name}).setdefault("ipv6", []).append(entry)
    if not any(printed):
        _add_ipv6_of_proc(said, found)


def _add_ipv6_of_proc(said: Said, found: dict[str, Facts]) -> None:
    for line in said.file("/proc/net/if_inet6"):
        words = line.split()
        if len(words) < 6 or not re.fullmatch(r"[0-9a-f]{32}", words[0]):
            continue
        entry = {
            "address": str(IPv6Address(int(words[0], 16))),
            "prefix": str(int(words[2], 16)),
            "scope": _SCOPES.get(words[3], "unknown"),
        }
        found.setdefault(words[5], {"device": words[5]}).setdefault("ipv6", []).append(entry)


def _default_ipv4(said: Said, found: dict[str, Facts]) -> Facts:
    """The way out: the default route with the lowest metric (0.0.0.0/0 of /proc/net/route)."""
    routes = [line.split() for line in said.file("/proc/net/route")]
    defaults = [row for row in routes if len(row) > 7 and row[1] == row[7] == "00000000"]
    if not defaults:
        return {}
    best = min(defaults, key=lambda row: number(row[6]))
    values = found.get(best[0], {})
    entry = values.get("ipv4", {})
    gateway = ".".join(str(part) for part in reversed(bytes.fromhex(best[2])))
    return {**_route(best[0], gateway, values), **entry, "alias": best[0]}


def _default_ipv6(said: Said, found: dict[str, Facts]) -> Facts:
    """The way out: the default route with the lowest metric that is not a refusal."""
    rows = [line.split() for line in said.file("/proc/net/ipv6_route")]
    zero = "0" * 32
    usable = [
        row for row in rows if len(row) > 9 and row[0] == zero and row[1] == "00" and row[9] != "lo"
    ]
    if not usable:
        return {}
    best = min(usable, key=lambda row: int(row[5], 16))
    values = found.get(best[9], {})
    entries = values.get("ipv6", [])
    entry = next((each for each in entries if each["scope"] == "global"), None)
    if entry is None:
        return {}
    gateway = str(IPv6Address(int(best[4], 16)))
    return {**_route(best[9], gateway, values), **entry}


def _route(interface: str, gateway: str, values: Facts) -> Facts:
    shared: Facts = {key: values[key] for key in ("macaddress", "mtu", "type") if key in values}
    return {"interface": interface, "gateway": gateway, **shared}
