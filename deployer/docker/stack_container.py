"""What runs in a service's containers: a compose service as `docker stack deploy` turns it into
the `ContainerSpec` of Docker's API (read off docker/cli 20.10 to 29, compose/convert)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deployer.docker.stack_names import FILE_MODE, Names
from deployer.docker.stack_values import image_reference, nanoseconds, number, texts, words

Config = Mapping[str, Any]


def _keys(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Keys of a service that this and `stack_service` turn into a part of the spec.
CONVERTED = _keys(
    """cap_add cap_drop command configs deploy dns dns_search entrypoint environment extra_hosts
    healthcheck hostname image init isolation labels logging networks ports read_only restart
    secrets stdin_open stop_grace_period stop_signal sysctls tty ulimits user volumes
    working_dir"""
)

#: Keys that `docker stack deploy` leaves out, with or without a warning.
WITHOUT_EFFECT = _keys(
    """build cgroup_parent cgroupns_mode container_name depends_on devices domainname env_file
    expose external_links ipc links mac_address network_mode pid privileged profiles security_opt
    shm_size tmpfs userns_mode"""
)


def container(names: Names, service: Config) -> dict[str, Any]:
    """The `ContainerSpec` of a service, as far as the file gives it."""
    return {
        "Image": image_reference(str(service.get("image", ""))),
        "Labels": names.labelled(service.get("labels")),
        "Command": words(service.get("entrypoint")),
        "Args": words(service.get("command")),
        "Hostname": service.get("hostname"),
        "Env": environment(service.get("environment")),
        "Dir": service.get("working_dir"),
        "User": service.get("user"),
        "Init": service.get("init"),
        "StopSignal": service.get("stop_signal"),
        "TTY": service.get("tty"),
        "OpenStdin": service.get("stdin_open"),
        "ReadOnly": service.get("read_only"),
        "Mounts": [mount(names, entry) for entry in service.get("volumes") or ()],
        "StopGracePeriod": nanoseconds(service.get("stop_grace_period", "10s")),
        "Healthcheck": healthcheck(service.get("healthcheck")),
        "Hosts": [_host(entry) for entry in words(service.get("extra_hosts"))],
        "DNSConfig": {
            "Nameservers": words(service.get("dns")),
            "Search": words(service.get("dns_search")),
        },
        "Secrets": [_file(names, "Secret", entry) for entry in service.get("secrets") or ()],
        "Configs": [_file(names, "Config", entry) for entry in service.get("configs") or ()],
        "Isolation": service.get("isolation") or "default",
        "Sysctls": texts(service.get("sysctls")),
        "Ulimits": ulimits(service.get("ulimits")),
        **capabilities(service),
    }


def environment(given: Any) -> list[str]:
    """`A=1`, or `A` alone where it is to come from an environment that does not have it."""
    if not isinstance(given, Mapping):
        return sorted(words(given))
    return sorted(f"{key}" if value is None else f"{key}={value}" for key, value in given.items())


def healthcheck(given: Any) -> dict[str, Any]:
    """The health check; `disable` is a test of NONE."""
    if not given:
        return {}
    if given.get("disable"):
        return {"Test": ["NONE"]}
    test = given.get("test")
    return {
        "Test": ["CMD-SHELL", test] if isinstance(test, str) else words(test),
        "Interval": nanoseconds(given.get("interval")),
        "Timeout": nanoseconds(given.get("timeout")),
        "StartPeriod": nanoseconds(given.get("start_period")),
        "StartInterval": nanoseconds(given.get("start_interval")),
        "Retries": number(given.get("retries")),
    }


def mount(names: Names, entry: Config) -> dict[str, Any]:
    """One mount. A volume gets the stack's name and label unless it is external."""
    kind = entry.get("type", "volume")
    made: dict[str, Any] = {
        "Type": kind,
        "Source": entry.get("source"),
        "Target": entry.get("target"),
        "ReadOnly": entry.get("read_only"),
        "Consistency": entry.get("consistency"),
    }
    if kind in ("volume", "cluster"):
        made |= _volume(names, entry)
    elif kind == "bind":
        made["BindOptions"] = {"Propagation": (entry.get("bind") or {}).get("propagation")}
    elif kind == "tmpfs":
        made["TmpfsOptions"] = {"SizeBytes": number((entry.get("tmpfs") or {}).get("size"))}
    return made


def _volume(names: Names, entry: Config) -> dict[str, Any]:
    source = entry.get("source")
    given = entry.get("volume") or {}
    options: dict[str, Any] = {"NoCopy": given.get("nocopy"), "Subpath": given.get("subpath")}
    if not source:
        return {"VolumeOptions": options}
    volume = names.config("volumes", source)
    if not volume.get("external"):
        options["Labels"] = names.labelled(volume.get("labels"))
        if volume.get("driver") or volume.get("driver_opts"):
            driver = {"Name": volume.get("driver"), "Options": texts(volume.get("driver_opts"))}
            options["DriverConfig"] = driver
    return {"Source": names.real("volumes", source), "VolumeOptions": options}


def _host(entry: str) -> str:
    """`IP NAME` out of `NAME:IP` or `NAME=IP`."""
    mark = "=" if "=" in entry else ":"
    name, found, address = entry.partition(mark)
    return f"{address} {name}" if found else entry


def _file(names: Names, kind: str, entry: Any) -> dict[str, Any]:
    """A secret or config of a service, with the id that the name has now."""
    given = {"source": entry} if isinstance(entry, str) else entry
    topic = f"{kind.lower()}s"
    source = str(given.get("source", ""))
    real = names.real(topic, source)
    mode = given.get("mode")
    file = {
        "Name": given.get("target") or source,
        "UID": str(given.get("uid") or "0"),
        "GID": str(given.get("gid") or "0"),
        "Mode": FILE_MODE if mode is None else int(mode),
    }
    return {"File": file, f"{kind}ID": names.id_of(topic, real), f"{kind}Name": real}


def ulimits(given: Any) -> list[dict[str, Any]]:
    """Limits by name; a single number is both."""
    made = []
    for name, value in sorted((given or {}).items()):
        both = value if isinstance(value, Mapping) else {"soft": value, "hard": value}
        hard, soft = number(both.get("hard")), number(both.get("soft"))
        made.append({"Name": name, "Hard": hard, "Soft": soft})
    return made


def capabilities(service: Config) -> dict[str, list[str]]:
    """Capabilities in capitals with `CAP_`; what is added is not dropped."""
    added = {_capability(word) for word in words(service.get("cap_add"))} - {"RESET"}
    dropped = {_capability(word) for word in words(service.get("cap_drop"))} - {"RESET"}
    if "ALL" in added:
        added = {"ALL"}
    if "ALL" in dropped:
        dropped = {"ALL"}
    return {"CapabilityAdd": sorted(added), "CapabilityDrop": sorted(dropped - added)}


def _capability(word: str) -> str:
    name = word.strip().upper()
    return name if name in ("ALL", "RESET") or name.startswith("CAP_") else f"CAP_{name}"
