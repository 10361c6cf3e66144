"""Check 20: whatever reaches a shell arrives as the data that it was."""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from deployer.model.errors import ArgumentError
from deployer.model.script import Batch, sh
from tests.contract.conftest import Place

#: Bytes that mean something to a shell, and text of any kind around them.
NASTY = st.text(
    st.sampled_from(list("; $()`\\\n\r\t'\"&|<>*?[]{}~#!=-%a\x01é€"))
    | st.characters(codec="utf-8"),
    max_size=40,
).filter(lambda text: "\0" not in text)
TELL = sh("""for word in "$@"; do printf '%s\\0' "$word"; done; printf '%s\\0' "$V"; cat""")


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(["-rf", "--", "$(touch /tmp/x)", "`id`", "a\nb", "'", "\\", ""], "\n'\"$x", b"#\n'$(id)\n")
@given(st.lists(NASTY, max_size=5), NASTY, st.binary(max_size=60))
def test_data_is_never_code(place: Place, words: list[str], value: str, payload: bytes) -> None:
    """As parameters, as environment and as standard input, with and without a deadline."""
    for timeout in (None, 30.0):
        script = TELL(*words, stdin=payload, env={"V": value}, timeout=timeout)
        reply = place.probe(script)
        told = "".join(f"{word}\0" for word in [*words, value]).encode() + payload
        assert (reply.code, reply.stdout, reply.stderr) == (0, told, b"")


def test_what_no_argument_can_hold_is_refused(place: Place) -> None:
    for script in (TELL("a\0b"), TELL(env={"V": "a\0b"}), TELL(env={"V;id": "x"})):
        try:
            place.exchange(Batch(probes=(script,)))
        except ArgumentError:
            continue
        raise AssertionError(script)
