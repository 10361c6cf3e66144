"""`systemd` against a stand-in for `systemctl`: systemd itself cannot run on test machines.

The stand-in keeps each property of a unit in a file and answers `show` in systemd's format.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from deployer.modules import load
from deployer.sdk import Refused, Resource
from deployer.sdk.services import Wanted, look, read, steps
from tests.support.shell import SHELLS, Host, Shell, arguments, shell_id

SYSTEMCTL = """#!/bin/sh
set -u
echo "$*" >>"$UNITS/log"
while [ "${1#--}" != "$1" ]; do shift; done
verb=$1
for unit do :; done
put() { echo "$2" >"$UNITS/$unit.$1"; }
case $verb in
show)
    for key in LoadState ActiveState UnitFileState; do
        printf '%s=' "$key"
        cat "$UNITS/$unit.$key" 2>/dev/null || echo ''
    done ;;
daemon-reload) ;;
status) echo "journal: port is taken" ;;
*)
    [ -e "$UNITS/$unit.LoadState" ] || { echo "Unit $unit.service not found." >&2; exit 5; }
    if [ -e "$UNITS/$unit.broken" ]; then echo "Job for $unit failed." >&2; exit 1; fi
    case $verb in
    start | restart | reload) put ActiveState active ;;
    stop) put ActiveState inactive ;;
    enable) put UnitFileState enabled ;;
    disable) put UnitFileState disabled ;;
    mask) put UnitFileState masked; put LoadState masked ;;
    unmask) put UnitFileState disabled; put LoadState loaded ;;
    esac ;;
esac
"""


class Units:
    """The units of the stand-in, and a host that has it."""

    def __init__(self, folder: Path, shell: Shell) -> None:
        self.folder = folder
        (folder / "systemctl").write_text(SYSTEMCTL)
        (folder / "systemctl").chmod(0o755)
        path = f"{folder}:/usr/bin:/bin"
        self.host = Host(shell, {"PATH": path, "UNITS": str(folder)})

    def add(self, name: str, active: str = "inactive", unit_file: str = "disabled") -> None:
        for key, value in (
            ("LoadState", "loaded"), ("ActiveState", active), ("UnitFileState", unit_file)
        ):  # fmt: skip
            (self.folder / f"{name}.{key}").write_text(value + "\n")

    @property
    def log(self) -> list[str]:
        lines = (self.folder / "log").read_text().splitlines()
        return [line for line in lines if " -p " not in line]

    def converge(self, **given: object) -> list[str]:
        """Apply and look again (law 1); restarts and reloads are never through."""
        wanted = Wanted(use="systemd", **given)  # type: ignore[arg-type]
        changes = steps(wanted, read(self.host.run(look(wanted))))
        for change in changes:
            reply = self.host.run(change.script)
            assert reply.ok, reply.err
        if wanted.state in (None, "started", "stopped") and not wanted.daemon_reload:
            assert steps(wanted, read(self.host.run(look(wanted)))) == []
        return [str(change) for change in changes]


@pytest.fixture(params=SHELLS, ids=shell_id)
def units(request: pytest.FixtureRequest, tmp_path: Path) -> Units:
    return Units(tmp_path, request.param)


def test_a_unit_is_started_and_enabled_once(units: Units):
    units.add("app")
    assert units.converge(name="app", state="started", enabled=True) == [
        "enable service app: disabled",
        "start service app: stopped",
    ]
    assert units.log == ["enable -- app", "start -- app"]


def test_the_order_is_reload_mask_enable_state(units: Units):
    units.add("app", active="active", unit_file="enabled")
    units.converge(
        name="app", state="stopped", enabled=False, masked=True, daemon_reload=True, force=True,
        no_block=True, scope="--global",
    )  # fmt: skip
    assert units.log == [
        "--global daemon-reload",
        "--global mask --force -- app",
        "--global disable --force -- app",
        "--global stop --no-block -- app",
    ]


def test_masking_goes_both_ways(units: Units):
    units.add("app")
    assert units.converge(name="app", masked=True) == ["mask service app: not masked"]
    assert units.converge(name="app", masked=False) == ["unmask service app: masked"]


def test_a_restart_of_a_stopped_unit_starts_it(units: Units):
    units.add("app")
    assert units.converge(name="app", state="restarted") == ["start service app: stopped"]
    assert units.converge(name="app", state="restarted") == ["restart service app: asked for"]
    assert units.converge(name="app", state="reloaded") == ["reload service app: asked for"]


def test_a_reload_of_the_manager_is_no_change(units: Units):
    wanted = Wanted(use="systemd", daemon_reload=True)
    (change,) = steps(wanted, read(units.host.run(look(wanted))))
    assert not change.counts


def test_a_unit_that_does_not_start_shows_its_journal(units: Units):
    units.add("app")
    (units.folder / "app.broken").touch()
    wanted = Wanted(use="systemd", name="app", state="started")
    (change,) = steps(wanted, read(units.host.run(look(wanted))))
    reply = units.host.run(change.script)
    assert reply.code == 1
    assert "Job for app failed." in reply.err
    assert "journal: port is taken" in reply.err


def test_a_unit_that_is_missing_fails_at_its_turn(units: Units):
    wanted = Wanted(use="systemd", name="app", state="started")
    (change,) = steps(wanted, read(units.host.run(look(wanted))))
    assert str(change) == "start service app: not found"
    assert units.host.run(change.script).code == 5


@pytest.mark.parametrize("name", ["-a", "../cron", "a\nb"])
def test_names_that_are_none(name: str):
    module = load("service")
    assert isinstance(module, Resource)
    with pytest.raises(Refused, match="cannot be the name"):
        module.probe(arguments(module, name=name))


def test_an_unknown_manager_is_refused():
    module = load("service")
    assert isinstance(module, Resource)
    with pytest.raises(Refused, match="`use: runit` is not supported yet"):
        module.probe(arguments(module, name="a", use="runit"))
