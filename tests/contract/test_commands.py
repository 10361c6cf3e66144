"""What any session does with commands: statuses, outputs, data, payloads, environment."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployer.model.errors import ArgumentError
from deployer.model.script import Batch, LocalFile, sh
from deployer.model.secret import Secret
from tests.contract.conftest import Place

ECHO = sh("""printf '%s' "$1" """)
EXIT = sh('exit "$1"')
CAT = sh("cat")
DIGEST = sh("sha256sum | cut -c1-64")
BOTH = sh('printf %s "$1"; printf %s "$2" >&2')


def test_an_exit_status_comes_back(place: Place) -> None:
    batch = Batch(probes=(EXIT("0"), EXIT("7"), EXIT("255")))
    assert [reply.code for reply in place.exchange(batch).probes] == [0, 7, 255]


def test_outputs_come_back_apart_and_unchanged(place: Place) -> None:
    reply = place.probe(BOTH("out\n\n", "err"))
    assert (reply.stdout, reply.stderr) == (b"out\n\n", b"err")


def test_binary_output_is_not_touched(place: Place) -> None:
    every = sh('i=0; while [ $i -lt 256 ]; do printf "\\\\$(printf %o $i)"; i=$((i+1)); done')
    reply = place.probe(every())
    assert reply.stdout == bytes(range(256))


def test_no_output_is_empty_output(place: Place) -> None:
    reply = place.probe(sh("true")())
    assert (reply.code, reply.stdout, reply.stderr) == (0, b"", b"")


def test_output_that_looks_like_a_delimiter_is_output(place: Place) -> None:
    fake = "02e6fdf9-2e0a-4ad8-959e-74c943e60f88 0\n" * 3
    reply = place.probe(BOTH(fake, fake))
    assert (reply.out, reply.err) == (fake, fake)


def test_commands_cannot_read_the_delimiter_from_the_argv_of_the_loop(place: Place) -> None:
    spy = sh("tr '\\0' '\\n' </proc/$$/cmdline; cat /proc/$$/environ | tr '\\0' '\\n'")
    reply = place.probe(spy() + EXIT("3"))
    assert reply.code == 3


def test_the_first_failing_call_ends_a_script(place: Place) -> None:
    replies = place.exchange(Batch(apply=ECHO("a") + EXIT("4") + ECHO("b")))
    assert replies.apply is not None
    assert (replies.apply.code, replies.apply.out) == (4, "a")


def test_a_payload_behind_a_failed_call_is_skipped(place: Place) -> None:
    big = b"\0x" * 200_000
    replies = place.exchange(Batch(apply=EXIT("4") + CAT(stdin=big), probes=(ECHO("next"),)))
    assert replies.probes[0].out == "next"


def test_a_script_without_calls_succeeds(place: Place) -> None:
    replies = place.exchange(Batch(probes=(sh("true")() + ECHO("x"),)))
    assert replies.probes[0].code == 0


@pytest.mark.parametrize("source", ["exit 5", "cd /; exit 5", "set -e; false; true", "exec false"])
def test_what_a_fragment_does_to_its_shell_stays_there(place: Place, source: str) -> None:
    where = place.probe(sh("pwd")()).out
    assert place.probe(sh(source)()).code in (1, 5)
    assert place.probe(sh("pwd")()).out == where


def test_commands_read_nothing_of_the_protocol(place: Place) -> None:
    replies = place.exchange(Batch(probes=(CAT(), sh("read -r x || echo none")(), ECHO("on"))))
    assert [reply.out for reply in replies.probes] == ["", "none\n", "on"]


@pytest.mark.parametrize("size", [1, 16_384, 16_385, 65_536, 65_537, 1_000_000])
def test_a_payload_arrives_byte_for_byte(place: Place, size: int) -> None:
    payload = (bytes(range(256)) * (size // 256 + 1))[:size]
    assert place.probe(CAT(stdin=payload)).stdout == payload


@pytest.mark.parametrize("payload", [b"no newline", b"one\n", b"it's 'quoted'\n\n", b"%s\\n$HOME`"])
def test_a_small_text_payload_is_exact(place: Place, payload: bytes) -> None:
    assert place.probe(CAT(stdin=payload)).stdout == payload


@pytest.mark.parametrize("size", [10, 100_000, 5_000_000])
def test_a_command_that_does_not_read_its_input_does_no_harm(place: Place, size: int) -> None:
    lazy = sh("exit 3")
    batch = Batch(probes=(lazy(stdin=b"\0" * size), ECHO("after")))
    lazy_reply, after = place.exchange(batch).probes
    assert (lazy_reply.code, after.out) == (3, "after")


def test_a_local_file_of_50_mb_is_streamed(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "big"
    block = hashlib.sha256(b"seed").digest() * 32768
    with path.open("wb") as big:
        for _ in range(50):
            big.write(block)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    file = LocalFile(str(path), path.stat().st_size, digest)
    replies = place.exchange(Batch(apply=DIGEST(stdin=file), probes=(ECHO("after"),)))
    assert replies.apply is not None
    assert replies.apply.out.strip() == digest
    assert replies.probes[0].out == "after"


def test_output_and_input_flow_at_the_same_time(place: Place) -> None:
    payload = b"\0 through and back " * 1_000_000
    reply = place.probe(CAT(stdin=payload))
    assert len(reply.stdout) == len(payload)


def test_10_mib_on_both_streams_neither_dead_lock_nor_are_cut(place: Place) -> None:
    flood = sh(
        "dd if=/dev/zero bs=1048576 count=10 2>/dev/null | tr '\\0' o;"
        "dd if=/dev/zero bs=1048576 count=10 2>/dev/null | tr '\\0' e >&2"
    )
    turned = sh(
        "dd if=/dev/zero bs=1048576 count=10 2>/dev/null | tr '\\0' e >&2;"
        "dd if=/dev/zero bs=1048576 count=10 2>/dev/null | tr '\\0' o"
    )
    for reply in place.exchange(Batch(probes=(flood(), turned()))).probes:
        assert reply.stdout == b"o" * 10 * 1024 * 1024
        assert reply.stderr == b"e" * 10 * 1024 * 1024


def test_a_secret_travels_on_standard_input(place: Place) -> None:
    assert place.probe(CAT(stdin=Secret("s3cret it's\n"))).out == "s3cret it's\n"


def test_the_environment_is_exported_to_its_call_only(place: Place) -> None:
    show = sh("""sh -c 'printf "%s" "$NAME"' """)
    probes = (show(env={"NAME": "it's $HOME;"}), sh('echo "${NAME-unset}"')())
    given_env, plain = place.exchange(Batch(probes=probes)).probes
    assert given_env.out == "it's $HOME;"
    assert plain.out == "unset\n"


def test_environment_values_are_data(place: Place) -> None:
    value = "a'b\"c $(exit 9) `x` \\ \n;&|<>*?~ é"
    assert place.probe(sh('printf %s "$V"')(env={"V": value})).out == value


def test_a_name_that_no_variable_can_have_is_refused(place: Place) -> None:
    with pytest.raises(ArgumentError, match="a-b"):
        place.probe(sh("true")(env={"a-b": "x"}))
    assert place.probe(ECHO("still here")).out == "still here"


def test_a_nul_byte_is_refused(place: Place) -> None:
    with pytest.raises(ArgumentError, match="NUL"):
        place.probe(ECHO("a\0b"))


def test_a_fragment_calls_what_it_uses(place: Place) -> None:
    inner = sh('greet() { say "hello $1"; }', uses=(sh('say() { printf "%s!" "$1"; }'),))
    outer = sh('greet "$1"', uses=(inner,))
    batch = Batch(probes=(outer("you"), outer("all")))
    assert [reply.out for reply in place.exchange(batch).probes] == ["hello you!", "hello all!"]
    assert place.probe(outer("again")).out == "hello again!"


NASTY = st.text(
    st.one_of(
        st.sampled_from("; $()`\n\r\t'\"\\-*?~#!&|<>{}[]=%\x01\x7f\x81\x88é€𝄞 ab"),
        st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(words=st.lists(NASTY, max_size=5))
def test_every_argument_arrives_as_it_is(place: Place, shell: str, words: list[str]) -> None:
    """Security check 20, in every shell."""
    session = place.opened[0] if place.opened else place.session(executable=shell)
    each = sh("""for word in "$@"; do printf '%s\\0' "$word"; done""")
    embedded = "\n".join(words).encode()
    probes = (each(*words), CAT(stdin=embedded), each(*words, timeout=20))
    plain, payload, timed = session.exchange(Batch(probes=probes)).probes
    expected = b"".join(word.encode() + b"\0" for word in words)
    assert plain.stdout == expected
    assert payload.stdout == embedded
    assert timed.stdout == expected


def test_bytes_that_are_no_text_survive_as_arguments(place: Place, shell: str) -> None:
    session = place.session(executable=shell)
    odd = bytes(range(1, 256)).decode("utf-8", "surrogateescape")
    assert session.exchange(Batch(probes=(ECHO(odd),))).probes[0].stdout == bytes(range(1, 256))
