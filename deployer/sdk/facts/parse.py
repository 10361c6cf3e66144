"""From the probe's output to `ansible_facts`."""

from __future__ import annotations

from collections.abc import Sequence

from deployer.model.errors import ProbeError
from deployer.model.script import Reply
from deployer.model.source import Value
from deployer.sdk.facts import account, platform
from deployer.sdk.facts.distribution import distribution, lsb
from deployer.sdk.facts.hardware import hardware
from deployer.sdk.facts.network import network
from deployer.sdk.facts.said import Said, take_apart
from deployer.sdk.facts.subsets import Subset, matches
from deployer.sdk.facts.virtual import virtual

_KINDS = {
    "apparmor": platform.apparmor,
    "cmdline": platform.cmdline,
    "date_time": account.date_time,
    "dns": account.dns,
    "env": account.environment,
    "fips": platform.fips,
    "hardware": hardware,
    "loadavg": platform.loadavg,
    "local": account.local,
    "network": network,
    "platform": platform.platform,
    "selinux": platform.selinux,
    "ssh_pub_keys": platform.ssh_keys,
    "user": account.user,
    "virtual": virtual,
}


def facts(reply: Reply, subset: Subset, filters: Sequence[str] = ()) -> dict[str, Value]:
    """What `setup` returns as `ansible_facts`: names begin with `ansible_`.

    `filters` are wildcards on names; `gather_subset` and `module_setup` always pass. Raises
    ProbeError where the host did not answer in full.
    """
    said = take_apart(reply.out)
    if "end" not in said.sections:
        last = (reply.err.strip().splitlines() or ["no output"])[-1]
        raise ProbeError(f"facts cannot be gathered: exit status {reply.code}: {last}")
    found = _gathered(said, subset)
    named = {f"ansible_{name}": value for name, value in found.items()}
    kept = {name: value for name, value in named.items() if matches(name, filters)}
    return {**kept, "gather_subset": list(subset.words), "module_setup": True}


def _gathered(said: Said, subset: Subset) -> dict[str, Value]:
    found: dict[str, Value] = {}
    release = distribution(said)
    for kind in sorted(subset.kinds):
        if kind in _KINDS:
            found.update(_kind(kind, said))
    if "distribution" in subset.kinds:
        found.update(release)
    if "lsb" in subset.kinds:
        found.update(lsb(said, release))
    if "pkg_mgr" in subset.kinds:
        found.update(platform.package_manager(said, release))
    if "service_mgr" in subset.kinds:
        found.update(platform.service_manager(said, release))
    return found


def _kind(kind: str, said: Said) -> dict[str, Value]:
    """The facts of one kind; none where the host's files hold what they never should."""
    try:
        return _KINDS[kind](said)
    except (ValueError, LookupError, OverflowError):
        return {}
