"""`service` on lab hosts: init scripts of Debian, and a host that has no manager."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deployer.model.script import sh
from deployer.sdk import Refused
from tests.lab.labs import Lab
from tests.support.labhost import LabHost, converge, plan, settle

pytestmark = pytest.mark.lab

ASK = sh('"$@"')
# A daemon that keeps whatever standard output it is given, and takes its time to stop.
INSTALL = sh("""
cat >/etc/init.d/t-daemon
chmod 0755 /etc/init.d/t-daemon
""")
REMOVE = sh("""
/etc/init.d/t-daemon stop >/dev/null 2>&1
update-rc.d -f t-daemon remove
rm -f /etc/init.d/t-daemon /run/t-daemon.pid /run/t-daemon.log
""")
SCRIPT = b"""#!/bin/sh
### BEGIN INIT INFO
# Provides:          t-daemon
# Required-Start:    $remote_fs
# Required-Stop:     $remote_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: a test
### END INIT INFO
alive() { [ -e /run/t-daemon.pid ] && kill -0 "$(cat /run/t-daemon.pid)" 2>/dev/null; }
case $1 in
start) echo start $2 >>/run/t-daemon.log; sleep 500 & echo $! >/run/t-daemon.pid ;;
stop)
    alive && kill "$(cat /run/t-daemon.pid)"
    rm -f /run/t-daemon.pid
    echo stop >>/run/t-daemon.log
    ;;
