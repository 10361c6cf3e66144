"""A compose service as the `ServiceSpec` that `docker stack deploy` makes of it, with the defaults
that `docker service inspect` shows (read off docker/cli's compose/convert and swarmkit)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deployer.docker.stack_container import CONVERTED, WITHOUT_EFFECT, container
from deployer.docker.stack_names import IMAGE_LABEL, Names
from deployer.docker.stack_values import nano_cpus, nanoseconds, number, texts, words

Config = Mapping[str, Any]
_MONITOR = 5_000_000_000

#: Keys that are understood below a service: path -> keys. Others make the comparison unsure.
KNOWN = {
    "deploy": """mode replicas labels update_config rollback_config resources restart_policy
        placement endpoint_mode""",
    "deploy.update_config": "parallelism delay failure_action monitor max_failure_ratio order",
    "deploy.rollback_config": "parallelism delay failure_action monitor max_failure_ratio order",
    "deploy.resources": "limits reservations",
    "deploy.resources.limits": "cpus memory pids",
    "deploy.resources.reservations": "cpus memory generic_resources",
    "deploy.restart_policy": "condition delay max_attempts window",
    "deploy.placement": "constraints preferences max_replicas_per_node",
    "healthcheck": "test interval timeout start_period start_interval retries disable",
    "logging": "driver options",
}


def unknown_keys(service: Config) -> list[str]:
    """Keys of a service that this comparison does not know, as dotted paths."""
    found = [
        key
        for key in service
        if key not in CONVERTED | WITHOUT_EFFECT and not str(key).startswith("x-")
    ]
    for path, known in KNOWN.items():
        below: Any = service
        for part in path.split("."):
            below = below.get(part) if isinstance(below, Mapping) else None
        if isinstance(below, Mapping):
            found += [
                f"{path}.{key}"
                for key in below
                if key not in known.split() and not str(key).startswith("x-")
            ]
    return found


def service_spec(names: Names, name: str, service: Config) -> dict[str, Any]:
    """The spec of a service. `service` is one of `docker stack config`."""
    deploy: Config = service.get("deploy") or {}
    labels = {**names.labelled(deploy.get("labels")), IMAGE_LABEL: str(service.get("image", ""))}
    return {
        "Name": names.scoped(name),
        "Labels": labels,
        "TaskTemplate": {
            "ContainerSpec": container(names, service),
            "Resources": resources(deploy.get("resources") or {}),
            "RestartPolicy": restart(service.get("restart"), deploy.get("restart_policy")),
            "Placement": placement(deploy.get("placement") or {}),
            "Networks": networks(names, name, service.get("networks")),
            "LogDriver": log_driver(service.get("logging")),
        },
        "Mode": mode(deploy),
        "UpdateConfig": rollout(deploy.get("update_config")),
        "RollbackConfig": rollout(deploy.get("rollback_config")),
        "EndpointSpec": endpoint(deploy.get("endpoint_mode"), service.get("ports")),
    }


def mode(deploy: Config) -> dict[str, Any]:
    """How many tasks, and of which kind."""
    replicas = deploy.get("replicas")
    count = 1 if replicas is None else int(replicas)
    match deploy.get("mode") or "replicated":
        case "global":
            return {"Global": {"on": "every node"}}
        case "global-job":
            return {"GlobalJob": {"on": "every node"}}
        case "replicated-job":
            return {"ReplicatedJob": {"MaxConcurrent": count, "TotalCompletions": count}}
    return {"Replicated": {"Replicas": count}}


def resources(given: Config) -> dict[str, Any]:
    """Limits and reservations."""
    made: dict[str, Any] = {}
    for key, name in (("limits", "Limits"), ("reservations", "Reservations")):
        wanted = given.get(key) or {}
        made[name] = {
            "NanoCPUs": nano_cpus(wanted.get("cpus")),
            "MemoryBytes": number(wanted.get("memory")),
            "Pids": number(wanted.get("pids")),
            "GenericResources": [
                {
                    "DiscreteResourceSpec": {
                        "Kind": entry["discrete_resource_spec"].get("kind"),
                        "Value": number(entry["discrete_resource_spec"].get("value")),
                    }
                }
                for entry in wanted.get("generic_resources") or ()
                if entry.get("discrete_resource_spec")
            ],
        }
    return made


def restart(word: Any, given: Config | None) -> dict[str, Any]:
    """When a task that ended is started again; without a policy the service's `restart` decides."""
    if given is None:
        condition, _, attempts = str(word or "").partition(":")
        if condition == "on-failure":
            given = {"condition": "on-failure", "max_attempts": attempts}
        else:
            given = {}
    delay = given.get("delay")
    return {
        "Condition": given.get("condition") or "any",
        "Delay": nanoseconds("5s" if delay is None else delay),
        "MaxAttempts": number(given.get("max_attempts")),
        "Window": nanoseconds(given.get("window")),
    }


def placement(given: Config) -> dict[str, Any]:
    """Where tasks may run."""
    return {
        "Constraints": words(given.get("constraints")),
        "Preferences": [
            {"Spread": {"SpreadDescriptor": entry.get("spread")}}
            for entry in given.get("preferences") or ()
        ],
        "MaxReplicas": number(given.get("max_replicas_per_node")),
    }


def networks(names: Names, service: str, given: Any) -> list[dict[str, Any]]:
    """The networks by id (by name where they do not exist yet), each with the service's aliases."""
    wanted = given if given else {"default": None}
    if not isinstance(wanted, Mapping):
        wanted = dict.fromkeys(words(wanted))
    made = []
    for name, options in wanted.items():
        real = names.real("networks", name)
        entry: dict[str, Any] = {"Target": names.id_of("networks", real) or real}
        aliases = words((options or {}).get("aliases"))
        if real not in ("host", "bridge", "none", "default") and not real.startswith("container:"):
            aliases.append(service)
        entry["Aliases"] = aliases
        entry["DriverOpts"] = texts((options or {}).get("driver_opts"))
        made.append(entry)
    return made


def log_driver(given: Config | None) -> dict[str, Any]:
    """Where the containers' output goes; nothing is the daemon's own choice."""
    if not given:
        return {}
    return {"Name": given.get("driver"), "Options": texts(given.get("options"))}


def rollout(given: Config | None) -> dict[str, Any]:
    """How an update or a rollback goes, with swarmkit's defaults."""
    wanted = given or {}
    parallelism = wanted.get("parallelism")
    monitor = nanoseconds(wanted.get("monitor"))
    return {
        "Parallelism": 1 if parallelism is None else int(parallelism),
        "Delay": nanoseconds(wanted.get("delay")),
        "FailureAction": wanted.get("failure_action") or "pause",
        "Monitor": monitor or _MONITOR,
        "MaxFailureRatio": float(wanted.get("max_failure_ratio") or 0),
        "Order": wanted.get("order") or "stop-first",
    }


def endpoint(how: Any, ports: Any) -> dict[str, Any]:
    """How the service is reached."""
    return {
        "Mode": str(how or "vip").lower(),
        "Ports": [
            {
                "Protocol": entry.get("protocol") or "tcp",
                "TargetPort": number(entry.get("target")),
                "PublishedPort": number(entry.get("published")),
                "PublishMode": entry.get("mode") or "ingress",
            }
            for entry in ports or ()
        ],
    }
