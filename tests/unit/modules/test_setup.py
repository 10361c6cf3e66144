"""`setup` on this machine; what the facts are is tested with their parser."""

from __future__ import annotations

import os

import pytest

from deployer.modules import load
from deployer.sdk import Outcome, Refused, Resource
from tests.support.shell import SHELLS, Host, Shell, arguments, shell_id


def gather(shell: Shell, **given: object) -> Outcome:
    module = load("setup")
    assert isinstance(module, Resource)
    lines, outcome = Host(shell).apply(module, arguments(module, **given))
    assert lines == []
    return outcome


@pytest.mark.parametrize("shell", SHELLS, ids=shell_id)
def test_facts_have_ansibles_names(shell: Shell):
    outcome = gather(shell, gather_subset="!all")
    assert outcome.changed is False
    assert outcome.facts["ansible_system"] == "Linux"
    assert outcome.facts["ansible_kernel"] == os.uname().release
    assert "ansible_memtotal_mb" not in outcome.facts


def test_a_filter_keeps_what_fits():
    outcome = gather(SHELLS[0], filter="ansible_kern*")
    names = {name for name in outcome.facts if name.startswith("ansible_")}
    assert names == {"ansible_kernel", "ansible_kernel_version"}


def test_a_subset_that_is_none_is_refused():
    with pytest.raises(Refused, match="did you mean `network`"):
        gather(SHELLS[0], gather_subset=["netwrk"])
