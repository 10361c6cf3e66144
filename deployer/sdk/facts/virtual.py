"""Whether the host is a guest or a host of virtual machines or containers, and of which kind."""

from __future__ import annotations

import re
from typing import Final

from deployer.model.source import Value
from deployer.sdk.facts.said import Said

Facts = dict[str, Value]

#: What `container=` of process 1 says -> Ansible's name.
_CONTAINERS: Final = {
    "docker": "docker",
    "podman": "podman",
    "lxc": "lxc",
    "lxc-libvirt": "lxc",
    "systemd-nspawn": "systemd-nspawn",
    "oci": "container",
}
#: (file below /sys/class/dmi/id, pattern) -> kind; the first that fits.
_FIRMWARE: Final = (
    ("product_name", r"KVM.*|Bochs|AHV|OpenStack Compute|Standard PC.*", "kvm"),
    ("product_name", r"RHEV Hypervisor|oVirt Node", "RHEV"),
    ("product_name", r"VMware.*", "VMware"),
    ("product_name", r"OpenStack Nova", "openstack"),
    ("product_name", r"HVM domU", "xen"),
    ("product_name", r"VirtualBox", "virtualbox"),
    ("product_family", r"RHV", "RHV"),
    ("bios_vendor", r"Xen|Amazon EC2 Xen", "xen"),
    ("bios_vendor", r"innotek GmbH", "virtualbox"),
    ("bios_vendor", r"bhyve|BHYVE", "bhyve"),
    ("sys_vendor", r"Microsoft Corporation", "VirtualPC"),
    ("sys_vendor", r"Parallels.*", "parallels"),
    ("sys_vendor", r"OpenStack Foundation", "openstack"),
    (
        "sys_vendor",
        r"QEMU|oVirt|Amazon EC2|DigitalOcean|Google|Hetzner|Scaleway|Nutanix|Vultr|Linode"
        r"|Akamai|Red Hat|Alibaba Cloud|Apple Virtualization|CloudStack KVM Hypervisor",
        "kvm",
    ),
)


def virtual(said: Said) -> Facts:
    """`virtualization_type`, `_role` and the lists of all kinds found."""
    guests = _containers(said)
    machine = _machine(said)
    hosts = _hosting(said)
    if machine:
        guests.append(machine)
    kind, role = ("NA", "NA")
    if guests:
        kind, role = guests[0], "guest"
    elif hosts:
        kind, role = hosts[0], "host"
    return {
        "virtualization_type": kind,
        "virtualization_role": role,
        "virtualization_tech_guest": list(dict.fromkeys(guests)),
        "virtualization_tech_host": hosts,
    }


def _containers(said: Said) -> list[str]:
    """The kind of container that we are in, the most particular first; empty for none."""
    there = set(said.lines("virtual"))
    groups = "\n".join([*said.file("/proc/1/cgroup"), *said.file("/proc/self/cgroup")])
    if "/proc/vz" in there and "/proc/bc" not in there:
        return ["openvz"]
    named = [line.removeprefix("container=").strip() for line in said.lines("container")]
    for name in named:
        return [_CONTAINERS.get(name, name), "container"]
    if "/run/.containerenv" in there:
        return ["podman", "container"]
    if there & {"/.dockerenv", "/.dockerinit"} or re.search(r"/docker[/-]", groups):
        return ["docker", "container"]
    if re.search(r"/lxc/|/lxc\.payload", groups):
        return ["lxc", "container"]
    if "/kubepods" in groups:
        return ["containerd", "container"]
    return []


def _machine(said: Said) -> str:
    """The kind of virtual machine that we are in, or the empty string."""
    if said.first("/sys/hypervisor/type") == "xen":
        return "" if "control_d" in said.first("/proc/xen/capabilities") else "xen"
    for file, pattern, kind in _FIRMWARE:
        if re.fullmatch(pattern, said.first(f"/sys/class/dmi/id/{file}")):
            return kind
    if re.search(r"QEMU Virtual CPU|Common KVM processor", said.text("cpumodel")):
        return "kvm"
    flags = said.text("cpuflags").partition(":")[2].split()
    return "kvm" if "hypervisor" in flags and not _hosting(said) else ""


def _hosting(said: Said) -> list[str]:
    """The kinds of virtual machine that this host can run."""
    there = set(said.lines("virtual"))
    hosts = ["kvm"] if {"/sys/module/kvm", "/dev/kvm"} <= there else []
    hosts += ["virtualbox"] if "/sys/module/vboxdrv" in there else []
    hosts += ["xen"] if "control_d" in said.first("/proc/xen/capabilities") else []
    return hosts
