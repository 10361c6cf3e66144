"""`script_service` with a real program: a `sleep` that scripts start, stop and look for."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployer.model.secret import Secret
from deployer.modules import load
from deployer.sdk import LocalFile, Outcome, Refused, Rendered, RenderedTree, Resource
from tests.support.shell import DASH, SHELLS, Host, Shell, arguments, shell_id

# The program says something on its standard output, and keeps it open.
START = """#!/bin/sh
echo "starting in $(pwd)"
date +%N >>starts
(while :; do sleep 300; done) &
echo $! >pid
"""
STOP = '#!/bin/sh\nkill "$(cat pid)"\nrm -f pid\necho stopped >>stops\n'
STATUS = '#!/bin/sh\n[ -e pid ] && kill -0 "$(cat pid)"\n'
RELOAD = "#!/bin/sh\necho reloaded >>reloads\n"


def module() -> Resource:
    found = load("script_service")
    assert isinstance(found, Resource)
    return found


class Program:
    """The program under test, in a directory of its own."""

    def __init__(self, shell: Shell, folder: Path) -> None:
        self.host = Host(shell)
        self.dir = folder / "app"
        self.state = folder / "state"
        self.given: dict[str, object] = {
            "name": "app", "dir": str(self.dir), "state_dir": str(self.state), "start_text": START,
            "stop_text": STOP, "status_text": STATUS, "start_timeout": 5, "stop_timeout": 5,
        }  # fmt: skip

    def plan(self, **more: object) -> list[str]:
        changes = self.host.plan(module(), arguments(module(), **{**self.given, **more}))
        return [str(change).replace(str(self.dir), "DIR") for change in changes]

    def apply(self, **more: object) -> Outcome:
        return self.host.apply(module(), arguments(module(), **{**self.given, **more}))[1]

    def settle(self, **more: object) -> list[str]:
        """Apply, and law 1: then there is nothing to do. Returns the plan."""
        lines, _ = self.host.converge(module(), arguments(module(), **{**self.given, **more}))
        return [line.replace(str(self.dir), "DIR") for line in lines]

    def count(self, name: str) -> int:
        """How often a script wrote its line."""
        path = self.dir / name
        return len(path.read_text().splitlines()) if path.exists() else 0


#: Every line of the fragments runs in some of the tests that are marked with it.
everywhere = pytest.mark.parametrize("shell", SHELLS, ids=shell_id)


@pytest.fixture
def shell() -> Shell:
    return DASH


@pytest.fixture
def program(shell: Shell, tmp_path: Path) -> Iterator[Program]:
    made = Program(shell, tmp_path)
    yield made
    pid = made.dir / "pid"
    if pid.exists():
        made.apply(state="stopped", status_text=STATUS, stop_text=STOP)


def test_it_is_installed_and_started_once(program: Program):
    assert program.settle() == [
        "install start script DIR/start.sh: absent",
        "install stop script DIR/stop.sh: absent",
        "install status script DIR/status.sh: absent",
        "start app: not installed",
    ]
    assert program.count("starts") == 1
    assert (program.dir / "start.sh").stat().st_mode & 0o777 == 0o755
    assert f"starting in {program.dir}" in (program.state / "app/output.log").read_text()
    outcome = program.apply()
    assert outcome.values["status"] == "running"
    assert outcome.values["log"] == str(program.state / "app/output.log")


@everywhere
def test_it_is_started_again_where_it_stopped(program: Program):
    program.settle()
    program.settle(state="stopped")
    assert program.count("stops") == 1
    assert program.plan(state="stopped") == []
    assert program.settle() == ["start app: stopped"]


def test_a_new_start_script_restarts_it(program: Program):
    program.settle()
    assert program.settle(start_text=START + "# new\n") == [
        "install start script DIR/start.sh: content differs",
        "restart app: start.sh changed",
    ]
    assert (program.count("starts"), program.count("stops")) == (2, 1)


# Two processes; the status asks for one of them only.
PAIR = START + "sleep 300 & echo $! >second\n"
PAIR_STOP = STOP + 'kill "$(cat second)" && rm -f second\n'


def died(program: Program) -> Path:
    """Starts two processes and kills the first; the file with the number of the second."""
    program.settle(start_text=PAIR, stop_text=PAIR_STOP)
    os.kill(int((program.dir / "pid").read_text()), signal.SIGKILL)
    (program.dir / "pid").unlink()
    return program.dir / "second"


def test_what_is_left_of_a_dead_program_is_stopped_before_it_starts(program: Program):
    second = died(program)
    number = int(second.read_text())
    given = {"start_text": PAIR, "stop_text": PAIR_STOP}
    assert program.settle(**given) == ["start app: stopped"]
    assert int(second.read_text()) != number
    assert ends(number)
    program.settle(**given, state="stopped")


@pytest.mark.parametrize("state", ["stopped", "absent"])
def test_what_is_left_of_a_dead_program_is_stopped_with_it(program: Program, state: str):
    number = int(died(program).read_text())
    given = {"start_text": PAIR, "stop_text": PAIR_STOP, "state": state}
    assert program.settle(**given)[0] == "stop app: died"
    assert ends(number)


def test_after_a_new_start_of_the_host_its_old_numbers_are_not_used(program: Program):
    second = died(program)
    number = int(second.read_text())
    (program.state / "app/boot").write_text("another-boot\n")
    program.settle(start_text=PAIR, stop_text=PAIR_STOP)
    assert alive(number)
    os.kill(number, signal.SIGKILL)
    program.settle(start_text=PAIR, stop_text=PAIR_STOP, state="stopped")


def ends(number: int) -> bool:
    """Whether a process is over within some seconds, even if nobody has asked for its status."""
    for _ in range(500):
        if not alive(number):
            return True
        time.sleep(0.01)
    return False


def alive(number: int) -> bool:
    status = Path(f"/proc/{number}/status")
    try:
        return "State:\tZ" not in status.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_new_status_script_does_not(program: Program):
    program.settle()
    assert program.settle(status_text=STATUS + "# new\n") == [
        "install status script DIR/status.sh: content differs"
    ]


def test_it_is_stopped_by_the_script_it_was_started_with(program: Program):
    program.settle()
    wrong = "#!/bin/sh\necho this one does not know the old program >&2\nexit 1\n"
    assert program.settle(stop_text=wrong)[-1] == "restart app: stop.sh changed"
    assert program.count("stops") == 1
    outcome = program.apply(state="stopped", stop_text=wrong)
    assert outcome.failed
    assert "stop.sh.running of app ended with exit status 1" in outcome.msg
    assert "does not know the old program" in outcome.msg
    (program.dir / ".stop.sh.running").unlink()


@everywhere
def test_a_watched_file_restarts_or_reloads_it(program: Program, tmp_path: Path):
    strict, gentle = tmp_path / "strict.conf", tmp_path / "gentle.conf"
    strict.write_text("1")
    more = {"files": [str(strict)], "reload_files": [str(gentle)], "reload_text": RELOAD}
    program.settle(**more)
    gentle.write_text("1")
    assert program.settle(**more) == [f"reload app: {gentle} changed"]
    assert (program.count("starts"), program.count("reloads")) == (1, 1)
    strict.write_text("2")
    gentle.write_text("2")
    (line,) = program.settle(**more)
    assert line == f"restart app: {strict}, {gentle} changed"
    assert (program.count("starts"), program.count("reloads")) == (2, 1)
    strict.unlink()
    assert program.settle(**more) == [f"restart app: {strict} changed"]


def test_without_a_reload_script_it_is_restarted(program: Program, tmp_path: Path):
    conf = tmp_path / "conf"
    program.settle(reload_files=[str(conf)])
    conf.write_text("1")
    assert program.settle(reload_files=[str(conf)]) == [f"restart app: {conf} changed"]


def test_a_directory_is_installed_with_it(program: Program, tmp_path: Path):
    local = tmp_path / "page.html"
    local.write_text("<p>")
    digest = hashlib.sha256(b"<p>").hexdigest()
    tree = RenderedTree(
        str(tmp_path),
        (
            ("www/page.html", LocalFile(str(local), 3, digest)),
            ("app.conf", Rendered("port=1\n", "app.conf.j2", 0o664)),
        ),
    )
    more = {"directory": tree, "reload_files": ["app.conf"], "reload_text": RELOAD}
    assert program.settle(**more)[4:] == [
        "install file DIR/www/page.html: absent",
        "install file DIR/app.conf: absent",
        "start app: not installed",
    ]
    assert (program.dir / "www/page.html").read_text() == "<p>"
    assert (program.dir / "app.conf").stat().st_mode & 0o777 == 0o644
    (program.dir / "app.conf").write_text("port=2\n")
    assert program.settle(**more) == [
        "install file DIR/app.conf: content differs",
    ]
    changed = RenderedTree(tree.root, (tree.files[0], ("app.conf", Rendered("x", "a.j2"))))
    assert program.settle(**{**more, "directory": changed})[-1] == "reload app: app.conf changed"
    program.settle(**{**more, "state": "absent"})
    assert {entry.name for entry in program.dir.iterdir()} == {"reloads", "starts", "stops"}


@everywhere
def test_absent_stops_it_and_removes_its_files(program: Program):
    program.settle()
    gone = {
        "name": "app",
        "dir": str(program.dir),
        "state_dir": str(program.state),
        "state": "absent",
    }
    args = arguments(module(), **gone)
    lines, _ = program.host.converge(module(), args)
    assert lines == ["stop app: running", "remove app: installed"]
    assert {entry.name for entry in program.dir.iterdir()} == {"starts", "stops"}
    assert not (program.state / "app").exists()


def test_restarted_acts_every_time(program: Program):
    program.settle()
    for times in (2, 3):
        assert program.plan(state="restarted") == ["restart app: asked for"]
        assert not program.apply(state="restarted").failed
        assert program.count("starts") == times


def test_modes_that_were_changed_are_mended(program: Program):
    program.settle()
    (program.dir / "stop.sh").chmod(0o700)
    assert program.settle() == ["set attributes of stop script DIR/stop.sh: mode 0700 -> 0755"]


def test_what_somebody_else_started_is_started_anew(program: Program):
    program.settle()
    (program.state / "app/stamp").unlink()
    assert program.settle() == ["restart app: not started by deploy"]


@everywhere
def test_a_start_that_fails_shows_its_last_lines(program: Program):
    outcome = program.apply(start_text="#!/bin/sh\necho port 80 is taken >&2\nexit 3\n")
    assert outcome.failed
    assert outcome.msg.splitlines() == [
        "start.sh of app ended with exit status 3",
        "last output:",
        "port 80 is taken",
    ]
    assert program.plan()[-1] == "start app: stopped"


def test_a_start_that_is_not_confirmed_fails(program: Program):
    outcome = program.apply(start_text="#!/bin/sh\necho nothing done\n", start_timeout=1)
    assert outcome.failed
    assert 'status.sh of app says "stopped" 1 seconds after start.sh' in outcome.msg


@everywhere
def test_a_start_that_does_not_return_is_ended(program: Program):
    outcome = program.apply(start_text="#!/bin/sh\nexec sleep 400\n", start_timeout=1)
    assert outcome.failed
    assert "start.sh of app did not return within 1 seconds" in outcome.msg


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("sleep 300", "app: status.sh does not answer within 1 seconds"),
        ("true", "app still runs 1 seconds after stop.sh, by status.sh"),
    ],
)
def test_a_status_that_is_no_answer_is_blamed(program: Program, status: str, said: str):
    args = {"status_text": f"#!/bin/sh\n{status}\n", "status_timeout": 1, "stop_timeout": 1}
    assert said in program.apply(**args).msg


def test_a_status_that_hangs_or_cannot_run(program: Program):
    program.settle()
    args = {"status_text": "#!/bin/sh\nsleep 300\n", "status_timeout": 1}
    (program.dir / "status.sh").write_text("#!/bin/sh\nsleep 300\n")
    assert program.plan(**args)[-1] == "start app: hangs"
    (program.dir / "status.sh").write_text("#!/no/such/shell\n")
    assert program.plan(state="started")[-1] == "start app: status.sh cannot run"
    program.settle()


def test_a_diff_shows_old_and_new_but_no_secret(program: Program):
    program.settle()
    wanted = {**program.given, "start_text": "#!/bin/sh\n# new\n", "stop_text": Secret(STOP + "#")}
    args = arguments(module(), **wanted)
    args = dataclasses.replace(args, diff_mode=True)
    first, second, _ = program.host.plan(module(), args)
    assert first.diff is not None
    assert (first.diff.before, first.diff.after) == (START, "#!/bin/sh\n# new\n")
    assert second.diff is None
    assert second.script.sensitive


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": "../app"}, "cannot be the name"),
        ({"name": "-a"}, "cannot be the name"),
        ({"name": "app", "start_text": "x", "stop_text": "x"}, "the status script is missing"),
        ({"name": "app", "dir": "opt", "state": "absent"}, "must be absolute"),
        ({"name": "app", "state": "absent", "files": ["a\nb"]}, "line break"),
        (
            {"name": "app", "start_text": "x", "start": Rendered("x", "y")},
            "`start` and `start_text` exclude each other",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, object], words: str):
    with pytest.raises(Refused, match=words):
        module().probe(arguments(module(), **given))
