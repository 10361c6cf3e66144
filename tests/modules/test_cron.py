"""`cron`: what Ansible wrote stays, everything else is written as it would."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deployer.model.script import Fragment
from deployer.modules import cron
from deployer.sdk import Refused, Script
from deployer.sdk.files.crontab import listed, rendered, with_job, with_variable, without_job
from tests.support.shell import Host, arguments

# A crontab that keeps its tables in files. A function, because busybox's shell prefers its own
# programs to those in the PATH.
FAKE = Fragment("""
crontab() {
    table=$TABLES/me
    if [ "$1" = -u ]; then
        table=$TABLES/$2
        shift 2
    fi
    case $1 in
    -l) cat "$table" ;;
    -) cat >"$table" ;;
    esac
}
""")


@pytest.fixture
def tables(tmp_path, host, monkeypatch):
    """A directory of crontabs on the host."""
    folder = tmp_path / "tables"
    folder.mkdir()
    host.env = {"TABLES": str(folder)}
    real = Host.run

    def run(self, script):
        calls = (
            replace(call, fragment=replace(call.fragment, uses=(FAKE, *call.fragment.uses)))
            for call in script.calls
        )
        return real(self, Script(tuple(calls)))

    monkeypatch.setattr(Host, "run", run)
    return folder


def make(**given):
    return arguments(cron.MODULE, **given)


def test_a_job_is_added_changed_and_removed(host, tables):
    (tables / "me").write_text("# mine\n1 * * * * other\n")
    args = {"name": "dump", "minute": "0", "hour": "3", "job": "pg_dump | gzip > a\\%b"}
    lines, outcome = host.converge(cron.MODULE, make(**args))
    assert lines == ["write job `dump` in crontab of the login: absent"]
    assert (tables / "me").read_text() == (
        "# mine\n1 * * * * other\n#Ansible: dump\n0 3 * * * pg_dump | gzip > a\\%b\n"
    )
    assert outcome.values == {"jobs": ["dump"], "envs": []}
    lines, _ = host.converge(cron.MODULE, make(**{**args, "hour": "4", "disabled": True}))
    assert lines == ["write job `dump` in crontab of the login: differs"]
    assert "#Ansible: dump\n#0 4 * * * pg_dump" in (tables / "me").read_text()
    lines, outcome = host.converge(cron.MODULE, make(name="dump", state="absent"))
    assert lines == ["remove job `dump` in crontab of the login: present"]
    assert (tables / "me").read_text() == "# mine\n1 * * * * other\n"
    assert outcome.values["jobs"] == []


def test_a_first_job_of_another_user(host, tables):
    args = make(name="boot", user="postgres", special_time="reboot", job="/bin/start", backup=True)
    _, outcome = host.converge(cron.MODULE, args)
    assert (tables / "postgres").read_text() == "#Ansible: boot\n@reboot /bin/start\n"
    Path(outcome.values["backup_file"]).unlink()


def test_variables(host, tables):
    host.converge(cron.MODULE, make(name="PATH", env=True, value="/opt/bin"))
    host.converge(cron.MODULE, make(name="HOME", env=True, job="/srv", insertafter="PATH"))
    host.converge(cron.MODULE, make(name="MAILTO", env=True, job="", insertbefore="PATH"))
    assert (tables / "me").read_text() == 'MAILTO=""\nPATH="/opt/bin"\nHOME="/srv"\n'
    host.converge(cron.MODULE, make(name="PATH", env=True, value="/bin"))
    host.converge(cron.MODULE, make(name="HOME", env=True, state="absent"))
    assert (tables / "me").read_text() == 'MAILTO=""\nPATH="/bin"\n'
    with pytest.raises(Refused, match="'NONE' not found"):
        host.plan(cron.MODULE, make(name="X", env=True, job="1", insertafter="NONE"))


def test_what_changed_meanwhile_is_not_lost(host, tables):
    planned = host.plan(cron.MODULE, make(name="dump", job="a"))
    (tables / "me").write_text("1 * * * * other\n")
    reply = host.run(planned[0].script)
    assert reply.code == 1
    assert "has changed" in reply.err
    assert (tables / "me").read_text() == "1 * * * * other\n"


def test_a_cron_file(host, tmp_path):
    path = tmp_path / "cron.d" / "app_dump"
    path.parent.mkdir()
    args = {"name": "dump", "cron_file": str(path), "user": "app", "job": "dump", "minute": "5"}
    lines, outcome = host.converge(cron.MODULE, make(**args))
    assert lines == [f"write job `dump` in {path}: absent"]
    assert path.read_text() == "#Ansible: dump\n5 * * * * app dump\n"
    assert outcome.values["cron_file"] == str(path)
    assert outcome.warnings == ()
    host.converge(cron.MODULE, make(name="dump", cron_file=str(path), state="absent"))
    assert not path.exists()
    host.converge(cron.MODULE, make(name="dump", cron_file=str(path), state="absent"))


def test_cron_may_ignore_a_name_with_a_dot():
    args = make(name="a", cron_file="app.dump", user="root", job="x")
    assert cron.path_of(args) == "/etc/cron.d/app.dump"
    assert "cron may ignore it" in cron.outcome(args, []).warnings[0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": "a"}, "job is needed"),
        ({"name": "a", "job": "b", "cron_file": "c"}, "needs user"),
        ({"name": "a", "job": "b", "cron_file": "/etc/crontab", "user": "root"}, "not managed"),
        ({"name": "a", "job": "b", "special_time": "daily", "hour": "3"}, "exclude each other"),
        ({"name": "a b", "job": "b", "env": True}, "no blanks"),
        ({"name": "a", "job": "b\n* * * * * rm"}, "line break"),
        ({"name": "a", "job": "b", "insertafter": "PATH"}, "need env"),
    ],
)
def test_contradictions_are_refused(given, words):
    with pytest.raises(Refused, match=words):
        cron.MODULE.diff(make(**given), cron.Seen(b""))


def test_without_crontab_it_is_refused():
    with pytest.raises(Refused, match="not installed"):
        cron.MODULE.diff(make(name="a", job="b"), cron.Seen(b"", available=False))


def test_the_head_of_a_listing_is_not_the_user_s():
    head = (
        "# DO NOT EDIT THIS FILE - edit the master and reinstall.\n"
        "# (/tmp/crontab.x installed on Mon)\n# (Cron version V5.0)\n"
    )
    assert listed(head + "# (mine, version 2)\na\n") == "# (mine, version 2)\na\n"


def test_a_job_without_a_name_gets_one():
    assert with_job(["* * * * * a"], "n", "* * * * * a") == ["#Ansible: n", "* * * * * a"]
    assert with_job(["#Ansible: ", "a"], "n", "a") == ["#Ansible: n", "a"]
    assert with_job(["a", "#Ansible: n"], "n", "b") == ["a", "#Ansible: n", "b"]
    assert without_job(["#Ansible: n", "a", "b"], "n") == ["b"]
    assert with_variable(["A=1"], "A", 'A="2"') == ['A="2"']
    assert rendered(["a", "", ""]) == "a\n"
