"""A service's spec as facts: one line of text for each thing that a user would name.

Wanted and live specs go through the same reading, so whatever either of them holds is compared,
also fields that nobody here has heard of: they keep their path as their name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from deployer.docker.stack_values import image_reference

Facts = Mapping[str, str]

#: What `docker stack deploy` leaves as it is, or the daemon adds by itself.
_IGNORED = frozenset(
    {
        "Name",
        "TaskTemplate.ForceUpdate",
        "TaskTemplate.Runtime",
        "TaskTemplate.Placement.Platforms",
    }
)

_NAMES = {
    "TaskTemplate.ContainerSpec.Image": "image",
    "TaskTemplate.ContainerSpec.Command": "entrypoint",
    "TaskTemplate.ContainerSpec.Args": "command",
    "TaskTemplate.ContainerSpec.Dir": "working_dir",
    "TaskTemplate.ContainerSpec.OpenStdin": "stdin_open",
    "TaskTemplate.ContainerSpec.StopGracePeriod": "stop_grace_period",
    "TaskTemplate.ContainerSpec.StopSignal": "stop_signal",
    "TaskTemplate.ContainerSpec.ReadOnly": "read_only",
    "TaskTemplate.ContainerSpec.DNSConfig.Nameservers": "dns",
    "TaskTemplate.ContainerSpec.DNSConfig.Search": "dns_search",
    "TaskTemplate.ContainerSpec.CapabilityAdd": "cap_add",
    "TaskTemplate.ContainerSpec.CapabilityDrop": "cap_drop",
    "TaskTemplate.ContainerSpec.Hosts": "extra_hosts",
    "TaskTemplate.Placement.Constraints": "placement constraints",
    "TaskTemplate.Placement.Preferences": "placement preferences",
    "TaskTemplate.Placement.MaxReplicas": "max_replicas_per_node",
    "TaskTemplate.LogDriver": "logging",
    "Mode.Replicated.Replicas": "replicas",
    "Mode.Global.on": "mode global",
    "EndpointSpec.Mode": "endpoint_mode",
    "EndpointSpec.Ports": "ports",
}
_PREFIXES = {
    "TaskTemplate.ContainerSpec.Healthcheck.": "healthcheck ",
    "TaskTemplate.ContainerSpec.Privileges.": "privileges ",
    "TaskTemplate.ContainerSpec.Sysctls.": "sysctl ",
    "TaskTemplate.ContainerSpec.": "",
    "TaskTemplate.Resources.Limits.": "limit ",
    "TaskTemplate.Resources.Reservations.": "reservation ",
    "TaskTemplate.RestartPolicy.": "restart_policy ",
    "TaskTemplate.LogDriver.": "logging ",
    "UpdateConfig.": "update_config ",
    "RollbackConfig.": "rollback_config ",
}
#: Durations in nanoseconds.
_TIMES = frozenset(
    {"Interval", "Timeout", "StartPeriod", "StartInterval", "Delay", "Window", "Monitor"}
    | {"StopGracePeriod"}
)
#: Lists in which the order means nothing.
_UNORDERED = frozenset({"Constraints", "CapabilityAdd", "CapabilityDrop"})
#: Facts whose values may hold what nobody should read in a plan.
CONFIDENTIAL = ("env ", "command", "entrypoint", "healthcheck Test", "logging ")


def facts(spec: Mapping[str, Any], ids: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The facts of a spec. `ids` holds name -> id of the swarm's networks, secrets, configs."""
    found: dict[str, str] = {}
    for path, value in _leaves(spec, ""):
        if path in _IGNORED:
            continue
        special = _SPECIAL.get(path)
        if special is not None:
            found.update(special(value, ids))
        elif path.startswith("Labels."):
            found["label " + path.removeprefix("Labels.")] = str(value)
        elif path.startswith("TaskTemplate.ContainerSpec.Labels."):
            label = path.removeprefix("TaskTemplate.ContainerSpec.Labels.")
            found["container label " + label] = str(value)
        else:
            found[_name(path)] = _text(path.rpartition(".")[2], value)
    return found


def _leaves(value: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """Everything that is set, by path; what is empty or zero is as good as absent."""
    for key, below in value.items():
        here = f"{path}.{key}" if path else str(key)
        if here == "TaskTemplate.ContainerSpec.Init" and below is not None:
            yield here, str(below).lower()
        elif here == "Mode.Replicated.Replicas":
            yield here, below or 0
        elif here.endswith("Config.Parallelism"):
            yield here, str(below)
        elif here in ("Mode.Global", "Mode.GlobalJob"):
            yield f"{here}.on", "every node"
        elif here.endswith("Labels") and isinstance(below, Mapping):
            yield from ((f"{here}.{name}", text) for name, text in below.items())
        elif isinstance(below, Mapping):
            yield from _leaves(below, here)
        elif below or (isinstance(below, int) and not isinstance(below, bool) and below):
            yield here, below


def _name(path: str) -> str:
    if path in _NAMES:
        return _NAMES[path]
    for prefix, short in _PREFIXES.items():
        if path.startswith(prefix):
            rest = path.removeprefix(prefix)
            return short + (_snake(rest) if "." not in rest and short != "sysctl " else rest)
    return path


def _snake(word: str) -> str:
    """`MaxAttempts` as compose writes it; names in capitals stay."""
    if word.isupper() or not word.isidentifier():
        return word.lower()
    made = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in word)
    return made.removeprefix("_").replace("nano_c_p_us", "cpus").replace("memory_bytes", "memory")


