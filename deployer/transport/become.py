"""Becoming another user: sudo, su and doas as words around the loop, and their passwords.

No text for humans is ever matched. sudo gets a prompt of ours, a random number; su and doas have
none, so whatever they say before the loop greets is a prompt, once. The greeting says that it
worked. A password is written only after a prompt, so it never stands where it is echoed.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from deployer.model.errors import BecomeError, ConnectError, TransportError
from deployer.model.secret import Secret, reveal
from deployer.transport.loop import Start, command_line
from deployer.transport.names import check_user
from deployer.transport.opening import Dialogue, Plain
from deployer.transport.session import Become

#: Seconds of silence after a full line, which may be a lecture and no prompt.
PATIENCE = 1.0
#: bash reads ahead on a terminal, which it takes for one that gives a line at a time; from a pipe
#: it does not. `dd` passes on what there is (busybox's `cat` waits for more). Once the loop has
#: ended, nothing else of the terminal's may live on.
FROM_TERMINAL = b'dd bs=65536 2>/dev/null | { "$0" "$@"; kill -s HUP 0; }'
#: How the shell and sudo say that there is no such program (POSIX: 127 not found, 126 not run).
MISSING = (126, 127)
#: What to do where a password is missing.
HOW = " (give it with --ask-become-pass or --become-password-file)"


def become(start: Start, wanted: Become | None, login: str) -> tuple[Start, Dialogue]:
    """The words that start the loop as the user that is wanted, and who talks to the tool.

    As in Ansible, nothing happens where that user has logged in. Raises BecomeError for a method
    or user that cannot be.
    """
    if wanted is None or wanted.user == login:
        return start, Plain()
    try:
        user = check_user(wanted.user)
    except ConnectError as error:
        raise BecomeError(str(error)) from error
    if wanted.method == "sudo":
        return _sudo(start, wanted, user)
    if wanted.method == "su":
        return _su(start, wanted, user)
    if wanted.method == "doas":
        return _doas(start, wanted, user)
    raise BecomeError(f"become method `{wanted.method}` does not exist: use sudo, su or doas")


def _sudo(start: Start, wanted: Become, user: str) -> tuple[Start, Dialogue]:
    prompt = secrets.token_hex(16)
    ask = ("-n",) if wanted.password is None else ("-S", "-p", prompt)
    words = (wanted.executable or "sudo", "-H", *ask, *wanted.flags, "-u", user, "--")
    talk = Talk("sudo", user, wanted.password, prompt.encode())
    return replace(start, words=(*_encoded(words), *start.words)), talk


def _su(start: Start, wanted: Become, user: str) -> tuple[Start, Dialogue]:
    shell = start.words[0]
    words = _encoded((wanted.executable or "su", *wanted.flags, "-s"))
    command = (*words, shell, b"-c", command_line(start.words), *_encoded((user,)))
    return replace(start, words=command), Talk("su", user, wanted.password)


def _doas(start: Start, wanted: Become, user: str) -> tuple[Start, Dialogue]:
    ask = ("-n",) if wanted.password is None else ()
    words = _encoded((wanted.executable or "doas", *ask, *wanted.flags, "-u", user, "--"))
    talk = Talk("doas", user, wanted.password)
    if ask:
        return replace(start, words=(*words, *start.words)), talk
    # doas asks on a terminal or not at all.
    piped = (*words, start.words[0], b"-c", FROM_TERMINAL, *start.words)
    return replace(start, words=piped, merged=True), talk


def _encoded(words: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(word.encode("utf-8", "surrogateescape") for word in words)


class Talk:
    """The dialogue with sudo, su or doas until the loop greets. Implements `Dialogue`.

    `prompt` is the prompt that the tool was given; without one, any text is taken for it.
    """

    def __init__(self, tool: str, user: str, password: Secret | None, prompt: bytes = b"") -> None:
        self._tool = tool
        self._user = user
        self._password = password
        self._prompt = prompt
        self._heard = b""
        self._sent = False
        self._last = 0.0

    def heard(self, data: bytes, now: float) -> bytes:
        """The password once it is asked for. Raises BecomeError when it is asked for again."""
        if data:
            self._heard += data
            self._last = now
        if not self._asks(now):
            return b""
        self._heard = b""
        if self._password is None:
            raise self._no(f"a password is needed and none was given{HOW}")
        if self._sent:
            raise self._no("wrong password")
        self._sent = True
        return reveal(self._password).encode() + b"\n"

    def failed(self, said: str, status: int | None) -> TransportError:
        """The tool ended or fell silent before the loop began."""
        said = said.replace(self._prompt.decode(), "").strip() if self._prompt else said
        if status is None and not self._sent:
            return self._no("no answer" + (said and f": {said}"))
        if status in MISSING:
            return self._no(f"cannot be run on the host{said and ': '}{said}")
        if self._sent and self._tool != "sudo":
            return self._no(f"wrong password, or not allowed{said and ': '}{said}")
        asked = any(word in said.lower() for word in ("password", "authentication"))
        needs = self._password is None and asked
        return self._no((said or f"ended with status {status}") + (HOW if needs else ""))

    def _asks(self, now: float) -> bool:
        if self._prompt:
            return self._prompt in self._heard
        silent = now - self._last > PATIENCE
        if self._sent:
            # The rest of the prompt may come after the answer; both tools end it with a new line.
            again = self._heard.partition(b"\n")[2]
            return bool(again.strip()) and not again.endswith(b"\n") and silent
        # A prompt leaves the cursor behind it; a full line is one only if nothing follows.
        return bool(self._heard.strip()) and (not self._heard.endswith(b"\n") or silent)

    def _no(self, why: str) -> BecomeError:
        return BecomeError(f"{self._tool} to {self._user}: {why}")
