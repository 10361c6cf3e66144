"""Every exit code, by a process of its own, as scripts see it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployer.cli.exits import Exit
from tests.support.cli import LOCAL, Command, process_environment

PLAY = "- hosts: all\n  gather_facts: false\n  tasks:\n"
FAILS = "    - command: 'false'\n"
WORKS = "    - command: 'true'\n"


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of this machine where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_0_done(deploy: Command) -> None:
    deploy.write("play.yml", PLAY + WORKS)
    assert deploy.process("run", "play.yml", *LOCAL).code == Exit.DONE


def test_2_a_task_failed(deploy: Command) -> None:
    deploy.write("play.yml", PLAY + FAILS)
    said = deploy.process("run", "play.yml", *LOCAL)
    assert said.code == Exit.TASK_FAILED
    assert "failed=1 " in said.out


def test_2_a_template_that_needs_what_is_not_there(deploy: Command) -> None:
    deploy.write("play.yml", PLAY + "    - debug: msg={{ nobody.knows }}\n")
    said = deploy.process("run", "play.yml", *LOCAL)
    assert said.code == Exit.TASK_FAILED
    assert "`nobody` is undefined" in said.out
    assert "--> play.yml:4:21" in said.out


def test_2_not_if_the_failure_is_ignored_or_rescued(deploy: Command) -> None:
    deploy.write("play.yml", PLAY + FAILS + "      ignore_errors: true\n")
    assert deploy.process("run", "play.yml", *LOCAL).code == Exit.DONE


def test_4_unreachable(deploy: Command, closed_port: int) -> None:
    host = f"gone ansible_host=127.0.0.1 ansible_port={closed_port}"
    deploy.write("hosts", host + "\n")
    deploy.write("play.yml", PLAY + WORKS)
    said = deploy.process("run", "play.yml", "-i", "./hosts", "-T", "2")
    assert said.code == Exit.UNREACHABLE
    assert "fatal: [gone]: UNREACHABLE! =>" in said.out
    assert "unreachable=1 " in said.out
    assert "Nothing is known to have changed." in said.out, "its task may have begun"


def test_2_wins_over_4(deploy: Command, closed_port: int) -> None:
    deploy.write(
        "hosts",
        f"gone ansible_host=127.0.0.1 ansible_port={closed_port}\nhere ansible_connection=local\n",
    )
    deploy.write("play.yml", PLAY + FAILS)
    said = deploy.process("run", "play.yml", "-i", "./hosts", "-T", "2")
    assert said.code == Exit.TASK_FAILED
    assert "unreachable=1 " in said.out
    assert "failed=1 " in said.out


@pytest.mark.parametrize("words", [("run",), ("nonsense",), ("run", "x.yml", "--nonsense"), ()])
def test_64_usage(deploy: Command, words: tuple[str, ...]) -> None:
    said = deploy.process(*words)
    assert said.code == Exit.USAGE
    assert said.err


BAD = {
    "missing": (None, "no such file"),
    "binary": (b"\x7fELF\x00\xff\xfe", "a binary file, not text"),
    "empty": (b"", "no plays in this file"),
    "not yaml": (b"- hosts: all\n\ttasks: []\n", "not valid YAML"),
    "no list": (b"hosts: all\n", "error:"),
    "twice": (b"- hosts: all\n  hosts: web\n  tasks: []\n", "`hosts` is here twice"),
    "keyword": (b"- hosts: all\n  taks: []\n", "did you mean `tasks`?"),
    "argument": (b"- hosts: all\n  tasks:\n    - copy: {dst: /x}\n", "has no argument `dst`"),
    "hosts": (b"- hosts: '{{ nobody }}'\n  tasks: []\n", "`nobody` is undefined"),
    "vars_files": (b"- hosts: all\n  vars_files: [x.yml]\n  tasks: []\n", "no such file"),
    "role": (b"- hosts: all\n  roles: [nosuch]\n", "nosuch"),
    "circle": (b"- hosts: all\n  roles: [circle]\n", "roles in a circle: circle -> circle"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BAD))
def test_65_a_playbook_that_is_wrong(deploy: Command, name: str) -> None:
    content, message = BAD[name]
    deploy.write("roles/circle/meta/main.yml", "dependencies: [circle]\n")
    if content is not None:
        Path("play.yml").write_bytes(content)
    said = deploy("run", "play.yml", *LOCAL)
    assert said.code == Exit.BAD_INPUT
    assert message in said.err
    assert said.err.startswith("error: ")
    assert "Traceback" not in said.both


@pytest.mark.parametrize(
    ("content", "message"),
    [("[web\nw1\n", "hosts:1"), ("all: [1]\n", "error:"), ("-x\n", "begins with `-`")],
)
def test_65_an_inventory_that_is_wrong(deploy: Command, content: str, message: str) -> None:
    deploy.write("hosts", content)
    deploy.write("play.yml", PLAY + WORKS)
    said = deploy("run", "play.yml", "-i", "./hosts")
    assert said.code == Exit.BAD_INPUT
    assert message in said.err


BROKEN = """
import sys
from deployer.engine import plays

