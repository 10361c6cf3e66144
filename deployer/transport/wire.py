"""The framing, without I/O: a batch becomes one message, two byte streams become its replies.

A message is a line with the session's mark and the length of the body in bytes, the body (shell
text that the loop on the host evaluates) and the payloads that its calls read. After every item
the loop prints the session's nonce on both streams, with the status on standard output. So output
is live, binary-safe and needs neither counting nor temporary files.

This is the one place where data is quoted for a shell. What a fragment runs gets its data as
positional parameters; a small payload stands in the body, others follow it on the stream, and
nothing of a message sent on standard input is ever part of an argv.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import field
from typing import TypeAlias

from deployer.model.errors import ArgumentError
from deployer.model.script import (
    Batch,
    Call,
    Fragment,
    Guarded,
    LocalFile,
    Script,
    Stdin,
    Stream,
)
from deployer.model.secret import Secret, reveal
from deployer.model.values import dataclass

#: Bytes per block in which the loop copies a payload.
BLOCK = 65536
#: Longest payload in bytes that stands in the body itself (two processes less on the host).
EMBEDDED = 16384

#: What follows the body: bytes, or files that are read as they are sent.
Payload: TypeAlias = bytes | LocalFile | Stream

_BARE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+\Z")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class Message:
    """One exchange as bytes. `items` is how many delimiters will come back."""

    mark: str
    body: bytes = field(repr=False)
    payloads: tuple[Payload, ...] = field(default=(), repr=False)
    items: int = 0
    sensitive: bool = False

    @property
    def header(self) -> bytes:
        return b"%s %d\n" % (self.mark.encode(), len(self.body))

    @property
    def in_argv(self) -> bool:
        """Whether the body may stand in an argv: no secret, no content of files."""
        return not (self.sensitive or self.payloads)


def quote(text: str) -> str:
    """One shell word. Raises ArgumentError for a NUL byte, which no argument can hold."""
    if _BARE.match(text):
        return reveal(text)
    if "\0" in text:
        raise ArgumentError("a command's argument holds a NUL byte")
    return "'" + reveal(text).replace("'", "'\\''") + "'"


class Encoder:
    """Makes messages for one session: remembers which fragments its shell knows already."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._defined: set[str] = set()

    def encode(self, batch: Batch) -> Message:
        """The message of a batch, items in its order: apply, links of the chain, probes."""
        text = _Text(self._defined)
        if batch.apply is not None:
            text.script(batch.apply)
            text.line('_deploy_end "$_deploy_r"')
        if batch.chain:
            text.line("_deploy_stop=")
        for link in batch.chain:
            text.link(link)
        asked = text.ahead(batch.probes)
        for probe in batch.probes:
            text.script(probe)
            text.line('_deploy_end "$_deploy_r"')
        for fragment in asked:
            text.line(fragment.name)
        text.line("#" + self._mark)
        items = (batch.apply is not None) + len(batch.chain) + len(batch.probes)
        sensitive = batch.sensitive or text.embedded
        return Message(self._mark, text.encoded(), tuple(text.payloads), items, sensitive)


