"""What any session does over time: chains, deadlines, live output, cancelling, reuse."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from deployer.model.errors import ConnectionLost, Interrupted, TransportError
from deployer.model.script import (
    NOTHING,
    Batch,
    Guarded,
    LocalFile,
    Reply,
    guard,
    guard_digest,
    sh,
)
from deployer.model.secret import Secret
from deployer.transport.session import Hearing
from tests.contract.conftest import Place

ECHO = sh("""printf '%s' "$1" """)
EXIT = sh('exit "$1"')
CAT = sh("cat")
LOOK = sh('cat -- "$1"')
WRITE = sh('cat >"$1"; cat -- "$1"')
SLEEP = sh('sleep "$1"')


Link = Callable[[Path, Reply, bytes], Guarded]


@pytest.fixture(params=["text", "digest"])
def link(request: pytest.FixtureRequest) -> Link:
    """Makes a guarded change; its probe is compared as text or by its digest."""

    def made(path: Path, before: Reply, text: bytes) -> Guarded:
        link = guard(LOOK(str(path)), before, WRITE(str(path), stdin=text))
        assert link.said is not None
        return link if request.param == "text" else replace(link, said=None)

    return made


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / name for name in ("one", "two", "three")]
    for path in paths:
        path.write_text(path.name)
    return paths


def test_a_chain_whose_guards_hold_is_applied(
    place: Place, shell: str, files: list[Path], link: Link
) -> None:
    session = place.session(executable=shell)
    befores = session.exchange(Batch(probes=tuple(LOOK(str(path)) for path in files))).probes
    links = [link(path, before, b"new") for path, before in zip(files, befores, strict=True)]
    replies = session.exchange(Batch(chain=tuple(links), probes=(LOOK(str(files[2])),)))
    assert [reply.out for reply in replies.chain] == ["new"] * 3
    assert not replies.diverged
    assert replies.probes[0].out == "new"


def test_each_link_is_heard_of_when_it_ends(place: Place, shell: str) -> None:
    session = place.session(executable=shell)
    scripts = [ECHO("one"), SLEEP("0.6") + ECHO("two"), SLEEP("0.6") + EXIT("3"), ECHO("x")]
    heard: list[tuple[float, str, int]] = []

    def on_reply(reply: Reply) -> None:
        heard.append((time.monotonic(), reply.out, reply.code))

    links = tuple(guard(NOTHING, Reply(0), script) for script in scripts)
    replies = session.exchange(
        Batch(chain=links, probes=(ECHO("behind"),)), Hearing(reply=on_reply)
    )
    assert [reply.code for reply in replies.chain] == [0, 0, 3]
    assert [(out, code) for _, out, code in heard] == [("one", 0), ("two", 0), ("", 3)]
    times = [when for when, _, _ in heard]
    assert min(after - before for before, after in itertools.pairwise(times)) > 0.4
    assert replies.probes[0].out == "behind"


def test_a_chain_that_is_halted_ends_with_the_link_that_runs(place: Place, shell: str) -> None:
    session = place.session(executable=shell)
    scripts = [ECHO("one"), SLEEP("4") + ECHO("two"), ECHO("three"), CAT(stdin=b"\0" * 100_000)]
    links = tuple(guard(NOTHING, Reply(0), script) for script in scripts)
    timer = threading.Timer(0.5, session.halt)
    timer.start()
    replies = session.exchange(Batch(chain=links, probes=(ECHO("behind"),)))
    timer.join()
    assert [reply.out for reply in replies.chain] == ["one", "two"]
    assert replies.probes[0].out == "behind"
    whole = session.exchange(Batch(chain=links[:1])).chain
    assert [reply.out for reply in whole] == ["one"], "the next chain is not halted"


@pytest.mark.parametrize("payload", [b"small", b"\0" * 100_000], ids=["embedded", "streamed"])
def test_a_chain_stops_where_the_host_has_diverged(
    place: Place, shell: str, files: list[Path], payload: bytes, link: Link
) -> None:
    session = place.session(executable=shell)
    befores = session.exchange(Batch(probes=tuple(LOOK(str(path)) for path in files))).probes
    files[1].write_text("somebody was here")
    links = [link(path, before, payload) for path, before in zip(files, befores, strict=True)]
    replies = session.exchange(Batch(chain=tuple(links), probes=(LOOK(str(files[2])),)))
    assert [reply.stdout for reply in replies.chain] == [payload]
    assert replies.diverged
    assert files[1].read_text() == "somebody was here"
    assert replies.probes[0].out == "three"


@pytest.mark.parametrize("payload", [b"small", b"\0" * 100_000], ids=["embedded", "streamed"])
def test_a_failed_change_ends_its_chain(
    place: Place, shell: str, files: list[Path], payload: bytes, link: Link
) -> None:
    session = place.session(executable=shell)
    befores = session.exchange(Batch(probes=tuple(LOOK(str(path)) for path in files))).probes
    broken = Guarded(LOOK(str(files[1])), guard_digest(befores[1]), EXIT("6", stdin=payload))
    links = (link(files[0], befores[0], b"1"), broken, link(files[2], befores[2], payload))
    replies = session.exchange(Batch(chain=links, probes=(ECHO("after"),)))
    assert [reply.code for reply in replies.chain] == [0, 6]
    assert not replies.diverged
    assert files[2].read_text() == "three"
    assert replies.probes[0].out == "after"


def test_a_guard_counts_the_status_of_its_probe(place: Place, tmp_path: Path, link: Link) -> None:
    absent = tmp_path / "absent"
    before = place.probe(LOOK(str(absent)))
    assert before.code == 1
    same = place.exchange(Batch(chain=(link(absent, before, b"made"),)))
    assert same.chain[0].out == "made"
    absent.write_text("")
    assert place.exchange(Batch(chain=(link(absent, before, b"again"),))).diverged


def test_a_deadline_ends_a_call_and_all_it_started(
    place: Place, shell: str, tmp_path: Path
) -> None:
    session = place.session(executable=shell)
    note = tmp_path / "pid"
    slow = sh('(sleep 30 & echo $! >"$1"; wait); sleep 30')
    started = time.monotonic()
    replies = session.exchange(Batch(probes=(slow(str(note), timeout=0.3), ECHO("on"))))
    assert time.monotonic() - started < 5
    assert [reply.code for reply in replies.probes] == [124, 0]
    assert eventually(lambda: gone(int(note.read_text())))


def test_a_call_that_ignores_its_deadline_is_killed(place: Place, shell: str) -> None:
    session = place.session(executable=shell)
    stubborn = sh("trap '' TERM; i=0; while [ $i -lt 30 ]; do sleep 1; i=$((i+1)); done")
    started = time.monotonic()
    assert session.exchange(Batch(probes=(stubborn(timeout=0.2),))).probes[0].code == 124
    assert time.monotonic() - started < 9


def test_a_call_within_its_deadline_keeps_its_status_and_input(place: Place, shell: str) -> None:
    session = place.session(executable=shell)
    probes = (
        sh("cat; exit 9")(timeout=20, stdin=b"fed"),
        sh("cat | wc -c")(timeout=20, stdin=b"\0" * 100_000),
        sh('printf "%s" "$V$1"')("it's", timeout=20, env={"V": "é"}),
    )
    fed, streamed, plain = session.exchange(Batch(probes=probes)).probes
    assert (fed.code, fed.out) == (9, "fed")
    assert streamed.out.strip() == "100000"
    assert (plain.code, plain.out, plain.err) == (0, "éit's", "")


def test_output_of_a_change_is_live(place: Place) -> None:
    seen: list[tuple[str, str, float]] = []
    session = place.session()
    talk = sh("echo one; echo oops >&2; sleep 0.4; echo two; printf end")
    batch = Batch(apply=talk(), probes=(ECHO("quiet"),))
    session.exchange(batch, Hearing(lambda *said: seen.append((*said, time.monotonic()))))
    out = [(text, when) for stream, text, when in seen if stream == "stdout"]
    assert "".join(text for text, _ in out) == "one\ntwo\nend"
    assert [text for stream, text, _ in seen if stream == "stderr"] == ["oops\n", ""]
    assert out[-1][1] - out[0][1] > 0.3


def test_a_reply_says_how_long_it_took(place: Place) -> None:
    slow, quick = place.exchange(Batch(probes=(SLEEP("0.3"), ECHO("x")))).probes
    assert 0.25 < slow.seconds < 5
    assert quick.seconds < 0.25


def test_a_running_exchange_is_cancelled_at_once(place: Place) -> None:
    session = place.session()
    timer = threading.Timer(0.2, session.cancel)
    timer.start()
    started = time.monotonic()
    with pytest.raises(Interrupted):
        session.exchange(Batch(probes=(SLEEP("30"),)))
    assert time.monotonic() - started < 2
    with pytest.raises(Interrupted):
        session.exchange(Batch(probes=(ECHO("x"),)))


def test_what_ran_is_told_to_stop_when_cancelled(place: Place, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    session = place.session()
    threading.Timer(0.3, session.cancel).start()
    with pytest.raises(Interrupted):
        session.exchange(Batch(apply=sh('echo $$ >"$1"; exec sleep 60')(str(note))))
    assert eventually(lambda: gone(int(note.read_text())))


def test_a_loop_that_is_killed_is_a_lost_connection(place: Place) -> None:
    session = place.session()
    with pytest.raises(ConnectionLost):
        session.exchange(Batch(apply=sh("kill -KILL $$; sleep 0.5")()))
    with pytest.raises(ConnectionLost):
        session.exchange(Batch(probes=(ECHO("x"),)))


def test_the_first_batch_rides_along(place: Place) -> None:
    opened = place.open(Batch(probes=(ECHO("first"), EXIT("3"))))
    assert [(reply.out, reply.code) for reply in opened.replies.probes] == [("first", 0), ("", 3)]


def test_a_first_batch_may_be_long_secret_or_fed(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"file")
    batch = Batch(
        apply=CAT(stdin=LocalFile(str(path), 4, "")) + CAT(stdin=Secret("secret")),
        probes=(ECHO("x" * 60_000), ECHO("'" * 40_000), CAT(stdin=b"\0" * 70_000)),
    )
    replies = place.open(batch).replies
    assert replies.apply is not None
    assert replies.apply.out == "filesecret"
    assert [len(reply.stdout) for reply in replies.probes] == [60_000, 40_000, 70_000]


def test_a_file_that_became_shorter_ends_the_session(place: Place, tmp_path: Path) -> None:
    path, kept = tmp_path / "file", tmp_path / "kept"
    path.write_bytes(b"x" * 50_000)
    session = place.session()
    put = sh('cat >"$1.new" && mv "$1.new" "$1"')
    with pytest.raises(TransportError, match="shorter"):
        session.exchange(Batch(apply=put(str(kept), stdin=LocalFile(str(path), 90_000, ""))))
    time.sleep(0.3)
    assert not kept.exists(), "the half of a payload was taken for the whole"


def test_one_session_serves_many_exchanges(place: Place) -> None:
    session = place.session()
    for number in range(200):
        reply = session.exchange(Batch(probes=(ECHO(str(number)),))).probes[0]
        assert reply.out == str(number)
    counters = session.counters
    assert counters.exchanges >= 200
    assert counters.bytes_sent > 0
    assert counters.bytes_received > 0


def test_no_secret_stands_in_any_argv(place: Place) -> None:
    """Security check 8: sampled while the calls that got the secrets run."""
    planted = "Pl4nted-" + "s3cr3t"
    spy = sh("cat >/dev/null; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'")
    named = sh("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'")
    batch = Batch(
        apply=spy(stdin=Secret(planted)),
        probes=(named(env={"TOKEN": Secret(planted)}, exposed=True), named(timeout=9)),
    )
    for replies in (place.open(batch).replies, place.exchange(batch)):
        assert replies.apply is not None
        seen = (replies.apply, *replies.probes)
        assert all("deploy" in reply.out for reply in seen), "the loop itself was not sampled"
        assert not any(planted in reply.out for reply in seen)


def test_closing_leaves_nothing_behind(place: Place) -> None:
    session = place.session()
    pid = int(session.exchange(Batch(probes=(sh("echo $$")(),))).probes[0].out)
    session.close()
    session.close()
    assert eventually(lambda: gone(pid))


def gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def eventually(fact: object, seconds: float = 3.0) -> bool:
    assert callable(fact)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if fact():
            return True
        time.sleep(0.02)
    return bool(fact())
