"""Check 33: vaults of Ansible's formats 1.1 and 1.2 are read; what is damaged or closed is refused.

The files in `vaults/` were encrypted by ansible-vault. Writing and editing vaults is not there yet.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from deployer.cli.exits import Exit
from tests.support.cli import LOCAL, Command

VAULTS = Path(__file__).parent / "vaults"
PLAY = """
- hosts: all
  gather_facts: false
  vars_files: [{file}]
  tasks:
    - assert: {{that: "{name} == '{value}'"}}
    - debug: {{msg: "it is {{{{ {name} }}}}"}}
"""
KEPT = {
    "format-1.1.yml": ("secret_of_file", "planted-in-a-vault-file"),
    "format-1.2.yml": ("secret_of_12", "planted-in-a-labelled-vault"),
    "inline.yml": ("inline", "planted-inline"),
}
WORDS = ["--vault-password-file", "one.txt", "--vault-id", "prod@two.txt"]


@pytest.fixture
def vaults(deploy: Command) -> Command:
    deploy.write("one.txt", "open-sesame\n")
    deploy.write("two.txt", "other-word\n")
    deploy.write("wrong.txt", "close-sesame\n")
    return deploy


def run(deploy: Command, file: str, text: str, *words: str):
    name, value = KEPT[file]
    deploy.write(file, text)
    deploy.write("play.yml", PLAY.format(file=file, name=name, value=value))
    ran = deploy("run", "play.yml", *LOCAL, "-vvv", *words)
    assert value not in ran.both.replace(f"== '{value}'", "")
    return ran


@pytest.mark.parametrize("file", KEPT)
def test_check_33_vaults_of_ansible_are_read_and_stay_secret(vaults: Command, file: str):
    ran = run(vaults, file, (VAULTS / file).read_text(), *WORDS)
    assert ran.code == 0, ran.both
    assert "failed=0" in ran.out


@pytest.mark.parametrize("file", KEPT)
@pytest.mark.parametrize("words", [[], ["--vault-password-file", "wrong.txt"]])
def test_check_33_a_closed_vault_is_an_error_with_its_place(vaults: Command, file: str, words):
    ran = run(vaults, file, (VAULTS / file).read_text(), *words)
    assert ran.code in (Exit.BAD_INPUT, Exit.TASK_FAILED), ran.both
    assert f"{file}:1:" in ran.both
    assert "sesame" not in ran.both


@pytest.mark.parametrize("file", KEPT)
def test_check_33_a_changed_vault_is_refused_before_anything_is_read(vaults: Command, file: str):
    lines = (VAULTS / file).read_text().splitlines()
    last = lines[-2]
    digit = last.strip()[5]
    at = last.index(last.strip()) + 5
    lines[-2] = last[:at] + ("4" if digit != "4" else "5") + last[at + 1 :]
    ran = run(vaults, file, "\n".join(lines) + "\n", *WORDS)
    assert ran.code in (Exit.BAD_INPUT, Exit.TASK_FAILED), ran.both
    assert f"{file}:1:" in ran.both


@pytest.mark.parametrize("head", ["$ANSIBLE_VAULT;1.0;AES", "$ANSIBLE_VAULT;9.9;AES256"])
def test_check_33_other_formats_are_named(vaults: Command, head: str):
    body = (VAULTS / "format-1.1.yml").read_text().split("\n", 1)[1]
    ran = run(vaults, "format-1.1.yml", f"{head}\n{body}", *WORDS)
    assert ran.code == Exit.BAD_INPUT, ran.both
    assert "vault" in ran.both


def test_check_33_a_password_comes_from_a_program_too(vaults: Command):
    script = vaults.write("ask.sh", "#!/bin/sh\necho open-sesame\n")
    script.chmod(0o700)
    text = (VAULTS / "inline.yml").read_text()
    ran = run(vaults, "inline.yml", text, "--vault-password-file", "./ask.sh")
    assert ran.code == 0, ran.both


@pytest.mark.parametrize("folder", ["vars", "defaults"])
def test_check_33_an_encrypted_file_of_a_role_stays_secret(vaults: Command, folder: str):
    name, value = KEPT["format-1.1.yml"]
    vaults.write(f"roles/app/{folder}/main.yml", (VAULTS / "format-1.1.yml").read_text())
    tasks = (
        f"- assert: {{that: \"{name} == '{value}'\"}}\n- debug: {{msg: 'it is {{{{ {name} }}}}'}}\n"
    )
    vaults.write("roles/app/tasks/main.yml", tasks)
    vaults.write("play.yml", "- hosts: all\n  gather_facts: false\n  roles: [app]\n")
    ran = vaults("run", "play.yml", *LOCAL, "-vvv", *WORDS)
    assert ran.code == 0, ran.both
    assert value not in ran.both.replace(f"== '{value}'", "")
    assert "********" in ran.both
