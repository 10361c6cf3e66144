"""What hosts of other kinds say, and the facts that come of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.model.script import Reply
from deployer.sdk.facts import facts, platform, subset_of
from deployer.sdk.facts.account import date_time, dns, user
from deployer.sdk.facts.distribution import distribution, lsb
from deployer.sdk.facts.hardware import devices, human, memory, mounts, processors
from deployer.sdk.facts.network import network
from deployer.sdk.facts.said import Said, take_apart
from deployer.sdk.facts.virtual import virtual


def said(files: dict[str, str] | None = None, **sections: str) -> Said:
    """An answer with these files and sections."""
    lines = [f"{path}:{line}" for path, text in (files or {}).items() for line in text.split("\n")]
    output = "".join(f"\x01{name}\n{text}\n" for name, text in sections.items())
    return take_apart(output + "\x01files\n" + "\n".join(lines))


def release(identity: str, **more: str) -> dict[str, str]:
    lines = [f"ID={identity}", *(f'{key}="{value}"' for key, value in more.items())]
    return {"/etc/os-release": "\n".join(lines)}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            release("ubuntu", VERSION_ID="24.04", VERSION_CODENAME="noble", ID_LIKE="debian"),
            ("Ubuntu", "24.04", "24", "noble", "Debian"),
        ),
        (
            {**release("debian", VERSION_ID="13", VERSION_CODENAME="trixie"),
             "/etc/debian_version": "13.1"},
            ("Debian", "13.1", "13", "trixie", "Debian"),
        ),
        (
            {**release("debian", VERSION_CODENAME="forky"), "/etc/debian_version": "forky/sid"},
            ("Debian", "NA", "NA", "forky", "Debian"),
        ),
        (
            release("alpine", VERSION_ID="3.20.1", NAME="Alpine Linux"),
            ("Alpine", "3.20.1", "3", "NA", "Alpine"),
        ),
        (
            {**release("centos", VERSION_ID="7", VERSION="7 (Core)"),
             "/etc/redhat-release": "CentOS Linux release 7.9.2009 (Core)"},
            ("CentOS", "7.9", "7", "Core", "RedHat"),
        ),
        (
            release("rocky", VERSION_ID="9.4", VERSION="9.4 (Blue Onyx)"),
            ("Rocky", "9.4", "9", "Blue Onyx", "RedHat"),
        ),
        (release("rhel", VERSION_ID="9.4"), ("RedHat", "9.4", "9", "NA", "RedHat")),
        (release("amzn", VERSION_ID="2023"), ("Amazon", "2023", "2023", "NA", "RedHat")),
        (release("ol", VERSION_ID="8.9"), ("OracleLinux", "8.9", "8", "NA", "RedHat")),
        (release("opensuse-leap", VERSION_ID="15.6"),
         ("openSUSE Leap", "15.6", "15", "NA", "Suse")),
        (release("arch", BUILD_ID="rolling"), ("Archlinux", "rolling", "rolling", "NA",
                                               "Archlinux")),
        (
            release("mine", NAME="My Linux", VERSION_ID="1.0", ID_LIKE="ubuntu debian"),
            ("My", "1.0", "1", "NA", "Debian"),
        ),
        (
            {"/etc/redhat-release": "Red Hat Enterprise Linux Server release 6.10 (Santiago)"},
            ("RedHat", "6.10", "6", "Santiago", "RedHat"),
        ),
        ({"/etc/alpine-release": "3.1.0"}, ("Alpine", "3.1.0", "3", "NA", "Alpine")),
        ({}, ("Linux", "NA", "NA", "NA", "Linux")),
    ],
)  # fmt: skip
def test_distributions(files: dict[str, str], expected: tuple[str, ...]) -> None:
    found = distribution(said(files, uname="Linux h 6.1 #1 x86_64"))
    assert expected == (
        found["distribution"],
        found["distribution_version"],
        found["distribution_major_version"],
        found["distribution_release"],
        found["os_family"],
    )


def test_lsb_is_stated_or_follows_from_os_release() -> None:
    ubuntu = {
        "/etc/lsb-release": "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=24.04\nDISTRIB_CODENAME=noble\n"
        'DISTRIB_DESCRIPTION="Ubuntu 24.04 LTS"'
    }
    assert lsb(said(ubuntu), {})["lsb"] == {
        "id": "Ubuntu",
        "release": "24.04",
        "codename": "noble",
        "description": "Ubuntu 24.04 LTS",
        "major_release": "24",
    }
    debian = said(release("debian", VERSION_ID="13", VERSION_CODENAME="trixie"))
    assert lsb(debian, distribution(debian))["lsb"]["codename"] == "trixie"
    alpine = said(release("alpine", VERSION_ID="3.20"))
    assert lsb(alpine, distribution(alpine)) == {"lsb": {}}


@pytest.mark.parametrize(
    ("uname", "bits", "fqdn", "expected"),
    [
        ("Linux web1 6.1 #1 SMP x86_64", "64", "web1.example.com",
         ("web1", "web1.example.com", "example.com", "x86_64", "64")),
        ("Linux web1 6.1 #1 SMP x86_64", "64", "", ("web1", "web1", "", "x86_64", "64")),
        ("Linux web1 6.1 #1 SMP x86_64", "64", "localhost", ("web1", "web1", "", "x86_64", "64")),
        ("Linux a.b.c 6.1 #1 x86_64", "32", "", ("a", "a.b.c", "b.c", "x86_64", "32")),
        ("Linux pi 6.1 #1 armv7l", "", "", ("pi", "pi", "", "armv7l", "32")),
        ("Linux old 4.4 #1 i686", "32", "", ("old", "old", "", "i386", "32")),
        ("Linux arm 6.1 #1 aarch64", "", "", ("arm", "arm", "", "aarch64", "64")),
    ],
)  # fmt: skip
def test_names_and_machines(uname: str, bits: str, fqdn: str, expected: tuple[str, ...]) -> None:
    found = platform.platform(said(uname=uname, bits=bits, fqdn=fqdn))
    names = ("hostname", "fqdn", "domain", "architecture", "userspace_bits")
    assert tuple(found[name] for name in names) == expected


@pytest.mark.parametrize(
    ("comm", "exist", "init", "manager"),
    [
        ("systemd", "/run/systemd/system", "", "systemd"),
        ("init", "/sbin/openrc\n/etc/init.d", "", "openrc"),
        ("init", "/etc/init.d", "", "sysvinit"),
        ("sh", "", "/lib/systemd/systemd", "systemd"),
        ("bash", "/etc/init.d", "", "sysvinit"),
        ("tini", "", "", "tini"),
        ("procd", "/sbin/procd", "", "openwrt_init"),
        ("runit-init", "", "", "runit"),
        ("init", "", "", "service"),
        ("dumb-init", "", "", "dumb-init"),
    ],
)
def test_service_managers(comm: str, exist: str, init: str, manager: str) -> None:
    answer = said({"/proc/1/comm": comm}, exist=exist, init=init)
    assert platform.service_manager(answer, {}) == {"service_mgr": manager}


@pytest.mark.parametrize(
    ("tools", "family", "manager"),
    [
        ("apt-get\ndpkg", "Debian", "apt"),
        ("apt-get\ndnf\nyum", "RedHat", "dnf"),
        ("dnf5\ndnf\nyum", "RedHat", "dnf5"),
        ("yum", "RedHat", "yum"),
        ("microdnf", "RedHat", "dnf"),
        ("apk", "Alpine", "apk"),
        ("zypper\napt-get", "Suse", "zypper"),
        ("dnf\napt-get", "Debian", "apt"),
        ("", "Linux", "unknown"),
    ],
)
def test_package_managers(tools: str, family: str, manager: str) -> None:
    answer = said(tools=tools, exist="")
    assert platform.package_manager(answer, {"os_family": family}) == {"pkg_mgr": manager}


def test_security_modules() -> None:
    files = {
        "/sys/fs/selinux/enforce": "1",
        "/sys/fs/selinux/policyvers": "33",
        "/etc/selinux/config": "# c\nSELINUX=permissive\nSELINUXTYPE=targeted\n",
    }
    assert platform.selinux(said(files))["selinux"] == {
        "status": "enabled",
        "mode": "enforcing",
        "config_mode": "permissive",
        "type": "targeted",
        "policyvers": 33,
    }
    assert platform.selinux(said())["selinux"] == {"status": "disabled"}
    armor = said(exist="/sys/kernel/security/apparmor")
    assert platform.apparmor(armor)["apparmor"] == {"status": "enabled"}
    assert platform.fips(said({"/proc/sys/crypto/fips_enabled": "1"})) == {"fips": True}


def test_the_command_line_of_the_kernel() -> None:
    found = platform.cmdline(said({"/proc/cmdline": "quiet root=/dev/sda1 console=a console=b"}))
    assert found["cmdline"] == {"quiet": True, "root": "/dev/sda1", "console": "b"}
    assert found["proc_cmdline"]["console"] == ["a", "b"]


def test_users_without_a_name_and_after_setuid() -> None:
    found = user(said(id="uid=1234 gid=0(root) euid=0(root) groups=0(root)", passwd=""))
    assert (found["user_id"], found["user_uid"], found["user_gid"]) == ("1234", 1234, 0)
    assert (found["real_user_id"], found["effective_user_id"]) == (1234, 0)
    named = user(said(id="uid=7(me) gid=7(us)", passwd="me:x:7:7:Me, Myself:/home/me:/bin/ash"))
    assert (named["user_gecos"], named["user_dir"], named["user_shell"]) == (
        "Me, Myself",
        "/home/me",
        "/bin/ash",
    )


def test_the_clock_of_a_host_in_its_zone() -> None:
    found = date_time(said(date="1700000000 +0530 IST"))["date_time"]
    assert (found["date"], found["time"], found["weekday"]) == ("2023-11-15", "03:43:20",
                                                                "Wednesday")  # fmt: skip
    assert found["iso8601"] == "2023-11-14T22:13:20Z"
    assert (found["tz"], found["tz_offset"], found["epoch"]) == ("IST", "+0530", "1700000000")
    west = date_time(said(date="1700000000 -0330 NST"))["date_time"]
    assert west["time"] == "18:43:20"


def test_the_resolver() -> None:
    text = "# c\nnameserver 10.0.0.1\nnameserver 10.0.0.2\nsearch a b\noptions ndots:2 rotate\n"
    assert dns(said({"/etc/resolv.conf": text}))["dns"] == {
        "nameservers": ["10.0.0.1", "10.0.0.2"],
        "search": ["a", "b"],
        "options": {"ndots": "2", "rotate": True},
    }


def test_processors_with_sockets_cores_and_threads() -> None:
    lines = "".join(
        f"processor : {cpu}\nvendor_id : X\nmodel name : Y\nphysical id : {cpu // 8}\n"
        "siblings : 8\ncpu cores : 4\n"
        for cpu in range(16)
    )
    found = processors(said(cpuinfo=lines + "Cpus_allowed_list: 0-3,8", cpuflags="flags : a b"))
    assert (
        found["processor_count"],
        found["processor_cores"],
        found["processor_threads_per_core"],
        found["processor_vcpus"],
        found["processor_nproc"],
    ) == (2, 4, 2, 16, 5)
    assert found["processor"][:6] == ["0", "X", "Y", "1", "X", "Y"]
    assert found["flags"] == ["a", "b"]


def test_processors_that_say_little() -> None:
    found = processors(said(cpuinfo="processor : 0\nprocessor : 1\nModel : Pi\n"))
    assert (found["processor_count"], found["processor_cores"], found["processor_vcpus"]) == (
        2,
        1,
        2,
    )


def test_memory_in_mebibytes() -> None:
    text = "MemTotal: 2048000 kB\nMemFree: 1024000 kB\nBuffers: 1024 kB\nCached: 2048 kB\n"
    found = memory(said({"/proc/meminfo": text + "SwapTotal: 1024 kB\nSwapFree: 1024 kB"}))
    assert (found["memtotal_mb"], found["memfree_mb"], found["swaptotal_mb"]) == (2000, 1000, 1)
    assert found["memory_mb"]["nocache"] == {"free": 1003, "used": 997}


def test_disks_and_their_partitions() -> None:
    files = {
        "/sys/block/sda/size": "2097152",
        "/sys/block/sda/queue/logical_block_size": "512",
        "/sys/block/sda/device/model": "QEMU HARDDISK   ",
        "/sys/block/sda/sda1/partition": "1",
        "/sys/block/sda/sda1/size": "1048576",
        "/sys/block/sda/sda1/start": "2048",
    }
    disk = devices(said(files))["sda"]
    assert (disk["size"], disk["model"], disk["sectors"]) == ("1.00 GB", "QEMU HARDDISK", 2097152)
    assert disk["partitions"]["sda1"]["size"] == "512.00 MB"
    assert human(500) == "500.00 Bytes"


def test_mounts_with_blanks_uuids_and_no_answer() -> None:
    answer = said(
        mounts="/dev/sda1 / ext4 rw 0 0\nnas:/x /mnt/a\\040b nfs rw 0 0\n/dev/y /z none rw 0 0",
        statfs="4096 100 50 40 10 5 /\n",
        uuids="lrwxrwxrwx 1 root root 10 Jan 1 00:00 1234-ABCD -> ../../sda1",
    )
    root, nas = mounts(answer)
    assert (root["size_total"], root["size_available"], root["uuid"]) == (
        409600,
        163840,
        "1234-ABCD",
    )
    assert (nas["mount"], nas["uuid"], "size_total" in nas) == ("/mnt/a b", "N/A", False)


NET = {
    "/sys/class/net/eth0/address": "02:00:00:00:00:01",
    "/sys/class/net/eth0/mtu": "1500",
    "/sys/class/net/eth0/type": "1",
    "/sys/class/net/eth0/flags": "0x1103",
    "/sys/class/net/eth0/operstate": "up",
    "/sys/class/net/br-lan/address": "02:00:00:00:00:02",
    "/sys/class/net/br-lan/type": "1",
    "/sys/class/net/br-lan/operstate": "down",
    "/sys/class/net/br-lan/bridge/bridge_id": "8000.0200",
    "/proc/net/route": "Iface\tDestination\n"
    "tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000080\n"
    "eth0\t00000000\t0101A8C0\t0003\t0\t0\t200\t00000000\n"
    "eth0\t00000000\t0201A8C0\t0003\t0\t0\t100\t00000000",
}


def test_interfaces_as_ip_prints_them() -> None:
    found = network(
        said(
            NET,
            addresses="2: eth0    inet 192.168.1.5/24 brd 192.168.1.255 scope global eth0\\  x\n"
            "2: eth0    inet 192.168.1.6/32 scope global secondary eth0\\  x\n"
            "2: eth0    inet6 fe80::1/64 scope link \\  x\n",
            bridged="/sys/class/net/br-lan/brif/veth1",
        )
    )
    eth0 = found["eth0"]
    assert eth0["ipv4"] == {
        "address": "192.168.1.5",
        "broadcast": "192.168.1.255",
        "netmask": "255.255.255.0",
        "network": "192.168.1.0",
        "prefix": "24",
    }
    assert [entry["address"] for entry in eth0["ipv4_secondaries"]] == ["192.168.1.6"]
    assert eth0["ipv6"] == [{"address": "fe80::1", "prefix": "64", "scope": "link"}]
    assert (eth0["promisc"], eth0["active"], eth0["mtu"]) == (True, True, 1500)
    bridge = found["br_lan"]
    assert (bridge["device"], bridge["type"], bridge["interfaces"], bridge["active"]) == (
        "br-lan",
        "bridge",
        ["veth1"],
        False,
    )
    assert found["default_ipv4"]["gateway"] == "192.168.1.2"
    assert found["default_ipv4"]["address"] == "192.168.1.5"
    assert found["default_ipv6"] == {}
    assert found["all_ipv4_addresses"] == ["192.168.1.5", "192.168.1.6"]


@pytest.mark.parametrize(
    "text",
    [
        "eth0      Link encap:Ethernet  HWaddr 02:00\n"
        "          inet addr:192.168.1.5  Bcast:192.168.1.255  Mask:255.255.255.0\n",
        "eth0: flags=4163<UP,BROADCAST>  mtu 1500\n"
        "        inet 192.168.1.5  netmask 255.255.255.0  broadcast 192.168.1.255\n",
    ],
)
def test_interfaces_as_old_and_new_ifconfig_print_them(text: str) -> None:
    files = {**NET, "/proc/net/if_inet6": f"{'0' * 31}1 01 80 10 80 lo"}
    found = network(said(files, addresses=text))
    assert found["eth0"]["ipv4"]["prefix"] == "24"
    assert found["eth0"]["ipv4"]["broadcast"] == "192.168.1.255"
    assert found["lo"]["ipv6"] == [{"address": "::1", "prefix": "128", "scope": "host"}]


@pytest.mark.parametrize(
    ("dmi", "sections", "expected"),
    [
        ({"sys_vendor": "QEMU"}, {}, ("kvm", "guest")),
        ({"product_name": "VMware Virtual Platform"}, {}, ("VMware", "guest")),
        (
            {"product_name": "VirtualBox", "bios_vendor": "innotek GmbH"},
            {},
            ("virtualbox", "guest"),
        ),
        ({"sys_vendor": "Microsoft Corporation"}, {}, ("VirtualPC", "guest")),
        ({"sys_vendor": "Hetzner"}, {}, ("kvm", "guest")),
        ({"sys_vendor": "Dell Inc."}, {"virtual": "/sys/module/kvm\n/dev/kvm"}, ("kvm", "host")),
        ({"sys_vendor": "Dell Inc."}, {}, ("NA", "NA")),
        ({}, {"container": "container=lxc"}, ("lxc", "guest")),
        ({}, {"virtual": "/.dockerenv"}, ("docker", "guest")),
        ({}, {"virtual": "/run/.containerenv"}, ("podman", "guest")),
        ({}, {"cpuflags": "flags : fpu hypervisor"}, ("kvm", "guest")),
        ({}, {"cpumodel": "model name : QEMU Virtual CPU version 2"}, ("kvm", "guest")),
    ],
)
def test_virtualization(dmi: dict[str, str], sections: dict[str, str], expected: tuple[str, str]
                        ) -> None:  # fmt: skip
    files = {f"/sys/class/dmi/id/{name}": text for name, text in dmi.items()}
    found = virtual(said(files, **sections))
    assert (found["virtualization_type"], found["virtualization_role"]) == expected


def test_nothing_a_host_says_breaks_the_parser() -> None:
    noise = "\x01uname\n\x01id\nx\x01date\ny\x01files\n:::\n/proc/uptime:x"
    answer = take_apart(noise)
    assert platform.platform(answer) == {}
    assert user(answer) == {}
    assert date_time(answer) == {}
    assert network(take_apart("\x01files\n/sys/class/net/x/flags:zz"))["interfaces"] == ["x"]


WORDS = st.sampled_from(
    (
        *("\x01", "\n", ":", " ", "=", "0", "\0", "zz", "1:", "00000000", "inet", "10.0.0.1/99"),
        *("files\n", "uname\n", "addresses\n", "date\n", "id\n", "mounts\n", "statfs\n"),
        *("cpuinfo\n", "passwd\n", "/proc/net/route:", "/proc/uptime:", "/proc/meminfo:", "eth0"),
        *("/sys/class/net/", "/sys/block/", "/etc/os-release:", "/proc/net/ipv6_route:", "NAME="),
    )
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=40))
def test_any_answer_gives_facts_that_are_json(words: list[str]) -> None:
    answer = Reply(0, ("".join(words) + "\x01end\n").encode())
    json.dumps(facts(answer, subset_of()))
