"""The framing: what is encoded runs under every shell, what comes back is cut the same anyhow."""

from __future__ import annotations

import contextlib
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.model.errors import ArgumentError, ConnectionLost
from deployer.model.script import Batch, Guarded, LocalFile, sh
from deployer.model.secret import Secret
from deployer.transport import loop
from deployer.transport.replies import STDERR, STDOUT, Answers, Greeting, Splitter, held_back
from deployer.transport.wire import EMBEDDED, Encoder, quote, seconds

NONCE = b"02e6fdf9-2e0a-4ad8-959e-74c943e60f88"
SHOW = sh('printf %s "$1"')
CAT = sh("cat")


def end(word: bytes = b"0") -> bytes:
    return NONCE + b" " + word + b"\n"


CHUNKS = (
    st.lists(
        st.one_of(
            st.binary(max_size=20),
            st.integers(1, len(NONCE)).map(lambda size: NONCE[:size]),
            st.just(NONCE[:-1] + NONCE),
            st.just(b"\n"),
        ),
        max_size=6,
    )
    .map(b"".join)
    .filter(lambda data: NONCE + b" " not in data)
)


def collect(pieces: list[tuple[bytes, bytes | None]]) -> list[tuple[bytes, bytes]]:
    """Whole items out of pieces."""
    items: list[tuple[bytes, bytes]] = []
    open_item = b""
    for piece, word in pieces:
        open_item += piece
        if word is not None:
            items.append((open_item, word))
            open_item = b""
    assert open_item == b""
    return items


