"""How the process ends: with its exit code, whatever its threads are doing, and all said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import Command, process_environment

#: A thread in compiled code that has called Python back, as a login's key exchange does. Python's
#: own end would unwind it there, which compiled code answers with an abort.
_BUSY = """
import sys, threading
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from deployer.__main__ import main

class Busy(int):
    def bit_length(self):
        inside.set()
        while True:
            pass
    to_bytes = __index__ = __lt__ = bit_length

inside = threading.Event()
sys.setswitchinterval(1e-5)
threading.Thread(target=encode_dss_signature, args=(Busy(3), 4), daemon=True).start()
inside.wait()
main()
"""


@pytest.mark.parametrize(
    ("words", "code"), [(("--version",), 0), (("nonsense",), 64), (("run", "none.yml"), 65)]
)
def test_a_thread_in_compiled_code_does_not_cost_the_exit_code(
    tmp_path: Path, words: tuple[str, ...], code: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BUSY, *words],
        cwd=tmp_path, env=process_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "FATAL" not in done.stderr


def test_all_that_was_said_arrives_in_a_pipe(deploy: Command) -> None:
    assert deploy.process("doc", "copy").out == deploy("doc", "copy").out


def test_a_reader_that_has_had_enough_is_no_failure(deploy: Command) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$0" -m deployer --version | :', sys.executable],
        env=process_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_output_on_a_full_disk_is_a_failure(deploy: Command) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$0" -m deployer --version >/dev/full', sys.executable],
        env=process_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 74
    assert done.stderr == "error: cannot write the output: No space left on device\n"
