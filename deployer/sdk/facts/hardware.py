"""Processors, memory, firmware, disks and mounts."""

from __future__ import annotations

import re
from typing import Final

from deployer.model.source import Value
from deployer.sdk.facts.said import Said, number

Facts = dict[str, Value]

_DMI: Final = {
    "bios_date": "bios_date",
    "bios_vendor": "bios_vendor",
    "bios_version": "bios_version",
    "board_asset_tag": "board_asset_tag",
    "board_name": "board_name",
    "board_serial": "board_serial",
    "board_vendor": "board_vendor",
    "board_version": "board_version",
    "chassis_asset_tag": "chassis_asset_tag",
    "chassis_serial": "chassis_serial",
    "chassis_vendor": "chassis_vendor",
    "chassis_version": "chassis_version",
    "product_name": "product_name",
    "product_serial": "product_serial",
    "product_uuid": "product_uuid",
    "product_version": "product_version",
    "system_vendor": "sys_vendor",
}
#: SMBIOS chassis types that matter; the full table is in its specification, section 7.4.1.
_FORMS: Final = {
    "1": "Other", "3": "Desktop", "4": "Low Profile Desktop", "6": "Mini Tower", "7": "Tower",
    "8": "Portable", "9": "Laptop", "10": "Notebook", "13": "All In One",
    "17": "Main Server Chassis",
    "23": "Rack Mount Chassis", "25": "Multi-system", "28": "Blade", "29": "Blade Enclosure",
    "30": "Tablet", "31": "Convertible", "34": "Embedded PC", "35": "Mini PC", "36": "Stick PC",
}  # fmt: skip
_SIZES: Final = ("Bytes", "KB", "MB", "GB", "TB", "PB")


def hardware(said: Said) -> Facts:
    """Everything of the `hardware` subset."""
    return {
        **processors(said),
        **memory(said),
        **firmware(said),
        "devices": devices(said),
        "mounts": mounts(said),
        "uptime_seconds": int(float((said.first("/proc/uptime") or "0").split()[0])),
    }


