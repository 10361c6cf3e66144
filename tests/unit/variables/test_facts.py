"""Facts come from hosts: they never say how a host is reached (security check 3)."""

from __future__ import annotations

import pytest

from deployer.variables.facts import FactTable, is_connection_name, split_facts


def words(text: str) -> list[str]:
    return text.split()


CONNECTION = words("""
ansible_host ansible_port ansible_user ansible_password ansible_connection ansible_timeout
ansible_ssh_host ansible_ssh_user ansible_ssh_pass ansible_ssh_common_args ansible_ssh_extra_args
ansible_ssh_private_key_file ansible_private_key_file ansible_ssh_executable ansible_ssh_pipelining
ansible_become ansible_become_user ansible_become_method ansible_become_password ansible_become_exe
ansible_become_flags ansible_sudo_pass ansible_su_exe ansible_shell_executable ansible_shell_type
ansible_python_interpreter ansible_ruby_interpreter discovered_interpreter_python
ansible_remote_tmp ansible_host_key_checking ansible_network_os ansible_psrp_host
ansible_loop ansible_loop_var ansible_executable ansible_async_dir ansible_pipelining
""")
FACTS = words("""
ansible_hostname ansible_user_id ansible_user_dir ansible_user_shell ansible_ssh_host_key_rsa_public
ansible_ssh_host_key_ed25519_public_keytype ansible_processor ansible_mounts ansible_eth0
ansible_local ansible_system ansible_docker0 ansible_docker_gwbridge
ansible_interfaces ansible_hostnqn services packages
""")


@pytest.mark.parametrize("name", CONNECTION)
def test_check_03_names_of_connections_are_dropped_from_facts(name: str) -> None:
    assert is_connection_name(name)
    assert split_facts({name: "evil"}) == ({}, {})
    assert split_facts({name.removeprefix("ansible_"): "evil"}) == ({}, {})


@pytest.mark.parametrize("name", FACTS)
def test_other_facts_stay(name: str) -> None:
    assert not is_connection_name(name)
    members, variables = split_facts({name: 1})
    assert members[name.removeprefix("ansible_")] == 1
    assert variables == {name: 1}


def test_local_facts_stand_under_both_names() -> None:
    members, _ = split_facts({"ansible_local": {"a": 1}})
    assert members == {"local": {"a": 1}, "ansible_local": {"a": 1}}


def test_new_facts_are_laid_over_those_known() -> None:
    table = FactTable()
    table.add({"ansible_a": 1, "ansible_b": 1})
    table.add({"ansible_a": 2})
    assert table.members == {"a": 2, "b": 1}
    table.clear()
    assert not table.variables
