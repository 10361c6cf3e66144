"""The probe on this machine: every shell, GNU and busybox tools, and what Ansible would say."""

from __future__ import annotations

import os
import platform
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from deployer.model.errors import ProbeError
from deployer.model.script import Reply
from deployer.model.source import Value
from deployer.sdk.facts import facts, look, subset_of

SHELLS = [shell for shell in ("dash", "bash", "busybox ash") if shutil.which(shell.split()[0])]


def gather(
    *words: str, shell: str = "sh", env: dict[str, str] | None = None, fact_path: str = "/none"
) -> dict[str, Value]:
    subset = subset_of(words or ("all",))
    (call,) = look(subset, fact_path).calls
    done = subprocess.run(
        [*shell.split(), "-c", call.fragment.source, "probe", *call.args],
        capture_output=True,
        check=False,
        env=env or dict(os.environ),
        timeout=60,
    )
    return facts(Reply(done.returncode, done.stdout, done.stderr), subset)


@pytest.mark.parametrize("shell", SHELLS)
def test_what_python_knows_of_this_machine_the_probe_knows_too(shell: str) -> None:
    found = gather(shell=shell)
    me = pwd.getpwuid(os.getuid())
    system = os.uname()
    assert found["ansible_system"] == "Linux"
    assert found["ansible_nodename"] == system.nodename == socket.gethostname()
    assert found["ansible_hostname"] == system.nodename.split(".")[0]
    assert found["ansible_kernel"] == system.release
    assert found["ansible_kernel_version"] == system.version
    assert found["ansible_machine"] == platform.machine()
    assert found["ansible_user_id"] == me.pw_name
    assert found["ansible_user_uid"] == os.getuid()
    assert found["ansible_user_gid"] == os.getgid()
    assert found["ansible_user_dir"] == me.pw_dir
    assert found["ansible_user_shell"] == me.pw_shell
    assert found["ansible_processor_nproc"] == len(os.sched_getaffinity(0))
    assert found["ansible_processor_vcpus"] == os.cpu_count()
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert found["ansible_memtotal_mb"] == pages // 2**20
    assert set(found["ansible_interfaces"]) == {
        path.name for path in Path("/sys/class/net").iterdir()
    }
    assert found["ansible_lo"]["ipv4"]["address"] == "127.0.0.1"
    assert found["ansible_lo"]["type"] == "loopback"
    release = platform.freedesktop_os_release()
    assert found["ansible_distribution_version"].startswith(release["VERSION_ID"])
    assert abs(int(found["ansible_date_time"]["epoch"]) - time.time()) < 120
    assert found["gather_subset"] == ["all"]


def test_sizes_of_mounts_are_those_of_statvfs() -> None:
    for mount in gather("hardware")["ansible_mounts"]:
        if "size_total" not in mount:
            continue
        real = os.statvfs(mount["mount"])
        assert mount["size_total"] == real.f_blocks * real.f_frsize
        assert mount["inode_total"] == real.f_files


@pytest.fixture
def busybox_only(tmp_path: Path) -> dict[str, str]:
    """An environment in which every tool is busybox's."""
    busybox = shutil.which("busybox")
    assert busybox, "apt-get install busybox"
    listed = subprocess.run([busybox, "--list"], capture_output=True, check=True, text=True)
    for name in listed.stdout.split():
        (tmp_path / name).symlink_to(busybox)
    return {"PATH": str(tmp_path), "HOME": "/root"}