def _text(key: str, value: Any) -> str:
    if key in _TIMES and isinstance(value, int):
        return duration(value)
    if key == "NanoCPUs":
        return f"{value / 1_000_000_000:.9f}".rstrip("0").rstrip(".")
    if key == "Image":
        return image_reference(str(value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        items = [_item(part) for part in value]
        return ", ".join(sorted(items) if key in _UNORDERED else items)
    if isinstance(value, float):
        return repr(value)
    return str(value)


def _item(value: Any) -> str:
    """An entry of a list: a word as it is, a mapping by its values."""
    if isinstance(value, Mapping):
        return " ".join(f"{path}={leaf}" for path, leaf in sorted(_leaves(value, "")))
    return str(value)


def duration(nanoseconds: int) -> str:
    """Nanoseconds as compose writes them: 1m30s, 500ms."""
    if nanoseconds % 1_000_000:
        return f"{nanoseconds}ns"
    if nanoseconds % 1_000_000_000:
        return f"{nanoseconds // 1_000_000}ms"
    seconds = nanoseconds // 1_000_000_000
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes and rest else f"{minutes}m" if minutes else f"{rest}s"


Ids = Mapping[str, Mapping[str, str]]


def _env(value: Sequence[str], _ids: Ids) -> dict[str, str]:
    parts = (entry.partition("=") for entry in value)
    return {f"env {name}": mark + text or "(without a value)" for name, mark, text in parts}


def _ports(value: Sequence[Mapping[str, Any]], _ids: Ids) -> dict[str, str]:
    shown = []
    for port in value:
        published = port.get("PublishedPort") or "any"
        where = f"{published}:{port.get('TargetPort', 0)}/{port.get('Protocol', 'tcp')}"
        shown.append(f"{where} {port.get('PublishMode', 'ingress')}")
    return {"ports": ", ".join(sorted(shown))}


def _networks(value: Sequence[Mapping[str, Any]], ids: Ids) -> dict[str, str]:
    names = {identity: name for name, identity in ids.get("networks", {}).items()}
    found = {}
    for network in value:
        target = network.get("Target", "")
        aliases = " ".join(sorted(network.get("Aliases") or ()))
        options = _item(network.get("DriverOpts") or {})
        found[f"network {names.get(target, target)}"] = f"as {aliases} {options}".strip()
    return found


def _mounts(value: Sequence[Mapping[str, Any]], _ids: Ids) -> dict[str, str]:
    return {
        f"mount {entry.get('Target', '')}": _item(
            {key: part for key, part in entry.items() if key != "Target"}
        )
        for entry in value
    }


def _files(kind: str) -> Callable[[Any, Ids], dict[str, str]]:
    def read(value: Sequence[Mapping[str, Any]], ids: Ids) -> dict[str, str]:
        known = ids.get(f"{kind.lower()}s", {})
        found = {}
        for entry in value:
            file, name = entry.get("File") or {}, entry.get(f"{kind}Name", "")
            right = known.get(name, "") == entry.get(f"{kind}ID", "")
            state = "" if right else " (one that was replaced)"
            rights = f"{file.get('UID', '0')}:{file.get('GID', '0')} {file.get('Mode', 0):04o}"
            found[f"{kind.lower()} {file.get('Name', name)}"] = f"{name}{state} {rights}"
        return found

    return read


def _ulimits(value: Sequence[Mapping[str, Any]], _ids: Ids) -> dict[str, str]:
    return {
        f"ulimit {entry.get('Name')}": f"{entry.get('Soft', 0)}:{entry.get('Hard', 0)}"
        for entry in value
    }


_SPECIAL: Mapping[str, Callable[[Any, Ids], dict[str, str]]] = {
    "TaskTemplate.ContainerSpec.Env": _env,
    "TaskTemplate.ContainerSpec.Mounts": _mounts,
    "TaskTemplate.ContainerSpec.Secrets": _files("Secret"),
    "TaskTemplate.ContainerSpec.Configs": _files("Config"),
    "TaskTemplate.ContainerSpec.Ulimits": _ulimits,
    "TaskTemplate.Networks": _networks,
    "EndpointSpec.Ports": _ports,
}


#: Digests are shown by their first digits.
_DIGEST = re.compile(r"(@sha256:[0-9a-f]{12})[0-9a-f]{52}")
#: Values that are longer together are not shown in a plan's line.
LONGEST = 160

Difference = tuple[str | None, str | None]


def differences(before: Facts, after: Facts) -> dict[str, Difference]:
    """What differs, by name: (before, after); None stands for absent."""
    names = sorted({*before, *after}, key=lambda name: (name != "image", name != "replicas", name))
    pairs = {name: (before.get(name), after.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def in_words(name: str, before: str | None, after: str | None) -> str:
    """One difference as a plan says it: `replicas 2 → 3`, `env A differs`."""
    hidden = name.startswith(CONFIDENTIAL)
    before, after = (text and _DIGEST.sub(r"\1", text) for text in (before, after))
    hidden = hidden or len(f"{before}{after}") > LONGEST
    if after is None:
        return f"{name} is not in the file"
    if before is None:
        return f"{name} is missing" if hidden else f"{name} {after} is missing"
    return f"{name} differs" if hidden else f"{name} {before} → {after}"
