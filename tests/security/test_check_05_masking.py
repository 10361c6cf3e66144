"""Check 5: what is secret by its origin is masked by value, wherever and however it turns up."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote

import pytest

from deployer.cli.exits import Exit
from tests.support.cli import LOCAL, Command
from tests.support.vaulting import encrypt, tagged

PLANTED = 'pläin/"s3cret"+word?'
FORMS = {
    "as it is": PLANTED,
    "base64": base64.b64encode(PLANTED.encode()).decode().rstrip("="),
    "in a URL": quote(PLANTED, safe=""),
}

CASES = {
    "a command's output": "command: printf %s {{ planted | quote }}",
    "output that fails": "shell: printf '%s\\n' {{ planted | quote }} >&2; exit 1",
    "base64": "command: echo {{ planted | b64encode }}",
    "basic authentication": "command: echo {{ ('user:' ~ planted) | b64encode }}",
    "a URL": "command: echo https://user:{{ planted | urlencode }}@example.org/",
    "json": "copy: {dest: ./made.json, content: '{{ dict(password=planted) | to_json }}'}",
    "content": "copy: {dest: ./made, content: '{{ planted }}'}",
    "a line": "lineinfile: {path: ./lines, create: true, line: 'key={{ planted }}'}",
    "a path": "file: {path: './{{ planted | hash }}', state: directory}",
    "a message": "debug: {msg: '{{ planted }}'}",
    "within a message": "debug: {msg: 'it is {{ planted }}!'}",
    "a variable": "debug: {var: planted}",
    "all variables": "debug: {var: vars}",
    "a failure": "fail: {msg: 'not {{ planted }}'}",
    "a fact": "set_fact: {other: '{{ planted }}'}",
    "an assertion": "assert: {that: planted == 'x', fail_msg: 'it is {{ planted }}'}",
    "a choice that does not exist": "file: {path: /x, state: '{{ planted }}'}",
    "a number that is none": "wait_for: {port: '{{ planted }}'}",
    "a filter that fails": "debug: {msg: '{{ planted | from_json }}'}",
    "a missing key": "debug: {msg: '{{ {}[planted] }}'}",
    "a file that is not there": "copy: {src: '{{ planted | hash }}', dest: /x}",
    "a password argument": "user: {name: nobody-at-all-, password: '{{ planted }}', state: absent}",
}  # fmt: skip
EXTRAS = {
    "items": "command: echo\n      loop: ['{{ planted }}']",
    "items that fail": "command: ls\n      loop: ['/{{ planted }}']\n      args: {chdir: /nowhere}",
    "a label": "command: echo\n      loop: [1]\n      loop_control: {label: '{{ planted }}'}",
    "a name": "name: Use {{ planted }}\n      command: echo",
    "a condition": "command: echo\n      when: planted",
    "the environment": "command: env\n      environment: {PASSWORD: '{{ planted }}'}",
    "standard input": "command: cat\n      args: {stdin: '{{ planted }}'}",
    "a registered value": "command: echo {{ planted | quote }}\n      register: said\n"
    "    - debug: {var: said}",
}
WAYS = (
    ["run"], ["run", "-vvvv", "--diff"], ["run", "--output", "jsonl"], ["plan", "-vvvv"],
)  # fmt: skip


@pytest.fixture
def vaulted(deploy: Command) -> Command:
    """A playbook directory with a vaulted variable and the password of the vault."""
    deploy.write("password", "open sesame\n")
    deploy.write(
        "group_vars/all.yml", f"planted: {tagged(PLANTED, 'open sesame', '  ')}harmless: words\n"
    )
    return deploy


def play(vaulted: Command, task: str, *flags: str, command: str = "run"):  # type: ignore[no-untyped-def]
    vaulted.write("play.yml", f"- hosts: all\n  gather_facts: false\n  tasks:\n    - {task}\n")
    return vaulted(command, "play.yml", *LOCAL, "--vault-password-file", "password", *flags)


def leaked(text: str) -> list[str]:
    return [name for name, form in FORMS.items() if form in text]


@pytest.mark.parametrize("case", sorted(CASES | EXTRAS))
def test_check_05_a_vaulted_value_is_masked(vaulted: Command, case: str) -> None:
    task = (CASES | EXTRAS)[case]
    for command, *flags in WAYS:
        said = play(vaulted, task, *flags, command=command)
        assert leaked(said.both) == [], (command, flags)
        assert said.code in (Exit.DONE, Exit.TASK_FAILED), said.err
        assert "open sesame" not in said.both


def test_check_05_the_value_itself_is_right(vaulted: Command) -> None:
    """What is masked is only what is shown: the host gets the secret."""
    assert play(vaulted, CASES["content"]).code == Exit.DONE
    assert Path("made").read_text() == PLANTED


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_check_05_a_number_in_an_encrypted_file(deploy: Command, way: list[str]) -> None:
    """A PIN needs no quotes to be one; a port is none."""
    deploy.write("password", "open sesame\n")
    deploy.write("extra.yml", encrypt("pin: 94815162342\nport: 5432\n", "open sesame"))
    deploy.write(
        "play.yml",
        "- hosts: all\n  gather_facts: false\n  tasks:\n"
        "    - debug: {var: pin}\n    - debug: {msg: 'pin {{ pin }} port {{ port }}'}\n"
        "    - debug: {msg: {deep: ['{{ pin }}', '{{ port }}']}}\n"
        "    - command: echo {{ pin }}\n",
    )
    command, *flags = way
    words = [command, "play.yml", *LOCAL, "-e", "@extra.yml", "--vault-password-file", "password"]
    said = deploy(*words, *flags)
    assert said.code == Exit.DONE
    assert "94815162342" not in said.both
    if way == ["run"]:
        assert "port 5432" in said.out


def test_check_05_words_beside_a_secret_stay_readable(vaulted: Command) -> None:
    task = "command: printf 'pre-%s word-beside' {{ planted | quote }}"
    said = play(vaulted, f"{task}\n    - debug: {{msg: printf and word-beside}}", "-v")
    assert "msg: printf and word-beside" in said.out
    assert leaked(said.both) == []


def test_check_05_words_of_a_secret_are_hidden_each(deploy: Command) -> None:
    deploy.write("password", "open sesame\n")
    value = tagged("first-half second-half", "open sesame", "  ")
    deploy.write("group_vars/all.yml", f"planted: {value}")
    task = "command: echo {{ planted }}\n    - debug: {msg: 'second-half, then first-half'}"
    said = play(deploy, task, "-v")
    assert "second-half" not in said.both
    assert "first-half" not in said.both


def test_check_05_what_is_not_secret_is_shown(vaulted: Command) -> None:
    assert (
        "msg: some harmless words"
        in play(vaulted, "debug: {msg: 'some harmless {{ harmless }}'}").out
    )


def test_check_05_output_that_comes_in_pieces(vaulted: Command) -> None:
    """The secret is written in two parts; a line is masked as a whole."""
    task = (
        'shell: head=$(printf %s {{ planted | quote }} | cut -c1-6); printf %s "$head"; sleep 0.2;'
        " printf '%s\\n' {{ planted | quote }} | cut -c7-"
    )
    for command, *flags in WAYS:
        assert leaked(play(vaulted, task, *flags, command=command).both) == []


def test_check_05_the_longer_of_two_is_masked_whole(deploy: Command) -> None:
    deploy.write("password", "open sesame\n")
    long = "correct-horse-battery"
    values = (
        f"short: {tagged('correct', 'open sesame', '  ')}long: {tagged(long, 'open sesame', '  ')}"
    )
    deploy.write("group_vars/all.yml", values)
    said = play(deploy, "command: echo {{ short }} {{ long }}", "-v")
    assert "horse" not in said.both
    assert "correct" not in said.both


def test_check_05_passwords_of_modules_are_secret_by_type(deploy: Command) -> None:
    """No vault: the argument says that it is secret."""
    said = deploy.play(
        "- hosts: all\n  gather_facts: false\n  tasks:\n"
        "    - user: {name: 'no such user', password: hash-of-it-4711, state: present}\n"
        "    - debug: {msg: hash-of-it-4711}\n",
        "-vvv", "--check",
    )  # fmt: skip
    assert "msg: hash-of-it-4711" not in said.out


def test_check_05_passwords_from_files_are_masked(deploy: Command) -> None:
    deploy.write("secret", "from-a-file-4711\n")
    said = deploy.play(
        "- hosts: all\n  gather_facts: false\n  tasks:\n    - command: echo from-a-file-4711\n",
        "-v", "--become-password-file", "secret",
    )  # fmt: skip
    assert "from-a-file-4711" not in said.out
    assert "********" in said.out


def test_check_05_diagnostics_mask_the_source_line(deploy: Command) -> None:
    deploy.write("password", "open sesame\n")
    deploy.write("vars.yml", f"planted: {tagged('shown-in-a-line', 'open sesame', '  ')}")
    said = deploy.play(
        "- hosts: all\n  gather_facts: false\n  vars_files: [vars.yml]\n  tasks:\n"
        "    - debug: {msg: '{{ planted }}'}\n"
        "    - debug: {msg: \"{{ nobody }} shown-in-a-line\"}\n",
        "--vault-password-file", "password",
    )  # fmt: skip
    assert "`nobody` is undefined" in said.out
    assert "shown-in-a-line" not in said.both


def test_check_05_bugs_of_ours_tell_no_secret(
    vaulted: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> object:
        from deployer.model.secret import _known

        raise ZeroDivisionError(" ".join(_known))

    monkeypatch.setattr("deployer.engine.plays.PlayRunner._batch", broken)
    said = play(vaulted, "debug: {var: planted}", "-vvv")
    assert said.code == Exit.BUG
    assert leaked(said.both) == []
    assert "open sesame" not in said.both
