"""A `docker` that says what a test wants: for what no healthy daemon ever answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.shell import BUSYBOX, SHELLS, applets, run, shell_id


class FakeDocker:
    """`answers` is a shell `case` on the words of the command; `asked` what was asked so far."""

    def __init__(self, folder: Path, shell):
        self.folder, self.shell = folder, shell
        self.log = folder / "asked"
        self.log.touch()

    def says(self, answers: str) -> None:
        """Its script: `$*` are the words, `$nth` counts the calls with the same words."""
        program = self.folder / "docker"
        program.write_text(
            f"#!/bin/sh\nprintf '%s\\n' \"$*\" >>'{self.log}'\n"
            f'nth=$(grep -cxF -- "$*" \'{self.log}\')\ncase "$*" in\n{answers}\nesac\n'
        )
        program.chmod(0o755)

    @property
    def asked(self) -> list[str]:
        return self.log.read_text().splitlines()

    def run(self, script, **env):
        tools = applets() if self.shell == BUSYBOX else "/usr/bin:/bin"
        given = {"PATH": f"{self.folder}:{tools}"}
        shell = ("/usr/bin/busybox", "sh") if self.shell == BUSYBOX else self.shell
        return run(script, shell, given | env)


@pytest.fixture(params=SHELLS, ids=shell_id)
def docker(request, tmp_path):
    return FakeDocker(tmp_path, request.param)
