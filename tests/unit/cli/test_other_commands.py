"""`deploy inventory`, `deploy doc`, `deploy completion`."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from deployer.cli.completion import SHELLS
from deployer.cli.exits import Exit
from deployer.cli.pages.site import REFERENCE
from deployer.cli.topics import PAGES, topics
from tests.support.cli import Command

HOSTS = """
[web]
w1 color=red
w2
[db]
d1
[prod:children]
web
db
[prod:vars]
stage=live
"""


def test_the_inventory_as_a_tree(deploy: Command) -> None:
    deploy.write("hosts.ini", HOSTS)
    said = deploy("inventory", "-i", "hosts.ini", "--graph")
    assert said.code == Exit.DONE
    assert said.out == (
        "@all:\n  |--@ungrouped:\n  |--@prod:\n  |  |--@web:\n  |  |  |--w1\n  |  |  |--w2\n"
        "  |  |--@db:\n  |  |  |--d1\n"
    )


def test_the_inventory_as_json(deploy: Command) -> None:
    deploy.write("hosts.ini", HOSTS)
    listed = json.loads(deploy("inventory", "-i", "hosts.ini", "--list").out)
    assert listed["web"]["hosts"] == ["w1", "w2"]
    assert listed["_meta"]["hostvars"]["w1"] == {"color": "red", "stage": "live"}


def test_one_host_of_the_inventory(deploy: Command) -> None:
    deploy.write("hosts.ini", HOSTS)
    one = deploy("inventory", "-i", "hosts.ini", "--host", "w1")
    assert json.loads(one.out) == {"color": "red", "stage": "live"}
    wrong = deploy("inventory", "-i", "hosts.ini", "--host", "w3")
    assert wrong.code == Exit.BAD_INPUT
    assert "there is no host `w3`" in wrong.err


def test_the_list_of_pages(deploy: Command) -> None:
    out = deploy("doc").out
    assert all(f"  {name}" in out for name in ("copy", "swarm_cluster", "wait_for"))


def test_the_topics_are_the_pages() -> None:
    assert tuple(REFERENCE) == PAGES


@pytest.mark.parametrize("topic", topics())
def test_every_page_fits_a_narrow_terminal(
    deploy: Command, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    said = deploy("doc", topic)
    assert said.code == Exit.DONE
    text = said.out.partition("\nExample\n")[0]
    prose = [line for line in text.splitlines() if line.startswith("      ")]
    longest = max((word for line in prose for word in line.split()), key=len, default="")
    assert all(len(line) <= max(60, len(longest) + 8) for line in prose)


def test_a_page_by_its_qualified_name_and_as_markdown(deploy: Command) -> None:
    assert deploy("doc", "ansible.builtin.copy").out == deploy("doc", "copy").out
    assert deploy("doc", "copy", "--markdown").out.startswith("# copy\n")


@pytest.mark.parametrize("shell", SHELLS)
def test_there_is_a_completion_script(deploy: Command, shell: str) -> None:
    said = deploy("completion", shell)
    assert said.code == Exit.DONE
    assert "start-at-task" in said.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_read_it(deploy: Command, shell: str) -> None:
    if shutil.which(shell) is None and shell != "bash":
        assert deploy("completion", shell).code == Exit.DONE
        return
    script = deploy.write("script", deploy("completion", shell).out)
    subprocess.run([shell, "-n", str(script)], check=True, capture_output=True)


def completed(deploy: Command, *words: str) -> list[str]:
    """What bash proposes for the last word."""
    script = deploy.write("script", deploy("completion", "bash").out)
    array = " ".join(f"'{word}'" for word in words)
    ask = (
        f"source {script}; COMP_WORDS=({array}); COMP_CWORD={len(words) - 1}; "
        "$(complete -p deploy | sed 's/.*-F \\([^ ]*\\).*/\\1/'); "
        "printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(["bash", "-c", ask], check=True, capture_output=True, text=True)
    return sorted(set(done.stdout.split()))


def test_bash_completes_commands_options_modules_and_inventories(deploy: Command) -> None:
    deploy.write("inventories/prod/hosts", "web1\n")
    deploy.write("inventories/stage.yml", "all:\n")
    assert completed(deploy, "deploy", "comp") == ["completion"]
    assert completed(deploy, "deploy", "run", "--start") == ["--start-at-task"]
    assert "docker_stack" in completed(deploy, "deploy", "doc", "docker_s")
    assert "prod" in completed(deploy, "deploy", "run", "-i", "pr")
