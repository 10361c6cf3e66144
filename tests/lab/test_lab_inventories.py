"""The inventories, and the Vagrantfile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.labs import ROOT, Lab

INVENTORIES = ROOT / "inventories"


def run_script(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [INVENTORIES / "lab/hosts", *words],
        env={**os.environ, "DEPLOY_LAB": name},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.lab
def test_the_inventory_script_prints_the_running_lab(lab: Lab):
    listed: dict[str, Any] = json.loads(run_script(lab.name, "--list").stdout)
    assert listed["managers"]["hosts"] == ["node1", "node2", "node3"]
    assert listed["workers"]["hosts"] == []
    assert listed["swarm"]["children"] == ["managers", "workers"]
    assert listed["registry"]["hosts"] == ["node1"]
    assert listed["busybox"]["hosts"] == ["busy"]
    assert listed["systemd"]["hosts"] == ["sysd"]
    assert "swarm_labels" not in listed["_meta"]["hostvars"]["busy"]
    for name, variables in listed["_meta"]["hostvars"].items():
        command = [
            "ssh",
            "-F",
            "/dev/null",
            "-i",
            variables["ansible_ssh_private_key_file"],
            *variables["ansible_ssh_common_args"].split(),
            f"{variables['ansible_user']}@{variables['ansible_host']}",
            "hostname",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.stdout.strip() == name, done.stderr


@pytest.mark.parametrize(("count", "managers"), [(1, 1), (2, 1), (3, 3), (4, 3), (5, 5), (7, 5)])
def test_how_many_managers_a_lab_has(count: int, managers: int):
    from lab.report import managers as of
    from lab.state import State, wanted_nodes

    state = State("any", "/", 0, "10.64.0", wanted_nodes("10.64.0", count, systemd=True))
    assert of(state) == managers


def test_without_a_lab_the_script_says_what_to_do():
    done = run_script("no-such-lab", "--list")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "inventories/lab: lab no-such-lab is not up: run `scripts/lab up`\n"
    assert run_script("no-such-lab", "--host", "node1").stdout == "{}\n"


@pytest.mark.parametrize("path", sorted(INVENTORIES.rglob("*.yml")), ids=lambda path: path.name)
def test_variables_have_names_that_ansible_allows(path: Path):
    text = path.read_text()
    assert text.startswith("#"), "say what it is"
    values = yaml.safe_load(text)
    assert isinstance(values, dict)
    assert "environment" not in values


def test_the_inventories_offer_the_same_settings():
    settings = {
        name: set(yaml.safe_load((INVENTORIES / name / "group_vars/all.yml").read_text()))
        for name in ("lab", "vagrant", "prod")
    }
    common = {"stack_image", "publish_mode", "endpoint_mode"}
    assert all(common <= names for names in settings.values()), settings


def test_vagrant_addresses_agree():
    hosts = yaml.safe_load((INVENTORIES / "vagrant/hosts.yml").read_text())
    managers = hosts["all"]["children"]["swarm"]["children"]["managers"]["hosts"]
    addresses = [variables["ansible_host"] for variables in managers.values()]
    assert addresses == [f"192.168.56.{number}" for number in (11, 12, 13)]
    assert '"192.168.56.#{10 + number}"' in (ROOT / "Vagrantfile").read_text()


@pytest.mark.lab
def test_vagrant_accepts_the_vagrantfile(tmp_path: Path):
    if shutil.which("vagrant") is None:
        command = ["apt-get", "install", "-y", "--no-install-recommends", "vagrant"]
        subprocess.run(command, check=True, capture_output=True)
    elsewhere = {
        "VAGRANT_CWD": str(ROOT),
        "VAGRANT_DOTFILE_PATH": str(tmp_path / "dot"),
        "VAGRANT_HOME": str(tmp_path / "home"),
    }
    done = subprocess.run(
        ["vagrant", "validate", "--ignore-provider"],
        env={**os.environ, **elsewhere},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "validated successfully" in done.stdout
