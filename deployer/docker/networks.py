"""Networks: what differs between one that exists and one that is described, and its flags.

What is compared is what is given: an option that is not mentioned may be anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from ipaddress import ip_address, ip_network
from typing import Any

from deployer.docker.cli import Record
from deployer.model.values import dataclass
from deployer.sdk import Refused


@dataclass(frozen=True, slots=True)
class Pool:
    """One block of addresses (`ipam_config`)."""

    subnet: str
    ip_range: str = ""
    gateway: str = ""
    aux: Mapping[str, str] = field(default_factory=dict)

    @property
    def flags(self) -> list[str]:
        words = ["--subnet", self.subnet]
        words += ["--ip-range", self.ip_range] if self.ip_range else []
        words += ["--gateway", self.gateway] if self.gateway else []
        for name, address in self.aux.items():
            words += ["--aux-address", f"{name}={address}"]
        return words


@dataclass(frozen=True, slots=True)
class Network:
    """A network as described. None: not mentioned."""

    driver: str
    options: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    pools: tuple[Pool, ...] = ()
    ipam_driver: str | None = None
    ipam_options: Mapping[str, str] | None = None
    switches: Mapping[str, bool | None] = field(default_factory=dict)
    scope: str | None = None
    config_from: str | None = None

    @property
    def flags(self) -> list[str]:
        """The words for `docker network create`, without the name."""
        words = [] if self.switches.get("config_only") else ["--driver", self.driver]
        for flag, pairs in (
            ("--opt", self.options),
            ("--label", self.labels),
            ("--ipam-opt", self.ipam_options or {}),
        ):
            words += [word for key, value in pairs.items() for word in (flag, f"{key}={value}")]
        for flag, text in (
            ("--ipam-driver", self.ipam_driver),
            ("--scope", self.scope),
            ("--config-from", self.config_from),
        ):
            words += [flag, text] if text else []
        words += [word for pool in self.pools for word in pool.flags]
        for name, wanted in self.switches.items():
            flag, _ = SWITCHES[name]
            if wanted or (wanted is False and name == "enable_ipv4"):
                words.append(flag if wanted else f"{flag}=false")
        return words

    def foreseen(self, name: str) -> Record:
        """What inspect will say of it at least."""
        switches = {SWITCHES[key][1]: bool(wanted) for key, wanted in self.switches.items()}
        scope = self.scope or ("swarm" if self.driver == "overlay" else "local")
        return {
            **{key: wanted for key, wanted in switches.items() if key != "EnableIPv4"},
            "Name": name,
            "Driver": self.driver,
            "Scope": scope,
            "Options": dict(self.options),
            "Labels": dict(self.labels),
        }


#: Yes-or-no options: the flag of `docker network create`, the key of `docker network inspect`.
SWITCHES = {
    "attachable": ("--attachable", "Attachable"),
    "internal": ("--internal", "Internal"),
    "ingress": ("--ingress", "Ingress"),
    "enable_ipv4": ("--ipv4", "EnableIPv4"),
    "enable_ipv6": ("--ipv6", "EnableIPv6"),
    "config_only": ("--config-only", "ConfigOnly"),
}


def pool_of(given: Mapping[str, Any]) -> Pool:
    """One entry of `ipam_config`; Refused for addresses that are none."""
    known = ("subnet", "iprange", "gateway", "aux_addresses")
    for key in given:
        if key not in known:
            raise Refused(f"`ipam_config` has no `{key}`: it takes {', '.join(known)}")
    subnet = str(given.get("subnet") or "")
    aux = given.get("aux_addresses") or {}
    pool = Pool(
        subnet,
        str(given.get("iprange") or ""),
        str(given.get("gateway") or ""),
        {str(name): str(address) for name, address in aux.items()},
    )
    for text in (pool.subnet, *filter(None, [pool.ip_range])):
        if "/" not in text or canonical(text) == "":
            raise Refused(f"`{text}` in `ipam_config` is not a network such as 10.0.0.0/24")
    for text in (*filter(None, [pool.gateway]), *pool.aux.values()):
        if canonical(text) == "":
            raise Refused(f"`{text}` in `ipam_config` is not an address")
    return pool


def canonical(text: str) -> str:
    """An address or a network in its one spelling; empty where it is neither."""
    try:
        return str(ip_network(text, strict=False)) if "/" in text else str(ip_address(text))
    except ValueError:
        return ""


def rejoin_flags(container: Record, network: str, pools: Sequence[Pool]) -> list[str]:
    """The words for `docker network connect` that give a container the place it had before.

    Others find it by its aliases. Its own address is kept where the network has such a pool:
    elsewhere docker refuses it.
    """
    endpoint = (container.get("Networks") or {}).get(network) or {}
    short = container["Id"][:12]
    words = [
        word
        for alias in endpoint.get("Aliases") or ()
        if alias != short
        for word in ("--alias", alias)
    ]
    own = endpoint.get("IPAMConfig") or {}
    for flag, key in (("--ip", "IPv4Address"), ("--ip6", "IPv6Address")):
        address = own.get(key)
        if address and any(
            ip_address(address) in ip_network(p.subnet, strict=False) for p in pools
        ):
            words += [flag, address]
    return words


@dataclass(frozen=True, slots=True)
class Difference:
    """One option that is not as described."""

    key: str
    wanted: str
    now: str

    def __str__(self) -> str:
        return f"{self.key} is {self.now}, wanted {self.wanted}"


def differences(wanted: Network, found: Record) -> list[Difference]:
    """What is not as described; `found` is what `docker network inspect` says."""
    return [Difference(key, _word(want), _word(now)) for key, want, now in _pairs(wanted, found)]


def _word(value: Any) -> str:
    if value in (None, "", {}):
        return "not set"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pairs(wanted: Network, found: Record) -> Iterator[tuple[str, Any, Any]]:
    """(key, wanted, present) of everything that differs."""
    ipam = found.get("IPAM") or {}
    driver = "null" if wanted.switches.get("config_only") else wanted.driver
    plain = (
        ("driver", driver, found.get("Driver")),
        ("scope", wanted.scope, found.get("Scope")),
        ("config_from", wanted.config_from, (found.get("ConfigFrom") or {}).get("Network", "")),
        ("ipam_driver", wanted.ipam_driver, ipam.get("Driver")),
    )
    yield from ((key, want, now) for key, want, now in plain if want and want != now)
    if wanted.ipam_options is not None and wanted.ipam_options != (ipam.get("Options") or {}):
        yield "ipam_driver_options", wanted.ipam_options, ipam.get("Options")
    for name, switch in wanted.switches.items():
        present = bool(found.get(SWITCHES[name][1], name == "enable_ipv4"))
        if switch is not None and switch != present:
            yield name, switch, present
    for key, pairs, have in (
        ("driver_options", wanted.options, found.get("Options") or {}),
        ("labels", wanted.labels, found.get("Labels") or {}),
    ):
        for name, value in pairs.items():
            if have.get(name) != value:
                yield f"{key}.{name}", value, have.get(name)
    yield from _pool_pairs(wanted.pools, ipam.get("Config") or [])


def _pool_pairs(wanted: Sequence[Pool], found: Sequence[Record]) -> Iterator[tuple[str, Any, Any]]:
    """Each wanted pool against the one with its subnet; order does not matter."""
    by_subnet = {canonical(config.get("Subnet", "")): config for config in found}
    for number, pool in enumerate(wanted):
        config = by_subnet.get(canonical(pool.subnet))
        if config is None:
            yield f"ipam_config[{number}].subnet", pool.subnet, ", ".join(by_subnet)
            continue
        for key, text, now in (
            ("iprange", pool.ip_range, config.get("IPRange", "")),
            ("gateway", pool.gateway, config.get("Gateway", "")),
        ):
            if text and canonical(text) != canonical(
                now.partition("/")[0] if "/" not in text else now
            ):
                yield f"ipam_config[{number}].{key}", text, now
        have = config.get("AuxiliaryAddresses") or {}
        if pool.aux and {k: canonical(v) for k, v in pool.aux.items()} != {
            k: canonical(v) for k, v in have.items()
        }:
            yield f"ipam_config[{number}].aux_addresses", dict(pool.aux), have