class _Text:
    """The body of one message while it is written, and the payloads in the order of reading."""

    def __init__(self, defined: set[str]) -> None:
        self.payloads: list[Payload] = []
        self.embedded = False
        self._defined = defined
        self._lines: list[str | bytes] = []

    def line(self, text: str | bytes) -> None:
        self._lines.append(text)

    def encoded(self) -> bytes:
        parts = (as_bytes(line) for line in self._lines)
        return b"\n".join(parts)

    def script(self, script: Script) -> None:
        """Lines that leave the status in `_deploy_r`; each call runs if the one before did well."""
        if not script.calls:
            self.line("_deploy_r=0")
        for index, call in enumerate(script.calls):
            self._define(call.fragment)
            if index == 0:
                self._call(call)
                self.line("_deploy_r=$?")
                continue
            self.line('if [ "$_deploy_r" = 0 ]; then')
            before = len(self.payloads)
            self._call(call)
            self.line("_deploy_r=$?")
            if skipped := self.payloads[before:]:
                self.line("else")
                self._skip(skipped)
            self.line("fi")

    def ahead(self, probes: Iterable[Script]) -> list[Fragment]:
        """Ask once what several probes want to know; returns what has to forget it afterwards."""
        words: dict[Fragment, list[tuple[str, ...]]] = {}
        for call in (call for probe in probes for call in probe.calls):
            ahead = call.fragment.ahead
            if ahead is not None and call.timeout is None and not call.env:
                words.setdefault(ahead.fragment, []).append(ahead.words(call.args))
        asked = {fragment: list(filter(None, each)) for fragment, each in words.items()}
        asked = {fragment: each for fragment, each in asked.items() if len(each) > 1}
        for fragment, each in asked.items():
            self._define(fragment)
            quoted = (quote(word) for several in each for word in several)
            self.line(fragment.name + " " + " ".join(quoted) + " </dev/null")
        return list(asked)

    def link(self, link: Guarded) -> None:
        """One step of a guarded chain: probe, compare, apply. `_deploy_stop` ends the chain."""
        for call in (*link.probe.calls, *link.apply.calls):
            self._define(call.fragment)
        start = len(self.payloads)
        self.line('if [ -z "$_deploy_stop" ]; then')
        self._guard(link)
        self.line("then")
        middle = len(self.payloads)
        self.script(link.apply)
        self.line('_deploy_end "$_deploy_r"; [ "$_deploy_r" = 0 ] || _deploy_stop=1')
        self.line("else _deploy_stop=1")
        self._skip(self.payloads[middle:])
        self.line("_deploy_end =")
        self.line("fi")
        self.line("else :")
        self._skip(self.payloads[start:])
        self.line("_deploy_end -")
        self.line("fi")

    def _guard(self, link: Guarded) -> None:
        """The condition of a link: its probe says the same as before."""
        self.line("if {" if link.said is None else "if _deploy_got=$({")
        self.script(link.probe)
        self.line("printf 'rc%d\\n' \"$_deploy_r\"")
        if link.said is None:
            self.line("} 2>/dev/null | _deploy_same " + quote(link.expected))
        else:
            self.embedded = True  # what a host says is nobody's argv
            self.line('} 2>/dev/null) && [ "$_deploy_got" = ' + quote(link.said) + " ]")

    def _skip(self, payloads: Iterable[Payload]) -> None:
        for payload in payloads:
            self.line("_deploy_skip " + _blocks(payload))

    def _define(self, fragment: Fragment) -> None:
        for line in definitions(fragment, self._defined):
            self.line(line)

    def _call(self, call: Call) -> None:
        """One call in a subshell, fed with exactly its payload or with nothing."""
        run = _run(call)
        payload = as_payload(call.stdin)
        if payload is None:
            self.line("(" + run + ")</dev/null")
        elif isinstance(payload, bytes) and embeddable(call.stdin, payload):
            self.embedded = True
            quoted = payload.replace(b"'", b"'\\''")
            self.line(b"printf %s '" + quoted + b"' | (" + as_bytes(run) + b")")
        else:
            self.payloads.append(payload)
            self.line("_deploy_feed " + _blocks(payload) + " | {")
            self.line("(" + run + ")")
            # A command that does not read to the end must not leave the rest to the loop.
            self.line('_deploy_r=$?; cat >/dev/null; exit "$_deploy_r"; }')


def definitions(fragment: Fragment, known: set[str]) -> list[str]:
    """Shell text that defines a fragment's function, what it uses first; each only once."""
    lines = used_functions(fragment, known)
    if fragment.name not in known:
        known.add(fragment.name)
        lines.append(fragment.name + "() {\n:\n" + fragment.source + "\n}")
    return lines


def used_functions(fragment: Fragment, known: set[str]) -> list[str]:
    """The sources of what a fragment uses, depth first, that are not `known` yet."""
    lines: list[str] = []
    for used in fragment.uses:
        lines += used_functions(used, known)
        # As a library it is known by another name than as a function.
        if "use " + used.name not in known:
            known.add("use " + used.name)
            lines.append(used.source)
    return lines


def as_payload(stdin: Stdin) -> Payload | None:
    """The bytes or the files that a call reads; None where it reads nothing."""
    if isinstance(stdin, LocalFile | Stream):
        return stdin if stdin.size else None
    return (as_bytes(reveal(stdin)) if isinstance(stdin, str) else stdin) or None


def embeddable(stdin: Stdin, payload: bytes) -> bool:
    """Whether a payload may stand in the body: short, no NUL, and not a secret.

    A shell whose printf is no builtin (mksh) would put the text into an argv.
    """
    return not isinstance(stdin, Secret) and len(payload) <= EMBEDDED and b"\0" not in payload


def as_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else reveal(text).encode("utf-8", "surrogateescape")


def size_of(payload: Payload) -> int:
    return len(payload) if isinstance(payload, bytes) else payload.size


def _blocks(payload: Payload) -> str:
    whole, rest = divmod(size_of(payload), BLOCK)
    return str(whole) + " " + str(rest)


def _run(call: Call) -> str:
    """The text inside a call's subshell: its environment, its function with its arguments."""
    words = [call.fragment.name, *(quote(arg) for arg in call.args)]
    exports = [_export(name, value) for name, value in call.env]
    run = " ".join(words)
    if call.timeout is not None:
        text = "\n".join([*definitions(call.fragment, set()), run])
        run = "_deploy_text=" + quote(text) + "; _deploy_timed " + seconds(call.timeout)
    return "; ".join([*exports, run])


def _export(name: str, value: str) -> str:
    if not _NAME.match(name):
        raise ArgumentError("`" + name + "` cannot be the name of an environment variable")
    return "export " + name + "=" + quote(value)


def seconds(timeout: float) -> str:
    """A time for `sleep`: whole seconds where it is whole, and never an exponent."""
    return str(int(timeout)) if timeout == int(timeout) else format(max(timeout, 0.001), ".3f")