def broken(*_):
    raise ZeroDivisionError("planted for the test")

plays.PlayRunner.play = broken
from deployer.__main__ import main
main()
"""


@pytest.mark.parametrize("flags", [(), ("-vvv",)])
def test_70_a_bug_says_where_and_how_to_report_it(deploy: Command, flags: tuple[str, ...]) -> None:
    deploy.write("play.yml", PLAY + WORKS)
    done = subprocess.run(
        [sys.executable, "-c", BROKEN, "run", "play.yml", *LOCAL, *flags],
        env=process_environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == Exit.BUG
    assert "ZeroDivisionError: planted for the test" in done.stderr
    assert "Please report it" in done.stderr
    assert ("Traceback" in done.stderr) == bool(flags)


def test_a_closed_pipe_does_not_stop_the_run(deploy: Command) -> None:
    """`deploy run … | head -1`: what was asked for is done, and nobody complains."""
    marker = deploy.folder / "marker"
    tasks = "".join(f"    - command: echo {number}\n" for number in range(20))
    deploy.write("play.yml", PLAY + tasks + f"    - command: touch {marker}\n")
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "deployer", "run", "play.yml", *LOCAL],
        env=process_environment(), stdout=writing, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(writing)
    os.close(reading)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (Exit.DONE, "")
    assert marker.exists()


FULL = (
    ("run", "play.yml", *LOCAL),
    ("run", "play.yml", *LOCAL, "--output", "jsonl"),
    ("inventory", "--list", *LOCAL[:2]),
    ("doc", "copy"),
)


@pytest.mark.parametrize("words", FULL, ids=lambda words: words[-1])
@pytest.mark.parametrize("both", [False, True])
def test_74_a_full_disk_under_the_output(
    deploy: Command, words: tuple[str, ...], both: bool
) -> None:
    marker = deploy.folder / "marker"
    deploy.write("play.yml", PLAY + f"    - command: echo\n    - command: touch {marker}\n")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "deployer", *words], env=process_environment(),
            stdout=full, stderr=full if both else subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == Exit.OUTPUT_LOST
    told = "the rest of the output cannot be written: No space left on device\n"
    assert done.stderr == (None if both else told)
    assert marker.exists() == (words[0] == "run"), "the run itself goes on"


def test_74_a_run_that_failed_says_that_first(deploy: Command) -> None:
    deploy.write("play.yml", PLAY + "    - command: 'false'\n")
    with Path("/dev/full").open("w") as full:
        words = [sys.executable, "-m", "deployer", "run", "play.yml", *LOCAL]
        done = subprocess.run(
            words, env=process_environment(), stdout=full, stderr=subprocess.DEVNULL, check=False
        )
    assert done.returncode == Exit.TASK_FAILED


@pytest.mark.parametrize("flags", [(), ("--output", "jsonl")])
def test_without_standard_streams(deploy: Command, flags: tuple[str, ...]) -> None:
    """`>&-`: no file that the run opens takes their place."""
    deploy.write("play.yml", PLAY + "    - command: 'true'\n")
    words = [sys.executable, "-m", "deployer", "run", "play.yml", *LOCAL, *flags]
    for closed in (">&-", "<&- >&- 2>&-"):
        done = subprocess.run(
            ["sh", "-c", f'exec "$@" {closed}', "sh", *words],
            env=process_environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (Exit.DONE, "", "")


def test_65_everything_that_is_wrong_is_said_at_once(deploy: Command) -> None:
    tasks = "    - copy: {src: a, destt: /b}\n    - debug: {msgs: hi}\n"
    deploy.write("play.yml", PLAY + tasks + "  handlerss: []\n")
    said = deploy.process("run", "play.yml", "-i", "nowhere")
    assert said.code == Exit.BAD_INPUT
    told = [line.partition("error: ")[2] for line in said.err.splitlines() if "error:" in line]
    assert sorted(told) == [
        "`copy` has no argument `destt`",
        "`debug` has no argument `msgs`",
        "`handlerss` is not a keyword of a play",
        "there is no inventory `nowhere`",
    ]


def test_64_the_current_directory_is_gone(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "deployer", "inventory", "--list"]
    script = 'mkdir "$1" && cd "$1" && rmdir "$1" && shift && exec "$@"'
    environment = process_environment()
    done = subprocess.run(
        ["sh", "-c", script, "sh", str(tmp_path / "gone"), *words],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == Exit.USAGE, done.stderr
    assert "the current directory cannot be used" in done.stderr
