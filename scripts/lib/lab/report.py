"""What the lab tells others: a table, an environment for tests, an inventory."""

from lab import cgroups, host
from lab.keys import host_key_text
from lab.layout import CACHE, Layout
from lab.state import BUSYBOX, DOCKER, SYSTEMD, State, loaded

PASSWORDS = {
    "root": "root-password",
    "pat": "pat-password",
    "dora": "dora-password",
    "sue": "sue-password",
}
LOGINS = {
    "root": "by key",
    "ops": "by key; sudo without a password",
    "pat": "by key or password; sudo asks for the password",
    "dora": "by key or password; doas asks for the password; no sudo",
    "dan": "by key; doas without a password; no sudo",
    "sue": "by key or password; only su, with root's password",
}
REGISTRY_LOGIN = {"user": "lab", "password": "lab-registry-password"}
IMAGES = ["busybox:lab", "web:v1", "web:v2", "web:sick", "web:exits"]
MANY_NODES, SOME_NODES = 5, 3


def environment(layout: Layout) -> dict[str, object]:
    """All that a test must know to use the lab."""
    state = loaded(layout)
    registry = state.node(host.REGISTRY_NODE).address
    return {
        "name": state.name,
        "directory": str(layout.directory),
        "subnet": state.subnet,
        "controller": state.controller,
        "gateway": state.gateway,
        "key": str(layout.key),
        "known_hosts": str(layout.known_hosts),
        "ssh_config": str(layout.ssh_config),
        "nodes": {
            node.name: {
                "address": node.address,
                "kind": node.kind,
                "host_key": host_key_text(layout, node),
            }
            for node in state.nodes
        },
        "logins": LOGINS,
        "passwords": PASSWORDS,
        "registry": {
            "open": f"{registry}:{host.REGISTRY_PORT}",
            "login": f"{registry}:{host.LOGIN_REGISTRY_PORT}",
            **REGISTRY_LOGIN,
        },
        "images": IMAGES,
        "cache": str(CACHE),
    }


def table(layout: Layout) -> str:
    """One line a host."""
    state = loaded(layout)
    rows = [("NODE", "ADDRESS", "KIND", "PID", "PROCESSES", "STATE")]
    for node in state.nodes:
        pid = host.init_pid(layout, node.name)
        missing = host.missing_services(layout, node) if pid else []
        condition = "down" if pid is None else "no " + ", ".join(missing) if missing else "ok"
        count = len(cgroups.processes(layout, node.name))
        rows.append((node.name, node.address, node.kind, str(pid or "-"), str(count), condition))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [f"lab {state.name}, {state.subnet}"]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def managers(state: State) -> int:
    """How many managers a lab of this size gets."""
    count = len(state.of_kind(DOCKER))
    for enough in (MANY_NODES, SOME_NODES):
        if count >= enough:
            return enough
    return 1


def inventory(layout: Layout) -> dict[str, object]:
    """The lab as a dynamic inventory in Ansible's JSON format."""
    state = loaded(layout)
    names = [node.name for node in state.of_kind(DOCKER)]
    count = managers(state)
    variables = {node.name: host_variables(layout, state, node.name) for node in state.nodes}
    return {
        "managers": {"hosts": names[:count]},
        "workers": {"hosts": names[count:]},
        "swarm": {"children": ["managers", "workers"]},
        "registry": {"hosts": [host.REGISTRY_NODE]},
        "busybox": {"hosts": [node.name for node in state.of_kind(BUSYBOX)]},
        "systemd": {"hosts": [node.name for node in state.of_kind(SYSTEMD)]},
        "_meta": {"hostvars": variables},
    }


def host_variables(layout: Layout, state: State, name: str) -> dict[str, object]:
    """How to reach one host, and its labels in the swarm."""
    node = state.node(name)
    options = f"-o UserKnownHostsFile={layout.known_hosts} -o StrictHostKeyChecking=yes"
    variables: dict[str, object] = {
        "ansible_host": node.address,
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(layout.key),
        "ansible_ssh_common_args": options,
    }
    if node.kind == DOCKER:
        number = state.of_kind(DOCKER).index(node)
        variables["swarm_labels"] = {"zone": "ab"[number % 2], "lab": "yes"}
    return variables