restart) $0 stop; $0 start ;;
reload) echo reload >>/run/t-daemon.log ;;
status) alive || exit 3 ;;
esac
"""


@pytest.fixture
def host(lab: Lab) -> Iterator[LabHost]:
    found = LabHost(lab.name, "node1")
    found.run(REMOVE())
    assert found.run(INSTALL(stdin=SCRIPT)).ok
    yield found
    found.run(REMOVE())


def ask(host: LabHost, *words: str) -> str:
    return host.run(ASK(*words)).out.strip()


def test_a_service_is_started_enabled_disabled_and_stopped(host: LabHost):
    given = {"name": "t-daemon", "state": "started", "enabled": True}
    assert settle(host, "service", given) == [
        "enable service t-daemon: disabled",
        "start service t-daemon: stopped",
    ]
    assert "S01t-daemon" in ask(host, "ls", "/etc/rc3.d")
    off = {"name": "t-daemon", "state": "stopped", "enabled": False}
    assert settle(host, "service", off) == [
        "disable service t-daemon: enabled",
        "stop service t-daemon: running",
    ]
    assert settle(host, "service", given)[1] == "start service t-daemon: stopped"


def test_a_restart_waits_between_and_passes_arguments(host: LabHost):
    settle(host, "service", {"name": "t-daemon", "state": "started"})
    given = {"name": "t-daemon", "state": "restarted", "sleep": 1, "arguments": "fast"}
    done = converge(host, "service", given)
    assert done.plan == ["restart service t-daemon: asked for"]
    assert done.outcome.values == {"name": "t-daemon", "state": "started"}
    assert ask(host, "cat", "/run/t-daemon.log").splitlines() == ["start", "stop", "start fast"]


def test_a_reload_of_a_running_service(host: LabHost):
    settle(host, "service", {"name": "t-daemon", "state": "started"})
    converge(host, "service", {"name": "t-daemon", "state": "reloaded"})
    assert ask(host, "tail", "-n1", "/run/t-daemon.log") == "reload"


def test_a_real_one(lab: Lab):
    host = LabHost(lab.name, "node1")
    settle(host, "service", {"name": "nginx", "state": "started"})
    settle(host, "service", {"name": "nginx", "state": "stopped"})
    assert plan(host, "service", {"name": "cron", "state": "started", "enabled": True}) == ()


def test_a_service_found_among_the_processes(host: LabHost):
    given = {"name": "t-daemon", "state": "started", "pattern": "sleep 500"}
    assert settle(host, "service", given) == ["start service t-daemon: stopped"]


def test_what_is_not_installed_fails_when_it_is_started(lab: Lab):
    host = LabHost(lab.name, "node1")
    done = converge(host, "service", {"name": "t-nothing", "state": "started"})
    assert done.outcome.failed
    assert "there is no service t-nothing" in done.outcome.msg


def test_a_host_without_a_manager_says_so(lab: Lab):
    with pytest.raises(Refused, match="no service manager"):
        plan(LabHost(lab.name, "busy"), "service", {"name": "cron", "state": "started"})
    with pytest.raises(Refused, match="not run by systemd"):
        plan(LabHost(lab.name, "node1"), "systemd", {"name": "cron", "state": "started"})


# A unit that fails while a file is there, and can be told to read its settings again.
UNIT = b"""[Unit]
Description=A test
[Service]
ExecStartPre=/bin/sh -c 'echo the port is taken; test ! -e /run/t-broken'
ExecStart=/bin/sleep 1000
ExecReload=/bin/touch /run/t-reloaded
[Install]
WantedBy=multi-user.target
"""
INSTALL_UNIT = sh("""
cat >/etc/systemd/system/t-unit.service
rm -f /run/t-broken /run/t-reloaded
""")
REMOVE_UNIT = sh("""
rm -f /run/t-broken
systemctl unmask t-unit
systemctl disable --now t-unit
rm -f /etc/systemd/system/t-unit.service
systemctl daemon-reload
systemctl reset-failed t-unit
:
""")


@pytest.fixture
def unit(lab: Lab) -> Iterator[LabHost]:
    """A host whose init is systemd, with a unit that it has not read yet."""
    found = LabHost(lab.name, "sysd")
    found.run(REMOVE_UNIT())
    assert found.run(INSTALL_UNIT(stdin=UNIT)).ok
    yield found
    found.run(REMOVE_UNIT())


@pytest.mark.parametrize("module", ["systemd", "service"])
def test_a_unit_of_real_systemd(unit: LabHost, module: str):
    given = {"name": "t-unit", "state": "started", "enabled": True}
    assert settle(unit, module, given) == [
        "enable service t-unit: disabled",
        "start service t-unit: stopped",
    ]
    status = converge(unit, module, given).outcome.values["status"]
    assert (status["ActiveState"], status["SubState"], status["UnitFileState"]) == (
        "active", "running", "enabled",
    )  # fmt: skip
    reloaded = converge(unit, module, {"name": "t-unit", "state": "reloaded"})
    assert reloaded.plan == ["reload service t-unit: asked for"]
    assert unit.run(ASK("test", "-e", "/run/t-reloaded")).ok
    off = {"name": "t-unit", "state": "stopped", "enabled": False}
    assert settle(unit, module, off) == [
        "disable service t-unit: enabled",
        "stop service t-unit: running",
    ]


def test_a_changed_unit_is_read_again(unit: LabHost):
    settle(unit, "systemd", {"name": "t-unit", "state": "started"})
    changed = UNIT.replace(b"A test", b"Another test")
    assert unit.run(INSTALL_UNIT(stdin=changed)).ok
    done = converge(unit, "systemd", {"name": "t-unit", "daemon_reload": True, "state": "started"})
    assert done.plan == ["reload systemd: asked for"]
    assert done.outcome.values["status"]["Description"] == "Another test"


def test_masking(unit: LabHost):
    # A unit of /etc cannot be masked, so this is one of the distribution's.
    assert settle(unit, "systemd", {"name": "nginx", "masked": True}) == [
        "mask service nginx: not masked"
    ]
    assert converge(unit, "systemd", {"name": "nginx", "state": "started"}).outcome.failed
    assert settle(unit, "systemd", {"name": "nginx", "masked": False}) == [
        "unmask service nginx: masked"
    ]


def test_a_unit_that_fails_says_why(unit: LabHost):
    assert unit.run(ASK("touch", "/run/t-broken")).ok
    outcome = converge(unit, "systemd", {"name": "t-unit", "state": "started"}).outcome
    assert outcome.failed
    assert "the port is taken" in outcome.values["stderr"]
    assert plan(unit, "systemd", {"name": "t-unit", "state": "stopped"}) == ()


def test_a_unit_without_a_file(unit: LabHost):
    outcome = converge(unit, "service", {"name": "t-nothing", "state": "started"}).outcome
    assert outcome.failed
    assert "not found" in outcome.msg


def test_what_cannot_be_enabled_is_left(unit: LabHost):
    for enabled in (True, False):
        assert plan(unit, "systemd", {"name": "systemd-journald", "enabled": enabled}) == ()


def test_a_unit_of_a_user(unit: LabHost):
    given = {"name": "default.target", "scope": "user", "state": "started"}
    assert plan(unit, "systemd", given) == ()