def processors(said: Said) -> Facts:
    """`processor` and the counts, as /proc/cpuinfo of this architecture tells them."""
    listed: list[str] = []
    sockets: dict[str, int] = {}
    socket, siblings, count, allowed = "0", 0, 0, 0
    for line in said.lines("cpuinfo"):
        key, _, value = (part.strip() for part in line.partition(":"))
        if key == "Cpus_allowed_list":
            allowed = _listed(value)
        elif key == "processor":
            count += 1
            listed.append(value)
        elif key in ("vendor_id", "model name", "Model", "Hardware"):
            listed.append(value)
        elif key == "physical id":
            socket = value
            sockets.setdefault(socket, 1)
        elif key == "cpu cores":
            sockets[socket] = number(value, 1)
        elif key == "siblings":
            siblings = number(value)
    per_socket = next(iter(sockets.values()), 1)
    number_of = len(sockets) or count or 1
    threads = max(1, siblings // per_socket) if siblings else 1
    flags = said.text("cpuflags").partition(":")[2].split()
    return {
        "processor": listed,
        "processor_count": number_of,
        "processor_cores": per_socket,
        "processor_threads_per_core": threads,
        "processor_vcpus": count or number_of * per_socket * threads,
        "processor_nproc": allowed or count or 1,
        "flags": flags,
    }


def _listed(text: str) -> int:
    """How many `0-3,8` are."""
    total = 0
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        total += number(last or first) - number(first) + 1
    return total


def memory(said: Said) -> Facts:
    """`memtotal_mb` and its like in MiB, and `memory_mb`."""
    kib = {
        line.partition(":")[0]: number(line.partition(":")[2].split()[0])
        for line in said.file("/proc/meminfo")
        if line.partition(":")[2].split()
    }
    total, free = kib.get("MemTotal", 0) // 1024, kib.get("MemFree", 0) // 1024
    swap, unused = kib.get("SwapTotal", 0) // 1024, kib.get("SwapFree", 0) // 1024
    caches = kib.get("Cached", 0) + kib.get("Buffers", 0) + kib.get("MemFree", 0)
    return {
        "memtotal_mb": total,
        "memfree_mb": free,
        "swaptotal_mb": swap,
        "swapfree_mb": unused,
        "memory_mb": {
            "real": {"total": total, "used": total - free, "free": free},
            "nocache": {"free": caches // 1024, "used": total - caches // 1024},
            "swap": {
                "total": swap,
                "free": unused,
                "used": swap - unused,
                "cached": kib.get("SwapCached", 0) // 1024,
            },
        },
    }


def firmware(said: Said) -> Facts:
    """BIOS, board, chassis and product, `NA` where the machine does not say."""
    facts: Facts = {
        fact: said.first(f"/sys/class/dmi/id/{file}") or "NA" for fact, file in _DMI.items()
    }
    kind = said.first("/sys/class/dmi/id/chassis_type")
    facts["form_factor"] = _FORMS.get(kind, "Unknown") if kind else "NA"
    return facts


def devices(said: Said) -> Facts:
    """`devices`: disks with size, sector size, model and partitions."""
    found: dict[str, Facts] = {}
    for path, lines in said.below("/sys/block/"):
        name, _, rest = path.partition("/")
        found.setdefault(name, {})[rest] = lines[0].strip()
    return {name: _device(name, raw) for name, raw in sorted(found.items())}


def _device(name: str, raw: Facts) -> Facts:
    sector = number(str(raw.get("queue/logical_block_size", "512")), 512)
    partitions = sorted(path.split("/")[0] for path in raw if path.endswith("/partition"))
    return {
        "model": raw.get("device/model"),
        "vendor": raw.get("device/vendor"),
        "removable": raw.get("removable", "0"),
        "rotational": raw.get("queue/rotational", "0"),
        "sectors": number(str(raw.get("size", "0"))),
        "sectorsize": str(sector),
        "size": human(number(str(raw.get("size", "0"))) * 512),
        "partitions": {
            part: {
                "start": str(raw.get(f"{part}/start", "0")),
                "sectors": number(str(raw.get(f"{part}/size", "0"))),
                "sectorsize": sector,
                "size": human(number(str(raw.get(f"{part}/size", "0"))) * 512),
            }
            for part in partitions
            if part.startswith(name)
        },
    }


def mounts(said: Said) -> list[Value]:
    """`mounts`: real file systems, with sizes in bytes where the host answered in time."""
    sizes: dict[str, list[int]] = {}
    for line in said.lines("statfs"):
        words = line.split(" ", 6)
        if len(words) == 7 and all(word.isdecimal() for word in words[:6]):
            sizes[words[6]] = [int(word) for word in words[:6]]
    uuids = _uuids(said)
    found: list[Value] = []
    for line in said.lines("mounts"):
        fields = line.split()
        if len(fields) < 6 or fields[2] == "none":
            continue
        mount = _unescaped(fields[1])
        entry: Facts = {
            "device": _unescaped(fields[0]),
            "mount": mount,
            "fstype": fields[2],
            "options": fields[3],
            "dump": number(fields[4]),
            "passno": number(fields[5]),
            "uuid": uuids.get(fields[0].rsplit("/", 1)[-1], "N/A"),
        }
        found.append({**entry, **(_sizes(sizes[mount]) if mount in sizes else {})})
    return found


def _sizes(numbers: list[int]) -> Facts:
    block, total, _, available, inodes, inodes_free = numbers
    return {
        "size_total": block * total,
        "size_available": block * available,
        "block_size": block,
        "block_total": total,
        "block_available": available,
        "block_used": total - available,
        "inode_total": inodes,
        "inode_available": inodes_free,
        "inode_used": inodes - inodes_free,
    }


def _uuids(said: Said) -> dict[str, str]:
    """Device -> UUID, from `ls -l` of the links."""
    found = {}
    for line in said.lines("uuids"):
        head, arrow, target = line.rpartition(" -> ")
        if arrow:
            found[target.rsplit("/", 1)[-1]] = head.split()[-1]
    return found


def _unescaped(text: str) -> str:
    """/proc/mounts writes blanks as octal."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def human(size: int) -> str:
    """A size in words, as Ansible writes it (`256.00 GB`, powers of 1024)."""
    value, unit = float(size), 0
    while value >= 1024 and unit < len(_SIZES) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.2f} {_SIZES[unit]}"
