"""`group` and `user` on lab hosts: Debian's shadow tools, and busybox without any."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deployer.model.script import sh
from deployer.model.secret import mask
from tests.lab.labs import Lab
from tests.support.labhost import LabHost, converge, plan, settle

pytestmark = pytest.mark.lab

HASH = (
    "$6$salt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/"
)
TIDY = sh("""
rm -rf /home/t-user /home/t-moved
for name in t-user t-other; do sed -i "/^$name:/d" /etc/passwd /etc/shadow; done
for name in t-user t-other t-group t-extra; do sed -i "/^$name:/d" /etc/group; done
if [ -e /etc/gshadow ]; then sed -i '/^t-/d' /etc/gshadow; fi
""")
ASK = sh('"$@"')


@pytest.fixture(params=["node1", "busy"])
def host(lab: Lab, request: pytest.FixtureRequest) -> Iterator[LabHost]:
    runner = LabHost(lab.name, request.param)
    assert runner.run(TIDY()).ok
    yield runner
    assert runner.run(TIDY()).ok


def ask(host: LabHost, *words: str) -> str:
    reply = host.run(ASK(*words))
    assert reply.ok, reply.err
    return reply.out.strip()


def test_a_group_is_made_changed_and_removed(host: LabHost):
    assert settle(host, "group", {"name": "t-group", "gid": 2345}) == [
        "create group t-group: absent"
    ]
    done = converge(host, "group", {"name": "t-group", "gid": 2346})
    assert done.plan == ["change group t-group: gid is 2345, wanted 2346"]
    assert done.outcome.values["gid"] == 2346
    assert "t-group:x:2346:" in ask(host, "cat", "/etc/group")
    assert settle(host, "group", {"name": "t-group", "state": "absent"}) == [
        "remove group t-group: present"
    ]


def test_a_system_group_gets_a_low_number(host: LabHost):
    done = converge(host, "group", {"name": "t-group", "system": True})
    assert 100 <= done.outcome.values["gid"] <= 999


def test_a_number_that_is_taken_is_an_error(host: LabHost):
    settle(host, "group", {"name": "t-group", "gid": 2345})
    done = converge(host, "group", {"name": "t-extra", "gid": 2345})
    assert done.outcome.failed
    assert "2345" in done.outcome.msg
    settle(host, "group", {"name": "t-extra", "gid": 2345, "non_unique": True})


def test_a_user_with_everything(host: LabHost):
    for name in ("t-group", "t-extra"):
        settle(host, "group", {"name": name})
    given: dict[str, object] = {
        "name": "t-user", "uid": 3456, "group": "t-group", "groups": ["t-extra"],
        "shell": "/bin/sh", "comment": "A B, C", "password": HASH, "expires": 1893456000,
    }  # fmt: skip
    done = converge(host, "user", given)
    assert done.plan == ["create user t-user: absent"]
    assert done.outcome.values["uid"] == 3456
    assert done.outcome.values["home"] == "/home/t-user"
    assert done.outcome.values["password"] == "NOT_LOGGING_PASSWORD"
    assert plan(host, "user", given) == ()
    assert ask(host, "id", "t-user").endswith("t-extra)")
    shadow = ask(host, "grep", "^t-user:", "/etc/shadow").split(":")
    assert shadow[1] == HASH
    assert shadow[7] == "21915"
    assert ask(host, "stat", "-c", "%U:%G", "/home/t-user") == "t-user:t-group"


def test_a_user_is_changed(host: LabHost):
    for name in ("t-group", "t-extra"):
        settle(host, "group", {"name": name})
    settle(host, "user", {"name": "t-user", "groups": "t-extra"})
    assert settle(host, "user", {"name": "t-user", "groups": ["t-group"], "append": True}) == [
        "change user t-user: not in t-group"
    ]
    assert settle(host, "user", {"name": "t-user", "groups": "t-group"}) == [
        "change user t-user: also in t-extra"
    ]
    assert settle(host, "user", {"name": "t-user", "groups": []}) == [
        "change user t-user: also in t-group"
    ]
    moved = {"name": "t-user", "home": "/home/t-moved", "move_home": True, "shell": "/bin/false"}
    settle(host, "user", moved)
    assert "/home/t-moved:/bin/false" in ask(host, "cat", "/etc/passwd")
    assert ask(host, "ls", "/home/t-moved") == ""
    settle(host, "user", {"name": "t-user", "uid": 3457, "comment": "new"})
    assert ask(host, "stat", "-c", "%u", "/home/t-moved") == "3457"


def test_passwords_are_set_locked_and_unlocked(host: LabHost):
    settle(host, "user", {"name": "t-user"})
    lines = settle(host, "user", {"name": "t-user", "password": HASH})
    assert lines == ["set password of user t-user: differs"]
    assert settle(host, "user", {"name": "t-user", "password_lock": True})
    assert ask(host, "grep", "^t-user:", "/etc/shadow").split(":")[1] == "!" + HASH
    settle(host, "user", {"name": "t-user", "password": HASH})
    assert settle(host, "user", {"name": "t-user", "password_lock": False})
    other = {"name": "t-user", "password": "!", "update_password": "on_create"}
    assert plan(host, "user", other) == ()
    settle(host, "user", {"name": "t-user", "expires": -1, "password_expire_max": 90})


def test_a_password_does_not_mask_the_name_of_its_user(host: LabHost):
    plan(host, "user", {"name": "t-user", "password": HASH})
    assert mask("change user t-user: shell") == "change user t-user: shell"


def test_a_user_goes_with_its_home(host: LabHost):
    settle(host, "user", {"name": "t-user"})
    settle(host, "user", {"name": "t-user", "state": "absent", "remove": True})
    assert "t-user" not in ask(host, "cat", "/etc/passwd", "/etc/group", "/etc/shadow")
    assert "t-user" not in ask(host, "ls", "/home")


def test_a_missing_home_is_made(host: LabHost):
    settle(host, "user", {"name": "t-user", "create_home": False})
    assert "t-user" not in ask(host, "ls", "/home")
    assert settle(host, "user", {"name": "t-user"}) == ["create home /home/t-user: absent"]
    assert ask(host, "stat", "-c", "%U", "/home/t-user") == "t-user"


def test_a_user_whose_name_a_group_has(host: LabHost):
    settle(host, "group", {"name": "t-user"})
    settle(host, "user", {"name": "t-user"})
    assert "gid=100(users)" in ask(host, "id", "t-user")


def test_a_group_that_does_not_exist_fails_the_change(host: LabHost):
    given = {"name": "t-user", "groups": "t-nowhere"}
    assert [str(change) for change in plan(host, "user", given)] == ["create user t-user: absent"]
    done = converge(host, "user", given)
    assert done.outcome.failed
    assert "t-nowhere" in done.outcome.msg


def test_an_ssh_key_is_made_once(lab: Lab):
    host = LabHost(lab.name, "node1")
    assert host.run(TIDY()).ok
    given = {"name": "t-user", "generate_ssh_key": True, "ssh_key_type": "ed25519"}
    done = converge(host, "user", given)
    assert not done.outcome.failed, done.outcome.msg
    assert done.outcome.values["ssh_public_key"].startswith("ssh-ed25519 ")
    assert done.outcome.values["ssh_key_file"] == "/home/t-user/.ssh/id_ed25519"
    assert "SHA256:" in done.outcome.values["ssh_fingerprint"]
    assert plan(host, "user", given) == ()
    assert ask(host, "stat", "-c", "%U %a", "/home/t-user/.ssh/id_ed25519") == "t-user 600"
    assert host.run(TIDY()).ok


def test_a_locked_table_is_told_and_left_alone(lab: Lab):
    host = LabHost(lab.name, "busy")
    assert host.run(ASK("touch", "/etc/group+")).ok
    try:
        done = converge(host, "group", {"name": "t-group"})
    finally:
        host.run(ASK("rm", "/etc/group+"))
    assert done.outcome.failed
    assert "is locked" in done.outcome.msg


def test_no_password_stands_in_an_argv(host: LabHost):
    """The hash is on standard input only (security check 8): no argv of ours ever holds it."""
    settle(host, "user", {"name": "t-user"})
    from deployer.modules import user as module

    args = module.Args(name="t-user", password=HASH)
    account = module.parse(args, host.run(module.probe(args)))
    scripts = [module.probe(args), *(change.script for change in module.diff(args, account))]
    words = [word for script in scripts for call in script.calls for word in call.args]
    assert not [word for word in words if HASH in word]
    assert all(script.sensitive for script in scripts)
