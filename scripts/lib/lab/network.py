"""The lab's network: a bridge in a namespace of its own, and one cable to each host.

Because the bridge is in its own namespace, traffic between hosts never meets
the machine's firewall, and only one link exists outside: the machine's cable.
"""

import ipaddress
import json
from contextlib import suppress
from pathlib import Path

from lab import state as states
from lab.errors import LabError
from lab.layout import NETNS, Layout, all_labs, digest
from lab.shell import run
from lab.state import Node, State

# Swarm's own networks start at 10.0.0.0, so labs stay away from there.
FIRST, COUNT = 64, 64
DISABLED, FORWARDING = "0", "3"


def free_network(layout: Layout) -> str:
    """Three parts of a free 10.x.y; the same lab gets the same one if it can."""
    taken = networks_in_use()
    start = int(digest(layout.name), 16) % (COUNT * 256)
    for offset in range(COUNT * 256):
        high, low = divmod((start + offset) % (COUNT * 256), 256)
        candidate = f"10.{FIRST + high}.{low}"
        net = ipaddress.ip_network(f"{candidate}.0/24")
        if not any(net.overlaps(other) for other in taken):
            return candidate
    raise LabError("no free 10.x.y.0/24 on this machine")


def networks_in_use() -> list[ipaddress.IPv4Network]:
    """What routes, name servers and other labs use."""
    used = [
        route["dst"] for route in json.loads(run("ip", "-4", "-j", "route", "show", "table", "all"))
    ]
    resolvers = Path("/etc/resolv.conf").read_text().splitlines()
    used += [line.split()[1] for line in resolvers if line.startswith("nameserver ")]
    for lab in all_labs():
        state = states.load(lab)
        if state is not None:
            used.append(state.subnet)
    found = []
    for text in used:
        with suppress(ValueError):
            found.append(ipaddress.IPv4Network(text, strict=False))
    return found


def switch_exists(layout: Layout) -> bool:
    """Whether the lab's bridge is there, with the machine's cable."""
    return (NETNS / layout.switch).exists() and Path("/sys/class/net", layout.link).exists()


def create_switch(layout: Layout, state: State) -> None:
    """Make the bridge and the machine's cable to it."""
    if switch_exists(layout):
        return
    remove_switch(layout)
    run("ip", "netns", "add", layout.switch)
    batch(
        layout.switch,
        f"""
        link add br0 type bridge
        link set br0 up
        address add {state.gateway}/24 dev br0
        link set lo up
    """,
    )
    set_kernel(layout)
    run(
        "ip",
        "link",
        "add",
        layout.link,
        "type",
        "veth",
        "peer",
        "name",
        "machine",
        "netns",
        layout.switch,
    )
    batch(layout.switch, "link set machine master br0 up")
    batch(
        None,
        f"""
        address add {state.controller}/24 dev {layout.link}
        link set {layout.link} up
    """,
    )


def set_kernel(layout: Layout) -> None:
    """Forward nothing, and say so each time.

    The bridge is the hosts' router: it answers "unreachable" to all that leaves
    the lab.  The kernel would say that once a second only, and each look-up of
    a name (Docker asks for registries) would take five seconds.
    """
    settings = ["net.ipv4.ip_forward=1", "net.ipv4.icmp_ratelimit=0"]
    if Path("/proc/sys/net/bridge").is_dir():
        settings.append("net.bridge.bridge-nf-call-iptables=0")
    run("ip", "netns", "exec", layout.switch, "sysctl", "-q", "-w", *settings)


def remove_switch(layout: Layout) -> None:
    """Remove the bridge, with every cable in it."""
    if Path("/sys/class/net", layout.link).exists():
        run("ip", "link", "delete", layout.link)
    remove_namespace(layout.switch)


def connect(layout: Layout, state: State, node: Node) -> None:
    """Make a host's network namespace and its cable to the bridge."""
    disconnect(layout, node.name)
    netns = layout.netns(node.name)
    run("ip", "netns", "add", netns)
    batch(
        layout.switch,
        f"""
        link add {node.name} type veth peer name eth0 address {hardware_address(node)} netns {netns}
        link set {node.name} master br0 up
    """,
    )
    batch(
        netns,
        f"""
        link set lo up
        address add {node.address}/24 broadcast + dev eth0
        link set eth0 up
        route add default via {state.gateway}
    """,
    )


def hardware_address(node: Node) -> str:
    """A host keeps its address for life: others remember it for a minute."""
    return "02:00:" + ":".join(f"{int(part):02x}" for part in node.address.split("."))


def disconnect(layout: Layout, node: str) -> None:
    """Remove a host's network namespace and its cable."""
    if (NETNS / layout.switch).exists():
        run("ip", "-n", layout.switch, "link", "delete", node, allow=(0, 1))
    remove_namespace(layout.netns(node))


def namespaces(layout: Layout) -> list[str]:
    """The network namespaces that bear the lab's name, leftovers included."""
    if not NETNS.is_dir():
        return []
    return [entry.name for entry in NETNS.glob(f"deploylab.{layout.name}.*")]


def remove_namespace(name: str) -> None:
    """Remove a network namespace if it exists."""
    if (NETNS / name).exists():
        run("ip", "netns", "delete", name)


def tidy_namespace_directory() -> None:
    """Remove /run/netns and its mount once it is empty, as it was before the first lab."""
    while NETNS.is_dir() and not any(NETNS.iterdir()) and NETNS.is_mount():
        run("umount", NETNS)
    with suppress(OSError):
        NETNS.rmdir()


def set_forwarding(layout: Layout, node: Node, forwarding: bool) -> None:
    """Let the bridge drop, or pass again, all frames of a host; the host's link stays up."""
    run(
        "bridge",
        "-n",
        layout.switch,
        "link",
        "set",
        "dev",
        node.name,
        "state",
        FORWARDING if forwarding else DISABLED,
    )


def batch(netns: str | None, commands: str) -> None:
    """Run several `ip` commands at once, in a namespace or on the machine itself."""
    where = () if netns is None else ("-n", netns)
    text = "\n".join(line.strip() for line in commands.strip().splitlines())
    run("ip", *where, "-batch", "-", stdin=text + "\n")
