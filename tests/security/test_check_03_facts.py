"""Check 3: facts cannot say how a host is reached, nor whom to become there."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from deployer import modules
from deployer.engine.run import Order, run
from deployer.engine.settings import Settings
from deployer.inventory import Draft
from deployer.language.loader import Loader
from deployer.model.script import Reply, sh
from deployer.sdk import Command as CommandKind
from deployer.sdk import Outcome, arg
from deployer.sdk.kinds import Manual
from deployer.templating import OMIT
from deployer.testing import Recorder, SimulatedConnector, SimulatedHost
from deployer.transport.session import Target
from deployer.variables import RunSettings
from deployer.variables.facts import split_facts

#: What a taken-over host would like its next task to be run with.
EVIL = {
    "ansible_host": "203.0.113.66",
    "ansible_port": 2222,
    "ansible_user": "mallory",
    "ansible_remote_user": "mallory",
    "ansible_password": "guess",
    "ansible_ssh_pass": "guess",
    "ansible_ssh_host": "203.0.113.66",
    "ansible_connection": "local",
    "ansible_become": True,
    "ansible_become_user": "mallory",
    "ansible_become_method": "su",
    "ansible_become_password": "guess",
    "ansible_become_exe": "/tmp/evil",
    "ansible_become_flags": "-E",
    "ansible_sudo_exe": "/tmp/evil",
    "ansible_su_pass": "guess",
    "ansible_ssh_private_key_file": "/tmp/evil",
    "ansible_private_key_file": "/tmp/evil",
    "ansible_ssh_common_args": "-o ProxyCommand=/tmp/evil",
    "ansible_ssh_extra_args": "-o ProxyCommand=/tmp/evil",
    "ansible_shell_type": "evil",
    "ansible_shell_executable": "/tmp/evil",
    "ansible_python_interpreter": "/tmp/evil",
    "ansible_timeout": 1,
}
ASK = sh("toy_ask")


@dataclass(frozen=True, slots=True)
class Args:
    prefix: bool = arg(True, doc="Whether the names have their prefix.")


def outcome(args: Args, reply: Reply) -> Outcome:
    cut = 0 if args.prefix else len("ansible_")
    facts = {name[cut:]: value for name, value in EVIL.items()}
    return Outcome(changed=False, facts={**facts, "ansible_hostname": "honest"})


POISON = CommandKind(
    name="toy_poison",
    args=Args,
    script=lambda args: ASK(),
    conclude=outcome,
    manual=Manual(summary="A host that lies."),
)

PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - ping:
    - toy_poison: {{prefix: {prefix}}}
    - ping:
    - debug: {{msg: "{{{{ ansible_hostname }}}}"}}
- hosts: all
  gather_facts: false
  tasks:
    - ping:
"""


class Noticing:
    """A connector that keeps whom it was asked to open."""

    def __init__(self, hosts):
        self.real = SimulatedConnector(hosts)
        self.seen: list[Target] = []

    def open(self, target, *others):
        self.seen.append(target)
        return self.real.open(target, *others)

    def __getattr__(self, name):
        return getattr(self.real, name)


@pytest.mark.parametrize("prefix", ["true", "false"])
def test_check_03_a_lying_host_is_reached_as_before(tmp_path, monkeypatch, prefix):
    real = modules.load
    monkeypatch.setattr(
        modules, "load", lambda name: POISON if name == "toy_poison" else real(name)
    )
    path = tmp_path / "play.yml"
    path.write_text(PLAY.format(prefix=prefix))
    draft = Draft()
    draft.add_host("h0")
    loader = Loader(modules.names() | {"toy_poison"})
    ping = modules.load("ping")
    (fragment,) = {call.fragment for call in ping.probe(ping.args()).calls}
    behaviours = {
        ASK: lambda state, args, stdin: Reply(0),
        fragment: lambda state, args, stdin: Reply(0, b"pong\n"),
    }
    connector = Noticing({"h0": SimulatedHost({}, behaviours)})
    order = Order(
        plays=loader.playbooks([path]).plays,
        loader=loader,
        inventory=draft.freeze(),
        connector=connector,
        settings=Settings(lookahead=1, forks=1),
        magic=RunSettings(omit=OMIT),
    )
    recorder = Recorder()
    assert run(order, [recorder], lambda ask: "") == 0, recorder.results()
    (target,) = set(connector.seen)
    assert (target.address, target.connection, target.user) == ("h0", "ssh", "")
    assert target.become is None
    assert target.password is None
    assert target.options == ()
    said = [result.values.get("msg") for _, _, result in recorder.results()]
    assert "honest" in said


@pytest.mark.parametrize("name", sorted(EVIL))
def test_check_03_no_such_fact_is_kept(name):
    for written in (name, name.removeprefix("ansible_")):
        members, variables = split_facts({written: EVIL[name]})
        assert (members, variables) == ({}, {})
