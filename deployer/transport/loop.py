"""The source of the loop on the host, and the words that start it."""

from __future__ import annotations

import functools
import pkgutil
import secrets
from dataclasses import field

from deployer.model.values import dataclass
from deployer.transport.wire import Message

#: Longest body in bytes that rides along in the argv: with the loop and its quoting it must stay
#: under the kernel's limit of 128 KiB for one argument.
LONGEST_ARGUMENT = 100_000


@functools.cache
def source() -> str:
    """The loop as it is sent: without whole-line comments and indentation."""
    text = pkgutil.get_data("deployer.transport", "loop.sh")
    assert text is not None  # it is part of the package
    lines = (line.strip() for line in text.decode().splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("#"))


def new_mark() -> str:
    """128 random bits that tell the loop's greeting from everything said before it."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Start:
    """How a session begins. `carries_body`: the first message's body is among the words.

    `merged`: the process gets a terminal, which mixes standard output and error.
    """

    mark: str
    words: tuple[bytes, ...] = field(repr=False)
    carries_body: bool = False
    merged: bool = False


def start(mark: str, executable: str, first: Message) -> Start:
    """The loop's own argv; the first message rides in it if it is short and tells no secret."""
    words = (executable, "-c", source(), "deploy", mark, executable)
    given = tuple(word.encode("utf-8", "surrogateescape") for word in words)
    # Each shell on the way (login shell, `su -c`) quotes once more: count a quote as ten.
    quotes = first.body.count(b"'") + source().count("'")
    if first.in_argv and len(first.body) + len(source()) + 10 * quotes < LONGEST_ARGUMENT:
        return Start(mark, (*given, first.body), carries_body=bool(first.items))
    return Start(mark, (*given, b""))


def quote(word: bytes) -> bytes:
    """One word for the login shell that runs an exec request."""
    return b"'" + word.replace(b"'", b"'\\''") + b"'"


def command_line(words: tuple[bytes, ...]) -> bytes:
    """Words as the text of an exec request; `exec` saves a process that only waits."""
    return b"exec " + b" ".join(quote(word) for word in words)
