"""How each tool runs a workload: a command, its environment, and what proves that it worked."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.hosts import DELAYED, PORT, Hosts, address
from harness.workloads import FILES, SOURCES

REPOSITORY = Path(__file__).resolve().parents[2]
PEERS = Path(os.environ.get("DEPLOY_BENCH_HOME", "/var/cache/deploy-bench"))
DEPLOY = Path(os.environ.get("DEPLOY", REPOSITORY / ".venv/bin/deploy"))
MOST = 50  # hosts at once, for every tool


@dataclass(frozen=True)
class Job:
    """One run of one workload: what to run, on how many hosts, through the proxy or not."""

    workload: str
    count: int
    delayed: bool
    folder: Path  # of the workloads
    scratch: Path  # of this run: inventories, sockets, home
    hosts: Hosts

    @property
    def name(self) -> str:
        """What the workload's files are called."""
        return FILES[self.workload][0]

    @property
    def again(self) -> bool:
        return FILES[self.workload][1]

    @property
    def forks(self) -> int:
        return min(self.count, MOST)

    @property
    def addresses(self) -> list[tuple[str, int]]:
        port = DELAYED if self.delayed else PORT
        return [(address(number), port) for number in range(1, self.count + 1)]

    @property
    def ssh(self) -> list[str]:
        """OpenSSH's client, without its costlier post-quantum key exchange."""
        return [
            "ssh",
            "-F",
            "none",
            "-o",
            f"UserKnownHostsFile={self.hosts.known_hosts}",
            *("-o", "StrictHostKeyChecking=yes", "-o", "IdentitiesOnly=yes"),
            *("-o", "KexAlgorithms=curve25519-sha256"),
            *("-i", str(self.hosts.key), "-l", "root"),
        ]

    def inventory(self) -> Path:
        """An inventory in Ansible's language."""
        lines = ["[all]"]
        for number, (host, port) in enumerate(self.addresses, 1):
            lines.append(f"h{number:03d} ansible_host={host} ansible_port={port}")
        lines += [
            "[all:vars]",
            "ansible_user=root",
            f"ansible_ssh_private_key_file={self.hosts.key}",
            "ansible_python_interpreter=/usr/bin/python3",
            f"ansible_ssh_common_args=-o UserKnownHostsFile={self.hosts.known_hosts} "
            "-o IdentitiesOnly=yes -o StrictHostKeyChecking=yes",
        ]
        path = self.scratch / "inventory.ini"
        path.write_text("\n".join(lines) + "\n")
        return path

    def pyinfra_inventory(self) -> Path:
        """An inventory in pyinfra's."""
        common = {
            "ssh_user": "root",
            "ssh_key": str(self.hosts.key),
            "ssh_known_hosts_file": str(self.hosts.known_hosts),
            "ssh_strict_host_key_checking": "yes",
        }
        entries = [
            (f"h{number:03d}", {"ssh_hostname": host, "ssh_port": port, **common})
            for number, (host, port) in enumerate(self.addresses, 1)
        ]
        path = self.scratch / "hosts.py"
        path.write_text(f"hosts = {entries!r}\n")
        return path


@dataclass(frozen=True)
class Tool:
    """`command` gives the argv; `proves` looks at the output of a run that exited with 0."""

    name: str
    command: Callable[[Job], list[str]]
    environment: Mapping[str, str] = field(default_factory=dict)
    proves: Callable[[Job, str], bool] = lambda _job, _output: True
    needs: Path = Path("/")


def _by_hand(job: Job) -> list[str]:
    """One ssh per host with one script, as many at once as the others may."""
    lines = "".join(f"{port} {host}\n" for host, port in job.addresses)
    listed = job.scratch / "list"
    listed.write_text(lines)
    fan = ["xargs", "-a", str(listed), "-P", str(job.forks), "-n", "2"]
    if job.name == "tree":
        script = 'port=$1 host=$2; exec sh tree.sh "$port" "$host" ' + " ".join(job.ssh)
        return ["sh", "-c", f"cd '{job.folder}' && exec \"$@\"", "sh", *_last(fan, script)]
    script = f'exec {" ".join(job.ssh)} -p "$1" "$2" "sh -s" <{job.folder / job.name}.sh'
    return _last(fan, script)


def _last(fan: list[str], script: str) -> list[str]:
    return [*fan, "sh", "-c", script, "sh"]


def _playbook(*command: str) -> Callable[[Job], list[str]]:
    def made(job: Job) -> list[str]:
        playbook = str(job.folder / f"{job.name}.yml")
        return [*command, playbook, "-i", str(job.inventory()), "-f", str(job.forks)]

    return made


def _pyinfra(job: Job) -> list[str]:
    command = [str(PEERS / "peers-pyinfra/bin/pyinfra"), "-y", "--parallel", str(job.forks)]
    return [*command, str(job.pyinfra_inventory()), str(job.folder / f"pyinfra/{job.name}.py")]


def _unchanged_where_again(job: Job, output: str) -> bool:
    found = re.findall(r"changed=(\d+)", output)
    return len(found) == job.count and (not job.again or set(found) == {"0"})


def _says_unchanged(job: Job, output: str) -> bool:
    return job.workload != "W3" or output.split() == ["unchanged"] * job.count


_ANSIBLE = PEERS / "peers-ansible/bin/ansible-playbook"
_QUIET = {"ANSIBLE_CONFIG": str(SOURCES / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
_MITOGEN = {
    "ANSIBLE_STRATEGY": "mitogen_linear",
    "ANSIBLE_STRATEGY_PLUGINS": str(
        next(PEERS.glob("peers-ansible/lib/python3*/site-packages"), PEERS)
        / "ansible_mitogen/plugins/strategy"
    ),
}

TOOLS = {
    tool.name: tool
    for tool in (
        Tool("ssh", _by_hand, proves=_says_unchanged),
        Tool(
            "deploy",
            _playbook(str(DEPLOY), "run"),
            proves=_unchanged_where_again,
            needs=DEPLOY,
        ),
        Tool("pyinfra", _pyinfra, needs=PEERS / "peers-pyinfra"),
        Tool(
            "mitogen",
            _playbook(str(_ANSIBLE)),
            {**_QUIET, **_MITOGEN, "ANSIBLE_PIPELINING": "1"},
            _unchanged_where_again,
            needs=_ANSIBLE,
        ),
        Tool(
            "ansible",
            _playbook(str(_ANSIBLE)),
            {**_QUIET, "ANSIBLE_PIPELINING": "1"},
            _unchanged_where_again,
            needs=_ANSIBLE,
        ),
    )
}
