"""`connection: local`: the same loop in a subprocess, over three pipes and one selector."""

from __future__ import annotations

import contextlib
import getpass
import os
import selectors
import signal
import subprocess
import threading
from collections.abc import Iterator

from deployer.model.errors import ConnectError
from deployer.model.script import Batch
from deployer.transport import loop
from deployer.transport.become import become
from deployer.transport.opening import Care, Opening
from deployer.transport.pipe import Arrival, End
from deployer.transport.replies import STDERR, STDOUT
from deployer.transport.session import UNHEARD, Hearing, Opened, Target
from deployer.transport.stopping import NOBODY, Guard
from deployer.transport.wire import Encoder

#: Bytes per read: what a pipe holds.
READ = 65536


class ProcessPipe:
    """A subprocess as a pipe. Reading and writing share one selector, so neither blocks."""

    def __init__(self, words: tuple[bytes, ...]) -> None:
        try:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            raise ConnectError(f"cannot run {words[0].decode()}: {error.strerror}") from error
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self._in = self._process.stdin.fileno()
        self._streams = {
            self._process.stdout.fileno(): STDOUT,
            self._process.stderr.fileno(): STDERR,
        }
        self._awake, self._waker = os.pipe()
        self._selector = selectors.DefaultSelector()
        for descriptor in (self._in, self._awake, self._waker, *self._streams):
            os.set_blocking(descriptor, False)
        for descriptor in (self._awake, *self._streams):
            self._selector.register(descriptor, selectors.EVENT_READ)
        self._outgoing: Iterator[bytes] = iter(())
        self._pending = memoryview(b"")
        self._writing = False
        self._closed = False
        self._lock = threading.Lock()

    def send(self, chunks: Iterator[bytes]) -> None:
        """Begin to write; `receive` goes on with what the pipe does not take at once."""
        self._outgoing = chunks
        self._pending = memoryview(next(chunks, b""))
        self._write()

    def receive(self, timeout: float) -> list[Arrival]:
        """Wait up to `timeout` seconds for output, writing meanwhile what is pending."""
        arrivals: list[Arrival] = []
        for key, _events in self._selector.select(timeout):
            if key.fd == self._in:
                self._write()
            elif key.fd == self._awake:
                os.read(self._awake, READ)
            else:
                arrivals += self._read(key.fd)
        return arrivals

    @property
    def gone(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def wake(self) -> None:
        """From another thread: let `receive` return at once."""
        with self._lock:
            if not self._closed:
                with contextlib.suppress(BlockingIOError):
                    os.write(self._waker, b"!")

    def end(self) -> End:
        """The exit status; waits a moment for a process that has closed its streams."""
        try:
            return End(self._process.wait(1.0))
        except subprocess.TimeoutExpired:
            return End()

    def hang_up(self) -> None:
        """SIGHUP to the process group; what runs as somebody else may refuse."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGHUP)

    def close(self) -> None:
        """Close all pipes: the loop reads the end of its input and leaves."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._selector.close()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        os.close(self._awake)
        os.close(self._waker)
        _reap(self._process)

    def _read(self, descriptor: int) -> list[Arrival]:
        try:
            data = os.read(descriptor, READ)
        except BlockingIOError:  # select may be wrong once in a while
            return []
        if not data:
            self._selector.unregister(descriptor)
        return [(self._streams[descriptor], data)]

    def _write(self) -> None:
        """Write until the pipe is full or nothing is left; a reader that is gone is no error.

        That the other side has ended shows as the end of its output, with what it said.
        """
        try:
            while self._pending:
                written = os.write(self._in, self._pending)
                self._pending = self._pending[written:] or memoryview(next(self._outgoing, b""))
        except BlockingIOError:
            self._watch_input(wanted=True)
            return
        except BrokenPipeError:
            self._pending = memoryview(b"")
        self._watch_input(wanted=False)

    def _watch_input(self, *, wanted: bool) -> None:
        if wanted and not self._writing:
            self._selector.register(self._in, selectors.EVENT_WRITE)
        elif self._writing and not wanted:
            self._selector.unregister(self._in)
        self._writing = wanted


def _reap(process: subprocess.Popen[bytes]) -> None:
    """Collect the exit status without waiting for a command that still runs."""
    if process.poll() is None:
        threading.Thread(target=process.wait, name="reaper", daemon=True).start()


class LocalConnector:
    """Opens sessions on this machine. Implements `session.Connector`."""

    def __init__(self) -> None:
        self._closed = threading.Event()
        self._guard = Guard(lambda target, batch: self._open(target, batch, NOBODY))

    def open(self, target: Target, first: Batch, hearing: Hearing = UNHEARD) -> Opened:
        """Start the loop, as another user if the target says so, and run the first batch.

        Raises ConnectError, BecomeError, ConnectionLost, Interrupted.
        """
        return self._open(target, first, self._guard.of(target), hearing)

    def _open(
        self,
        target: Target,
        first: Batch,
        care: Care,
        hearing: Hearing = UNHEARD,
    ) -> Opened:
        mark = loop.new_mark()
        encoder = Encoder(mark)
        message = encoder.encode(first)
        start = loop.start(mark, target.executable, message)
        start, dialogue = become(start, target.become, getpass.getuser())
        pipe = ProcessPipe(start.words)
        opening = Opening(pipe, start, dialogue)
        return opening.run(
            encoder,
            (first, message),
            target.timeout,
            self._closed.is_set,
            care,
            hearing=hearing,
        )

    def expect(self, target: Target) -> None:
        """Nothing can be done ahead."""

    def halt(self) -> None:
        """Let sessions that are being opened begin nothing more of a chain."""
        self._guard.halt()

    def notes(self) -> list[str]:
        """Nothing: there is nothing to say about this machine."""
        return []

    def close(self) -> None:
        """Sessions that are being opened give up; open ones are closed by their owners."""
        self._guard.close()
        self._closed.set()
