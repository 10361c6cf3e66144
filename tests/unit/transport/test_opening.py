"""What is said of a shell that does not begin."""

from __future__ import annotations

from deployer.transport.opening import Plain


def test_a_shell_that_ends_in_silence_points_at_the_login_shell() -> None:
    said = str(Plain().failed("", 1))
    assert said == (
        "the host's shell ended with status 1: does its user have a login shell that runs commands?"
    )
    assert str(Plain().failed("not available", 1)).endswith("status 1: not available")
