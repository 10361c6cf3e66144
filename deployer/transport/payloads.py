"""Payloads as chunks of bytes, files read as they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from deployer.model.errors import TransportError
from deployer.model.script import LocalFile, Stream
from deployer.model.secret import reveal
from deployer.transport.wire import Message

#: Bytes per chunk: large enough to keep a window full, small enough for many hosts at once.
CHUNK = 262144


def chunks(message: Message, *, body: bool = True) -> Iterator[bytes]:
    """Everything that a message puts on the stream; without `body` only its payloads."""
    if body:
        yield message.header + message.body
    for payload in message.payloads:
        for part in payload.parts if isinstance(payload, Stream) else (payload,):
            yield from part_chunks(part)


def part_chunks(part: bytes | LocalFile) -> Iterator[bytes]:
    """One piece of a payload."""
    if isinstance(part, LocalFile):
        if part.opened is None:
            yield from file_chunks(part)
            return
        part = reveal(part.opened).encode("utf-8", "surrogateescape")
    for start in range(0, len(part), CHUNK):
        yield part[start : start + CHUNK]


def file_chunks(file: LocalFile) -> Iterator[bytes]:
    """Exactly the announced number of bytes of a file.

    Raises TransportError where the file cannot be read or is shorter by now: the host has been
    promised its size, so the session cannot go on.
    """
    left = file.size
    try:
        with Path(file.path).open("rb") as opened:
            while left:
                chunk = opened.read(min(CHUNK, left))
                if not chunk:
                    raise TransportError(f"{file.path} became shorter while it was sent")
                left -= len(chunk)
                yield chunk
    except OSError as error:
        raise TransportError(f"cannot read {file.path}: {error.strerror}") from error
