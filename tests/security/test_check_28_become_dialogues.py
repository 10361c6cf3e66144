"""Check 28: no text for humans is matched. Recorded dialogues of many tools and languages.

On real hosts: tests/contract/test_become.py and tests/e2e/connections.
"""

from __future__ import annotations

import pytest

from deployer.model.errors import BecomeError
from deployer.model.secret import Secret
from deployer.transport.become import Talk

PASSWORD = "c0rrect-horse"
NONCE = "0123456789abcdef0123456789abcdef"


def talk(tool: str, prompt: str = "", password: str | None = PASSWORD) -> Talk:
    secret = None if password is None else Secret(password)
    return Talk(tool, "root", secret, prompt.encode())


def answers(dialogue: Talk, *said: bytes) -> list[bytes]:
    return [dialogue.heard(text, now) for now, text in enumerate(said)]


SENT = PASSWORD.encode() + b"\n"
LECTURE = b"\nWe trust you have received the usual lecture. Password: think before you type.\n\n"


@pytest.mark.parametrize(
    "said",
    [
        NONCE.encode(),
        LECTURE + NONCE.encode(),
        # sudo-rs puts words of its own around the prompt it was given.
        f"[sudo: {NONCE}] Password: ".encode(),
        # pwfeedback and terminals put control sequences around it.
        b"\x1b[?25h\r" + NONCE.encode() + b"\x1b[0m",
    ],
    ids=["plain", "lecture", "sudo-rs", "feedback"],
)
def test_sudo_is_answered_at_its_own_prompt(said: bytes) -> None:
    assert answers(talk("sudo", NONCE), said)[-1] == SENT


@pytest.mark.parametrize(
    "said", [b"Password: ", LECTURE, b"[sudo] password for me: ", "Пароль: ".encode()]
)
def test_sudo_is_never_answered_at_anything_else(said: bytes) -> None:
    """Else a host could ask for the password in sudo's name, or get it as a command's input."""
    assert answers(talk("sudo", NONCE), said, b"", b"", b"") == [b""] * 4


def test_a_prompt_that_comes_in_pieces() -> None:
    half = NONCE.encode()[:9], NONCE.encode()[9:]
    assert answers(talk("sudo", NONCE), *half) == [b"", SENT]


@pytest.mark.parametrize("tool", ["su", "doas"])
@pytest.mark.parametrize(
    "prompt", ["Password: ", "Passwort: ", "doas (me@web) password: ", "パスワード: "]
)
def test_others_are_answered_in_any_language(tool: str, prompt: str) -> None:
    dialogue = talk(tool)
    assert answers(dialogue, prompt.encode(), b"\n", b"") == [SENT, b"", b""]


@pytest.mark.parametrize("tool", ["su", "doas"])
def test_the_rest_of_a_prompt_after_the_answer_is_no_second_prompt(tool: str) -> None:
    dialogue = talk(tool)
    assert answers(dialogue, b"doas (me@", b"web) password: ", b"", b"", b"\n", b"", b"") == [
        SENT,
        *[b""] * 6,
    ]


def test_a_lecture_on_a_full_line_is_waited_out() -> None:
    dialogue = talk("doas")
    assert dialogue.heard(b"Think first.\n", 0.0) == b""
    assert dialogue.heard(b"password: ", 0.2) == SENT


@pytest.mark.parametrize(
    ("tool", "prompt", "again"),
    [
        ("sudo", NONCE, f"Sorry, try again.\n{NONCE}".encode()),
        (
            "sudo",
            NONCE,
            f"\nsudo: Authentication failed, try again.\n[sudo: {NONCE}] Password: ".encode(),
        ),
        ("su", "", b"\nPassword: "),
        ("doas", "", b"\ndoas: try again\npassword: "),
    ],
)
def test_a_wrong_password_fails_at_the_second_prompt(tool: str, prompt: str, again: bytes) -> None:
    dialogue = talk(tool, prompt)
    assert dialogue.heard(prompt.encode() or b"Password: ", 0.0) == SENT
    with pytest.raises(BecomeError, match="wrong password") as caught:
        for now in range(1, 5):
            dialogue.heard(again if now == 1 else b"", now)
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(("tool", "prompt"), [("sudo", NONCE), ("su", ""), ("doas", "")])
def test_a_password_that_is_missing_fails_at_the_first(tool: str, prompt: str) -> None:
    with pytest.raises(BecomeError, match="a password is needed and none was given"):
        answers(talk(tool, prompt, None), prompt.encode() or b"Password: ")


@pytest.mark.parametrize(
    ("tool", "said", "status", "message"),
    [
        ("sudo", "me is not in the sudoers file.", 1, "me is not in the sudoers file."),
        ("sudo", "", 1, "ended with status 1"),
        ("sudo", "sh: exec: sudo: not found", 127, "cannot be run on the host: sh: exec"),
        ("doas", "doas: Operation not permitted", 1, "doas: Operation not permitted"),
        ("su", "", None, "no answer"),
    ],
)
def test_what_the_tool_says_is_passed_on(
    tool: str, said: str, status: int | None, message: str
) -> None:
    error = talk(tool, NONCE if tool == "sudo" else "").failed(said, status)
    assert isinstance(error, BecomeError)
    assert str(error).startswith(f"{tool} to root: {message}")


def test_the_prompt_is_not_shown_to_the_user() -> None:
    error = talk("sudo", NONCE).failed(f"{NONCE} sudo: no tty", 1)
    assert NONCE not in str(error)
