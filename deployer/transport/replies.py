"""The way back: incremental decoding of the two output streams of a session into replies."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import field

from deployer.model.errors import ConnectionLost, TooMuchOutput
from deployer.model.script import Batch, Replies, Reply
from deployer.model.values import dataclass
from deployer.transport.session import UNHEARD, Hearing

#: The two streams, by the names that `Hearing.output` is told.
STDOUT, STDERR = "stdout", "stderr"
#: Characters of an unfinished line after which it is passed on as it is.
LONGEST_LINE = 65536
#: Bytes of what a host says before the greeting that are kept for error messages.
LONGEST_NOISE = 8192
#: Bytes of a delimiter's word: an exit status, `=` or `-`. A longer one is none of ours.
LONGEST_WORD = 3
#: Bytes of the rest of a greeting: a number that the host has drawn and its loop's process id.
LONGEST_GREETING = 80
#: Bytes that a host may answer in one exchange; what floods us must not take all memory.
LONGEST_ANSWER = 256 << 20


class Splitter:
    """Cuts one stream at its delimiters: `nonce`, a blank, a word, a newline."""

    def __init__(self, nonce: bytes) -> None:
        self._marker = nonce + b" "
        self._longest = len(self._marker) + LONGEST_WORD
        self._buffer = b""

    def feed(self, data: bytes) -> list[tuple[bytes, bytes | None]]:
        """Pieces of output; the second of a pair is the delimiter's word where the piece ends."""
        pieces: list[tuple[bytes, bytes | None]] = []
        buffer = self._buffer + data if self._buffer else data
        while True:
            at = buffer.find(self._marker)
            end = buffer.find(b"\n", at) if at >= 0 else -1
            if at >= 0 and (end if end >= 0 else len(buffer)) - at > self._longest:
                raise ConnectionLost("the host answers in a way that makes no sense")
            if end < 0:
                break
            pieces.append((buffer[:at], buffer[at + len(self._marker) : end]))
            buffer = buffer[end + 1 :]
        keep = at if at >= 0 else len(buffer) - held_back(buffer, self._marker)
        if keep:
            pieces.append((buffer[:keep], None))
        self._buffer = buffer[keep:]
        return pieces


def held_back(buffer: bytes, marker: bytes) -> int:
    """How many of the last bytes may be the beginning of a marker whose rest is to come."""
    start = max(0, len(buffer) - len(marker) + 1)
    while (start := buffer.find(marker[:1], start)) >= 0:
        if marker.startswith(buffer[start:]):
            return len(buffer) - start
        start += 1
    return 0


@dataclass(slots=True)
class Greeting:
    """Waits for the line with which the loop begins, on one stream.

    `noise` is what the host said before (a banner of the shell's start-up files), `process` the
    loop's process id.
    """

    mark: bytes
    noise: bytes = b""
    nonce: bytes = b""
    process: int = 0
    rest: bytes = b""

    @property
    def _longest(self) -> int:
        return len(self.mark) + LONGEST_GREETING

    def feed(self, data: bytes) -> bool:
        """True once the greeting is there; then `rest` holds what came behind it."""
        self.noise += data
        at = self.noise.find(self.mark + b" ")
        end = self.noise.find(b"\n", at) if at >= 0 else -1
        if at >= 0 and (end if end >= 0 else len(self.noise)) - at > self._longest:
            raise ConnectionLost("the host's shell did not start as it should")
        if end < 0:
            if at < 0:
                self.noise = self.noise[-LONGEST_NOISE:]
            return False
        self.nonce, _, process = self.noise[at + len(self.mark) + 1 : end].strip().partition(b" ")
        self.process = int(process) if process.isdigit() else 0
        self.rest, self.noise = self.noise[end + 1 :], self.noise[:at]
        if len(self.nonce) < 16:
            raise ConnectionLost("the host's shell did not start as it should")
        return True


@dataclass(slots=True)
class _Item:
    """One script of a batch whose answer is coming in."""

    live: bool
    output: dict[str, list[bytes]] = field(default_factory=lambda: {STDOUT: [], STDERR: []})
    ended: int = 0
    status: bytes = b""
    seconds: float = 0.0

    @property
    def was_run(self) -> bool:
        return self.status not in (b"=", b"-")

    def reply(self) -> Reply:
        code = int(self.status) if self.status.isdigit() else 255
        out, err = (b"".join(self.output[name]) for name in (STDOUT, STDERR))
        return Reply(code, out, err, self.seconds)