@given(outputs=st.lists(CHUNKS, max_size=4), data=st.data())
def test_a_stream_is_cut_the_same_in_pieces_of_any_size(
    outputs: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(output + end(b"%d" % at) for at, output in enumerate(outputs))
    expected = [(output, b"%d" % at) for at, output in enumerate(outputs)]
    assert collect(Splitter(NONCE).feed(stream)) == expected
    one_by_one = Splitter(NONCE)
    pieces = [piece for byte in stream for piece in one_by_one.feed(bytes([byte]))]
    assert collect(pieces) == expected
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    some = Splitter(NONCE)
    spans = zip([0, *cuts], [*cuts, len(stream)], strict=True)
    assert collect([p for start, stop in spans for p in some.feed(stream[start:stop])]) == expected


def test_output_is_passed_on_before_its_end() -> None:
    splitter = Splitter(NONCE)
    assert splitter.feed(b"progress 10%") == [(b"progress 10%", None)]
    assert splitter.feed(b" 20%\n0") == [(b" 20%\n", None)]
    assert splitter.feed(b"1") == [(b"01", None)]


@pytest.mark.parametrize(
    ("buffer", "held"), [(b"", 0), (b"ab", 0), (b"x02e", 3), (NONCE, 36), (b"0202e", 3), (b"00", 1)]
)
def test_only_the_beginning_of_a_marker_is_held_back(buffer: bytes, held: int) -> None:
    assert held_back(buffer, NONCE + b" ") == held


@given(noise=st.binary(max_size=30), rest=st.binary(max_size=10))
def test_the_greeting_is_found_behind_noise(noise: bytes, rest: bytes) -> None:
    line = b"markmark " + NONCE + b" 4711\n"
    whole, single = Greeting(b"markmark"), Greeting(b"markmark")
    assert whole.feed(noise + line + rest)
    for byte in noise + line:
        single.feed(bytes([byte]))
    for seen in (whole, single):
        assert (seen.nonce, seen.process, seen.noise) == (NONCE, 4711, noise)
    assert whole.rest == rest


def test_a_greeting_without_a_nonce_is_refused() -> None:
    with pytest.raises(ConnectionLost):
        Greeting(b"mark").feed(b"mark  \n")


@pytest.mark.parametrize("process", [b"9" * 5000, b"x" * 100 + b"\n", b"1" * 100 + b"\n"])
def test_a_greeting_that_goes_on_and_on_is_refused(process: bytes) -> None:
    with pytest.raises(ConnectionLost):
        Greeting(b"mark").feed(b"mark " + NONCE + b" " + process)


@pytest.mark.parametrize("word", [b"9" * 5000 + b"\n", b"9" * 5000, b"1 and more\n"])
def test_an_end_that_is_none_of_ours_is_refused(word: bytes) -> None:
    """A host that lies ends its own exchange, not the run of all the others."""
    with pytest.raises(ConnectionLost):
        Splitter(NONCE).feed(b"output" + NONCE + b" " + word)


@given(data=st.lists(st.sampled_from([NONCE, NONCE + b" ", b" ", b"0", b"-", b"\xff", b"\n"])))
def test_whatever_a_host_says_is_an_answer_or_an_error_of_the_connection(data: list[bytes]) -> None:
    batch = Batch(apply=CAT(), probes=(CAT(),))
    with contextlib.suppress(ConnectionLost):
        answers = answers_of(batch, b"".join(data), b"".join(data))
        assert not answers.done or answers.replies().apply is not None


def answers_of(batch: Batch, out: bytes, err: bytes) -> Answers:
    answers = Answers(batch, 0.0)
    for stream, data in ((STDOUT, out), (STDERR, err)):
        for piece, word in Splitter(NONCE).feed(data):
            answers.add(stream, piece, word, 1.5)
    return answers


def test_replies_stand_in_the_order_of_the_batch() -> None:
    link = Guarded(SHOW("x"), "0" * 64, SHOW("y"))
    batch = Batch(chain=(link, link, link), probes=(SHOW("p"),))
    out = b"one" + end() + end(b"=") + end(b"-") + b"probe" + end(b"7")
    answers = answers_of(batch, out, b"warn" + end(b"") * 4)
    assert answers.done
    replies = answers.replies()
    assert [(reply.code, reply.stdout, reply.stderr) for reply in replies.chain] == [
        (0, b"one", b"warn")
    ]
    assert replies.diverged
    assert [(reply.code, reply.stdout) for reply in replies.probes] == [(7, b"probe")]
    assert replies.chain[0].seconds == 1.5


def test_a_batch_is_done_when_both_streams_are() -> None:
    batch = Batch(probes=(SHOW("p"),))
    assert not answers_of(batch, end(), b"").done
    assert not answers_of(batch, b"", end(b"")).done
    assert answers_of(batch, end(), end(b"")).done


def test_more_answers_than_questions_are_refused() -> None:
    with pytest.raises(ConnectionLost):
        answers_of(Batch(probes=(SHOW("p"),)), end() * 2, b"")


def test_a_fragment_is_defined_once_per_session() -> None:
    encoder = Encoder("mark")
    batch = Batch(probes=(SHOW("a"), SHOW("b")))
    name = SHOW("a").calls[0].fragment.name.encode()
    assert encoder.encode(batch).body.count(name + b"()") == 1
    assert encoder.encode(batch).body.count(name + b"()") == 0


def test_what_may_stand_in_an_argv() -> None:
    def allowed(*, stdin: bytes | Secret | LocalFile = b"", exposed: bool = False) -> bool:
        batch = Batch(probes=(CAT("x", stdin=stdin, exposed=exposed),))
        return Encoder("mark").encode(batch).in_argv

    assert allowed()
    assert not allowed(stdin=b"content of a file")
    assert not allowed(stdin=LocalFile("/x", 5, ""))
    assert not allowed(stdin=Secret("secret"))
    assert not allowed(exposed=True)


def test_a_secret_is_a_payload_and_never_in_the_body() -> None:
    message = Encoder("mark").encode(Batch(apply=CAT(stdin=Secret("s3cret"))))
    assert b"s3cret" not in message.body
    assert message.payloads == (b"s3cret",)
    assert "s3cret" not in repr(message)


def test_a_payload_is_embedded_while_it_is_small_and_text() -> None:
    def payloads(stdin: bytes) -> int:
        return len(Encoder("mark").encode(Batch(apply=CAT(stdin=stdin))).payloads)

    assert payloads(b"x" * EMBEDDED) == 0
    assert payloads(b"x" * (EMBEDDED + 1)) == 1
    assert payloads(b"\0") == 1


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])))
def test_a_quoted_word_is_one_word(text: str) -> None:
    import shlex

    assert shlex.split(quote(text)) == [text]


def test_a_nul_byte_is_refused() -> None:
    with pytest.raises(ArgumentError):
        quote("a\0b")


@pytest.mark.parametrize(
    ("given", "text"), [(5, "5"), (0.25, "0.250"), (1e-9, "0.001"), (1e6, "1000000")]
)
def test_seconds_are_written_for_sleep(given: float, text: str) -> None:
    assert seconds(given) == text


@pytest.mark.parametrize("shell", [["dash"], ["bash", "--posix"], ["busybox", "sh"]])
def test_the_loop_parses_in_every_shell(shell: list[str]) -> None:
    subprocess.run([*shell, "-n"], input=loop.source().encode(), check=True)


def test_the_loop_passes_shellcheck() -> None:
    from importlib import resources

    path = resources.files("deployer.transport").joinpath("loop.sh")
    checked = subprocess.run(
        ["shellcheck", "-s", "sh", str(path)], capture_output=True, text=True, check=False
    )
    assert checked.stdout == ""
    assert checked.returncode == 0


def test_a_long_first_batch_does_not_ride_in_the_argv() -> None:
    def carries(batch: Batch) -> bool:
        return loop.start("mark", "/bin/sh", Encoder("mark").encode(batch)).carries_body

    assert carries(Batch(probes=(SHOW("x" * 1000),)))
    assert not carries(Batch(probes=(SHOW("x" * 200_000),)))
    assert not carries(Batch(probes=(SHOW("'" * 20_000),)))
    assert not carries(Batch())
