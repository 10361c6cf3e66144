"""Check 26: a host that knows only what is broken is refused, with what it offers and a way out."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from deployer.cli.exits import Exit
from deployer.model.errors import ConnectError
from deployer.model.script import Batch
from deployer.transport.ssh import SshConnector
from tests.contract.conftest import ssh_target
from tests.contract.sshd import Sshd, running
from tests.support.cli import Command

LEGACY = {
    "KexAlgorithms": "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1",
    "HostKeyAlgorithms": "ssh-rsa",
    "Ciphers": "aes128-cbc,3des-cbc",
    "MACs": "hmac-md5,hmac-sha1-96",
}


@pytest.mark.parametrize("option", LEGACY)
def test_check_26_what_it_offers_and_what_to_do(tmp_path: Path, option: str) -> None:
    extra = f"{option} {LEGACY[option]}\n"
    if option == "MACs":
        extra += "Ciphers aes128-ctr\n"  # the others bring their own
    if option == "HostKeyAlgorithms":
        key = tmp_path / "host_rsa"
        subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", str(key)], check=True)
        extra += f"HostKey {key}\n"
    (tmp_path / "sshd").mkdir()
    with running(tmp_path / "sshd", extra) as server:
        connector = SshConnector()
        with pytest.raises(ConnectError) as caught:
            connector.open(replace(ssh_target(server), timeout=10.0), Batch())
        connector.close()
    said = str(caught.value)
    assert f"port {server.port}: no algorithm in common, weak ones are off: its {option}" in said
    assert f"its {option} are {LEGACY[option].replace(',', ', ')}; update its SSH server" in said
    assert "or let its sshd_config allow one of " in said


def test_check_26_the_host_alone_cannot_be_reached(
    deploy: Command, sshd: Sshd, tmp_path: Path
) -> None:
    (tmp_path / "sshd").mkdir()
    with running(tmp_path / "sshd", "Ciphers aes128-cbc\n") as old:
        hosts = {
            name: {
                "ansible_host": "127.0.0.1",
                "ansible_port": server.port,
                "ansible_ssh_private_key_file": str(server.identity),
                "ansible_ssh_common_args": f"-o UserKnownHostsFile={server.known_hosts}",
            }
            for name, server in (("old", old), ("new", sshd))
        }
        deploy.write("hosts.yml", json.dumps({"all": {"hosts": hosts}}))
        deploy.write("play.yml", "- hosts: all\n  gather_facts: false\n  tasks: [{ping: }]\n")
        said = deploy("run", "play.yml", "-i", "./hosts.yml")
    assert said.code == Exit.UNREACHABLE
    assert "fatal: [old]: UNREACHABLE!" in said.out
    assert "its Ciphers are aes128-cbc; update its SSH server" in said.out
    assert "ok: [new]" in said.out