def test_busybox_tools_say_the_same_as_gnu_tools(busybox_only: dict[str, str]) -> None:
    gnu = gather()
    busybox = gather(shell=f"{busybox_only['PATH']}/ash", env=busybox_only)
    moving = {
        "ansible_date_time", "ansible_env", "ansible_loadavg", "ansible_memfree_mb",
        "ansible_memory_mb", "ansible_swapfree_mb", "ansible_uptime_seconds", "ansible_mounts",
        "ansible_pkg_mgr", "ansible_lsb", "ansible_interfaces",
    }  # fmt: skip
    interfaces = set(gnu["ansible_interfaces"]) & set(busybox["ansible_interfaces"])
    other = {f"ansible_{name}" for name in (*gnu["ansible_interfaces"],
             *busybox["ansible_interfaces"]) if name not in interfaces}  # fmt: skip
    other |= {name for name in gnu if name.startswith("ansible_all_ipv")}
    compared = set(gnu) - moving - other
    assert {name: busybox.get(name) for name in compared} == {name: gnu[name] for name in compared}
    assert busybox["ansible_env"]["HOME"] == "/root"
    assert [mount["mount"] for mount in busybox["ansible_mounts"]] == [
        mount["mount"] for mount in gnu["ansible_mounts"]
    ]


def test_the_environment_is_whole_even_with_newlines() -> None:
    env = {**os.environ, "LINES_OF_MINE": "a\nb=c\n", "LC_ALL": "C.UTF-8"}
    found = gather("env", env=env)["ansible_env"]
    assert found["LINES_OF_MINE"] == "a\nb=c\n"
    assert found["LC_ALL"] == "C.UTF-8"


def test_local_facts_are_json_ini_or_programs(tmp_path: Path) -> None:
    (tmp_path / "a.fact").write_text('{"x": [1, {"y": "{{ 7*7 }}"}]}')
    (tmp_path / "b.fact").write_text("[general]\nkey = value\nOther=1\n")
    (tmp_path / "c.fact").write_text('#!/bin/sh\necho "{\\"ran\\": \\"$0\\"}"\n')
    (tmp_path / "c.fact").chmod(0o755)
    (tmp_path / "d.fact").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "d.fact").chmod(0o755)
    (tmp_path / "e.fact").write_text("no structure at all")
    (tmp_path / "f.txt").write_text("{}")
    assert gather("local", fact_path=str(tmp_path))["ansible_local"] == {
        "a": {"x": [1, {"y": "{{ 7*7 }}"}]},
        "b": {"general": {"key": "value", "other": "1"}},
        "c": {"ran": f"{tmp_path}/c.fact"},
        "d": "error loading fact - its program failed",
        "e": "error loading fact - please check content",
    }


@pytest.mark.parametrize(
    ("words", "there", "absent"),
    [
        (("min",), {"ansible_distribution", "ansible_env"}, {"ansible_mounts", "ansible_lo"}),
        (("!all",), {"ansible_distribution", "ansible_local"}, {"ansible_mounts", "ansible_lo"}),
        (("!all", "!min", "network"), {"ansible_lo"}, {"ansible_distribution", "ansible_mounts"}),
        (("network",), {"ansible_lo", "ansible_hostname"}, {"ansible_mounts"}),
        (("all", "!hardware"), {"ansible_lo", "ansible_virtualization_type"}, {"ansible_mounts"}),
        (("!all,!min,date_time",), {"ansible_date_time"}, {"ansible_hostname", "ansible_env"}),
        (("all", "!env"), {"ansible_mounts"}, {"ansible_env"}),
        (("!all", "!min", "virtual"), {"ansible_virtualization_role"}, {"ansible_hostname"}),
    ],
)
def test_subsets(words: tuple[str, ...], there: set[str], absent: set[str]) -> None:
    found = set(gather(*words))
    assert there <= found
    assert not absent & found


def test_the_probe_asks_only_for_what_is_wanted() -> None:
    (call,) = look(subset_of(["!all", "!min", "network"])).calls
    assert call.args == ("network", "/etc/ansible/facts.d")
    (call,) = look(subset_of(["!all"]), "/x", timeout=7).calls
    assert call.args == ("min local env", "/x")
    assert call.timeout == 7


def test_an_answer_that_is_cut_is_an_error() -> None:
    with pytest.raises(ProbeError, match="exit status 124: no output"):
        facts(Reply(124, b"\x01uname\nLinux"), subset_of())
