"""Nothing is imported that a command does not use: start-up is what users wait for each time."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from tests.support.cli import LOCAL, Command, process_environment

HEAVY = ("paramiko", "fabric", "invoke", "cryptography", "jinja2", "yaml", "rich", "tenacity",
         "shtab", "jmespath", "asyncio")  # fmt: skip
_LISTS = """
import sys
sys.argv[0] = "deploy"
from deployer.cli.main import main
try:
    code = main()
except SystemExit as stop:
    code = stop.code
print("\\nIMPORTED", *(name for name in sys.modules if "." not in name))
"""


def imported(deploy: Command, *words: str) -> set[str]:
    """The top-level modules that a command has loaded."""
    done = subprocess.run(
        [sys.executable, "-c", _LISTS, *words],
        cwd=deploy.folder, env=process_environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.rpartition("IMPORTED")[2].split()) & set(HEAVY)


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("run", "--help"), ("nonsense",)])
def test_help_and_version_load_nothing(deploy: Command, words: tuple[str, ...]) -> None:
    assert imported(deploy, *words) == set()


def test_a_local_run_loads_neither_ssh_nor_rich(deploy: Command) -> None:
    deploy.write("play.yml", "- hosts: all\n  tasks:\n    - command: echo {{ 1 + 1 }}\n")
    assert imported(deploy, "run", "play.yml", *LOCAL) == {"jinja2", "yaml"}


def test_an_inventory_loads_no_connection(deploy: Command) -> None:
    deploy.write("hosts.ini", "[web]\nw1\n")
    assert imported(deploy, "inventory", "-i", "hosts.ini", "--graph") <= {"jinja2", "yaml"}


def test_a_replay_loads_neither_the_engine_nor_templates(deploy: Command) -> None:
    deploy.write("run.jsonl", '{"event": "RunStarted", "at": 1, "playbooks": [], "hosts": 1}\n')
    assert imported(deploy, "replay", "run.jsonl") == set()


def test_the_version_is_quick(deploy: Command) -> None:
    def once() -> float:
        began = time.perf_counter()
        deploy.process("--version")
        return time.perf_counter() - began

    assert min(once() for _ in range(3)) < 0.2
