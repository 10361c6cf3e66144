"""Ctrl-C: once, twice, at a question, and too early."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deployer.cli.exits import Exit
from deployer.cli.interrupts import CtrlC
from deployer.cli.terminal import Terminal
from deployer.output.running import Running
from tests.support.cli import LOCAL, Command, process_environment

SLOW = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Before
      command: echo {{ 'one' }}
      register: before
    - name: Slow
      shell: sleep {seconds}; echo {{ before.stdout }} > {folder}/slow
      register: slow
    - name: After
      copy:
        dest: {folder}/after
        content: "{{ slow.rc }}"
"""

HEAD = "- hosts: all\n  gather_facts: false\n  tasks:\n"


def started(deploy: Command, seconds: float, until: str) -> tuple[subprocess.Popen[str], str]:
    """A run in which the slow task has begun, and what it has said so far."""
    text = SLOW.replace("{seconds}", str(seconds)).replace("{folder}", str(deploy.folder))
    deploy.write("play.yml", text)
    process = subprocess.Popen(
        [sys.executable, "-m", "deployer", "run", "play.yml", *LOCAL],
        env=process_environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = ""
    while until not in said:
        piece = process.stdout.readline()
        assert piece, process.communicate()[1]
        said += piece
    time.sleep(0.2)  # the banner comes just before the task is sent
    return process, said


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_once_lets_what_runs_finish_and_says_what_was_done(
    deploy: Command, asked: signal.Signals
) -> None:
    process, _ = started(deploy, 1.0, "TASK [Slow]")
    process.send_signal(asked)
    out, err = process.communicate(timeout=30)
    assert process.returncode == Exit.INTERRUPTED
    assert "interrupted: waiting for what runs on the hosts" in err
    assert (deploy.folder / "slow").read_text() == "one\n"
    assert not (deploy.folder / "after").exists()
    assert out.lstrip().startswith("changed: [localhost]")
    assert "Interrupted: nothing was begun after what is said above." in out
    assert "ok=2    changed=2 " in out
    assert "given up" not in out


@pytest.mark.parametrize("drawn", [False, True])
def test_a_live_screen_shows_the_first_press_itself(
    capfd: pytest.CaptureFixture[str], drawn: bool
) -> None:
    """It would draw over what is written to standard error."""
    running = Running(drawn=drawn)
    pressed: list[bool] = []
    with CtrlC(Terminal(), running) as ctrl_c:
        ctrl_c.arm(lambda: pressed.append(True))
        signal.raise_signal(signal.SIGINT)
    assert pressed == [True]
    assert ("waiting for what runs on the hosts" in capfd.readouterr().err) is not drawn
    assert ("waiting for what runs on the hosts" in running.notice) is drawn


def test_once_begins_nothing_more_of_what_was_sent_together(deploy: Command) -> None:
    slow = "    - {name: Slow %d, shell: sleep 1; echo %d >> log, args: {chdir: %s}}\n"
    folder = str(deploy.folder)
    deploy.write("play.yml", HEAD + "".join(slow % (n, n, folder) for n in (1, 2, 3)))
    process = subprocess.Popen(
        [sys.executable, "-m", "deployer", "run", str(deploy.folder / "play.yml"), *LOCAL],
        env=process_environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    while "TASK [Slow 1]" not in process.stdout.readline():
        pass
    time.sleep(0.4)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == Exit.INTERRUPTED
    assert (deploy.folder / "log").read_text() == "1\n"
    assert "ok=1    changed=1 " in out


def test_a_hangup_that_is_ignored_stays_ignored(deploy: Command) -> None:
    """`nohup deploy …` goes on."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process, _ = started(deploy, 0.5, "TASK [Slow]")
    finally:
        signal.signal(signal.SIGHUP, before)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=30)
    assert process.returncode == Exit.DONE
    assert (deploy.folder / "after").exists()


@pytest.mark.parametrize("screen", ["dumb", "xterm-256color"])
def test_a_terminal_that_is_closed(deploy: Command, screen: str) -> None:
    """What runs comes to its end, nothing more begins; that nobody can be told is no bug."""
    text = SLOW.replace("{seconds}", "1").replace("{folder}", str(deploy.folder))
    deploy.write("play.yml", text)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(deploy.folder)
        words = [sys.executable, "-m", "deployer", "run", "play.yml", *LOCAL]
        os.execve(sys.executable, words, process_environment(TERM=screen))
    said = b""
    while b"TASK [Slow]" not in said:
        said += os.read(terminal, 65536)
    time.sleep(0.2)
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == Exit.INTERRUPTED
    assert (deploy.folder / "slow").read_text() == "one\n"
    assert not (deploy.folder / "after").exists()


def test_twice_ends_at_once_and_says_what_was_given_up(deploy: Command) -> None:
    process, _ = started(deploy, 30, "TASK [Slow]")
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    pressed = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert time.monotonic() - pressed < 1.0
    assert process.returncode == Exit.INTERRUPTED
    assert "given up while it ran: Slow on localhost" in out
    assert "ok=1    changed=1 " in out


def test_while_a_pause_waits(deploy: Command) -> None:
    deploy.write(
        "play.yml",
        "- hosts: all\n  gather_facts: false\n  tasks:\n    - pause: seconds=60\n",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "deployer", "run", "play.yml", *LOCAL],
        env=process_environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    while "TASK [pause]" not in process.stdout.readline():
        pass
    time.sleep(0.2)
    pressed = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == Exit.INTERRUPTED
    assert time.monotonic() - pressed < 1.0


def test_at_a_question_on_the_terminal(deploy: Command) -> None:
    deploy.write(
        "play.yml",
        "- hosts: all\n  gather_facts: false\n  tasks:\n    - pause: prompt='Go on?'\n",
    )
    said, code = on_a_terminal(deploy, ("run", "play.yml", *LOCAL), {"Go on?": b"\x03"})
    assert code == Exit.INTERRUPTED
    assert "Interrupted" in said


def test_before_anything_runs(deploy: Command) -> None:
    """While files are read there is nothing to finish."""
    fifo = deploy.folder / "play.yml"
    os.mkfifo(fifo)
    process = subprocess.Popen(
        [sys.executable, "-m", "deployer", "run", "play.yml", *LOCAL],
        env=process_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(0.6)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == Exit.INTERRUPTED
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("flag", "prompt"), [("-K", "BECOME password: "), ("-k", "SSH password: ")]
)
def test_passwords_are_asked_for_on_the_terminal(deploy: Command, flag: str, prompt: str) -> None:
    deploy.write(
        "play.yml", "- hosts: all\n  gather_facts: false\n  tasks:\n    - command: 'true'\n"
    )
    answers = {prompt: b"hush-hush\n"}
    said, code = on_a_terminal(deploy, ("run", "play.yml", *LOCAL, flag), answers)
    assert code == Exit.DONE
    assert "hush-hush" not in said


def test_without_a_terminal_a_password_cannot_be_asked_for(deploy: Command) -> None:
    deploy.write("play.yml", "- hosts: all\n  tasks: []\n")
    done = subprocess.run(
        [sys.executable, "-m", "deployer", "run", "play.yml", *LOCAL, "-K"],
        env=process_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        start_new_session=True, check=False,
    )  # fmt: skip
    assert done.returncode == Exit.USAGE
    assert "without a terminal: use --become-password-file" in done.stderr


def test_the_password_to_become_is_that_of_the_login_if_none_is_typed(deploy: Command) -> None:
    deploy.write(
        "play.yml", "- hosts: all\n  gather_facts: false\n  tasks:\n    - command: 'true'\n"
    )
    answers = {"SSH password: ": b"hush-hush\n", "defaults to SSH password]: ": b"\n"}
    _, code = on_a_terminal(deploy, ("run", "play.yml", *LOCAL, "-k", "-K"), answers)
    assert code == Exit.DONE


def on_a_terminal(
    deploy: Command, words: tuple[str, ...], answers: dict[str, bytes]
) -> tuple[str, int]:
    """Run on a pseudo-terminal and type an answer behind each prompt."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(deploy.folder)
        environment = process_environment(TERM="dumb")
        os.execve(sys.executable, [sys.executable, "-m", "deployer", *words], environment)
    said = b""
    waiting = dict(answers)
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        said += piece
        for prompt in [each for each in waiting if each.encode() in said]:
            os.write(terminal, waiting.pop(prompt))
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    return said.decode(), os.waitstatus_to_exitcode(status)


def test_the_screen_of_a_terminal_is_live(deploy: Command) -> None:
    deploy.write(
        "play.yml", "- hosts: all\n  gather_facts: false\n  tasks:\n    - command: 'true'\n"
    )
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(deploy.folder)
        environment = process_environment(TERM="xterm-256color")
        words = [sys.executable, "-m", "deployer", "run", "play.yml", *LOCAL]
        os.execve(sys.executable, words, environment)
    said = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        said += piece
    os.close(terminal)
    os.waitpid(child, 0)
    assert b"\x1b[33mchanged: [localhost]\x1b[0m" in said
    assert said.rstrip().endswith(b"\x1b[?25h")
    assert Path("play.yml").exists()