class Answers:
    """Collects the replies to one batch out of pieces of the two streams.

    `hearing` is told of applies and links as their answers arrive.
    """

    def __init__(self, batch: Batch, now: float, hearing: Hearing = UNHEARD) -> None:
        self._batch = batch
        changes = (batch.apply is not None) + len(batch.chain)
        self._items = [_Item(live=index < changes) for index in range(changes + len(batch.probes))]
        self._open = {STDOUT: deque(self._items), STDERR: deque(self._items)}
        self._since = now
        self._lines = {name: _Lines(name, hearing.output) for name in (STDOUT, STDERR)}
        self._live = hearing.output is not None
        self._room = LONGEST_ANSWER
        self._links = deque(self._items[changes - len(batch.chain) : changes])
        self._heard = hearing.reply

    @property
    def done(self) -> bool:
        return not (self._open[STDOUT] or self._open[STDERR])

    def add(self, stream: str, piece: bytes, word: bytes | None, now: float) -> None:
        """One piece of a stream. Raises ConnectionLost for output that nobody asked for,
        TooMuchOutput for more than anybody can want."""
        if not self._open[stream]:
            if word is not None:
                raise ConnectionLost("the host answered more than it was asked")
            return  # a left-over of something that runs in the background
        item = self._open[stream][0]
        if piece:
            self._room -= len(piece)
            if self._room < 0:
                most = f"{LONGEST_ANSWER >> 20} MiB"
                raise TooMuchOutput(f"the host has written more than {most}: it was told to stop")
            item.output[stream].append(piece)
            if item.live and self._live:
                self._lines[stream].add(piece)
        if word is None:
            return
        self._lines[stream].flush(ended=item.live)
        self._open[stream].popleft()
        item.ended += 1
        if stream == STDOUT:
            item.status = word
        if item.ended == 2:
            item.seconds, self._since = now - self._since, now
            self._tell()

    def _tell(self) -> None:
        while self._links and self._links[0].ended == 2:
            link = self._links.popleft()
            if self._heard is not None and link.was_run:
                self._heard(link.reply())

    def asked_for(self, now: float) -> float:
        """Seconds that the running item has taken, if it is a question; 0 for a change."""
        left = self._open[STDOUT] or self._open[STDERR]
        return now - self._since if left and not left[0].live else 0.0

    def last_words(self) -> str:
        """The end of what the running item said on standard error, for an error message."""
        if not self._open[STDERR]:
            return ""
        tail = b"".join(self._open[STDERR][0].output[STDERR])[-400:]
        return " ".join(tail.decode("utf-8", "replace").split())

    def replies(self) -> Replies:
        """The answers in the batch's order; only once `done`."""
        items = deque(self._items)
        apply = items.popleft().reply() if self._batch.apply is not None else None
        links = [items.popleft() for _ in self._batch.chain]
        return Replies(
            apply=apply,
            chain=tuple(link.reply() for link in links if link.was_run),
            diverged=any(link.status == b"=" for link in links),
            probes=tuple(item.reply() for item in items),
        )


class _Lines:
    """Passes a stream on as text, whole lines where possible."""

    def __init__(self, stream: str, on_output: Callable[[str, str], None] | None) -> None:
        self._stream = stream
        self._on_output = on_output
        self._pending = b""

    def add(self, piece: bytes) -> None:
        self._pending += piece
        end = self._pending.rfind(b"\n") + 1
        if not end and len(self._pending) > LONGEST_LINE:
            end = len(self._pending)
        if end:
            self._say(self._pending[:end])
            self._pending = self._pending[end:]

    def flush(self, *, ended: bool) -> None:
        """Pass on what is left; an empty text marks the end of a script's output."""
        if self._pending:
            self._say(self._pending)
            self._pending = b""
        if ended:
            self._say(b"")

    def _say(self, raw: bytes) -> None:
        if self._on_output is not None:
            self._on_output(self._stream, raw.decode("utf-8", "replace"))
